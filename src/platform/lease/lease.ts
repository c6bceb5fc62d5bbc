import { monotonicNow } from '../../kernel/monotonic.js';
import { Permit, PermitLost } from '../../kernel/permit.js';
import { CHANGE_TIMEOUT_MS, HEARTBEAT_MS, SAFE_MS } from './lease-terms.js';

const ASKED_MS = 30;
const LOOK_MS = 200;

export interface LeaseOptions<S> {
  /** When the claim was sent, by the monotonic clock. */
  readonly claimedAt: number;
  /** How long the requests of an earlier holder may still arrive; 0 if there are none. */
  readonly quietInMs: number;
  /** Confirms the claim in the database; null when it is another's. An end that was stored under it counts as confirmed. */
  readonly renew: () => Promise<S | null>;
  /** Whether the work is over in this state: a heartbeat that crosses the commit of the end finds it. */
  readonly isOver?: (state: S) => boolean;
  /** Told of what each heartbeat finds. */
  readonly onRenewed?: (state: S) => void;
  /** Called once, when the lease is over before it was ended. */
  readonly onLost: () => void;
}

/**
 * One claim of one thing by this process, and the permit to act on it. It is held for as long as the last confirmed
 * heartbeat was sent a moment ago by the monotonic clock, which is looked at whenever a request is written: timers and
 * answers that come late, after a freeze or over a silent link, prolong nothing.
 */
export class Lease<S = unknown> extends Permit {
  private confirmedAt: number;
  private readonly quietAt: number;
  private lost = false;
  private concluded = false;
  private renewing: Promise<void> | null = null;
  private again = false;
  private asked: NodeJS.Timeout | undefined;
  private expiry: NodeJS.Timeout | undefined;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly unanswered = new Set<{ readonly writtenAt: number }>();

  constructor(private readonly options: LeaseOptions<S>) {
    super();
    this.confirmedAt = options.claimedAt;
    this.quietAt = monotonicNow() + options.quietInMs;
    this.heartbeat = setInterval(() => this.renewing ?? this.renew(), HEARTBEAT_MS);
    this.watchExpiry();
  }

  get held(): boolean {
    if (!this.lost && monotonicNow() - this.confirmedAt >= SAFE_MS) this.lose();
    return !this.lost;
  }

  override admit(): () => void {
    if (!this.held) throw new PermitLost();
    this.quietIn(); // forgets those that are over
    const request = { writtenAt: monotonicNow() };
    this.unanswered.add(request);
    return () => this.unanswered.delete(request);
  }

  /** Whether a request of this or an earlier holder may still arrive. */
  get quiet(): boolean {
    return this.quietIn() <= 0;
  }

  /** Resolves when no request of this or an earlier holder can arrive any more. @throws PermitLost, or the signal's reason */
  async whenQuiet(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (!this.held) throw new PermitLost();
      const left = this.quietIn();
      if (left <= 0) return;
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_MS)));
    }
  }

  /** The thing has changed: a heartbeat tells how. Those that come together are answered by one. */
  ask(): void {
    this.asked ??= setTimeout(() => {
      this.asked = undefined;
      if (this.renewing) this.again = true;
      else this.renew();
    }, ASKED_MS);
  }

  /** Confirms nothing any more. What is left of the safe time is still good, for what shows the end on the cluster. */
  conclude(): void {
    this.concluded = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.expiry);
    clearTimeout(this.asked);
  }

  /** From here on nothing can be sent. */
  end(): void {
    this.conclude();
    this.lost = true;
  }

  /** One at a time: heartbeats that hang must not pile up. */
  private renew(): void {
    if (this.concluded) return;
    this.renewing = this.beat().finally(() => {
      this.renewing = null;
      if (!this.again) return;
      this.again = false;
      this.renew();
    });
  }

  private async beat(): Promise<void> {
    const sentAt = monotonicNow();
    // A heartbeat that fails is none: the lease runs out by itself.
    const state = await this.options.renew().catch(() => undefined);
    if (this.concluded || state === undefined || !this.held) return;
    if (state === null) return this.lose();
    if (this.options.isOver?.(state)) return this.conclude();
    this.confirmedAt = Math.max(this.confirmedAt, sentAt);
    this.watchExpiry();
    this.options.onRenewed?.(state);
  }

  /** A timer of its own, since a heartbeat that hangs never comes back to say so. */
  private watchExpiry(): void {
    clearTimeout(this.expiry);
    const look = () => {
      if (this.held) this.watchExpiry();
    };
    this.expiry = setTimeout(look, Math.max(1, this.confirmedAt + SAFE_MS - monotonicNow()));
  }

  private lose(): void {
    const concluded = this.concluded;
    this.end();
    if (!concluded) this.options.onLost();
  }

  private quietIn(): number {
    const now = monotonicNow();
    let until = this.quietAt;
    for (const request of this.unanswered) {
      const over = request.writtenAt + CHANGE_TIMEOUT_MS;
      if (over <= now) this.unanswered.delete(request);
      until = Math.max(until, over);
    }
    return until - now;
  }
}
