import { DomainError } from '../../../kernel/domain-error.js';
import { type KubeletTarget, kubeletUnavailable } from './kubelet-failure.js';

export interface KubeletGuardLimits {
  readonly atOnce: number;
  readonly waiting: number;
  /** Different nodes that must fail without any success in between. */
  readonly nodesToOpen: number;
  readonly openMs: number;
}

const LIMITS: KubeletGuardLimits = { atOnce: 64, waiting: 512, nodesToOpen: 8, openMs: 5_000 };

/**
 * Bulkhead and breaker of one cluster's kubelets. A cluster whose kubelets hang can't take every socket and timer of the
 * process, and one that is cut off is found out once and not by each caller. One dead node never closes the others:
 * only failures of several nodes in a row open the breaker.
 */
export class KubeletGuard {
  private running = 0;
  private readonly queue: (() => void)[] = [];
  private readonly failing = new Set<string>();
  private openUntil = 0;
  private probing = false;

  constructor(
    private readonly limits: KubeletGuardLimits = LIMITS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws DomainError KUBELET_UNAVAILABLE when there is no room or the breaker is open. */
  async run<T>(target: KubeletTarget, work: () => Promise<T>): Promise<T> {
    this.passBreaker(target);
    await this.enter(target);
    try {
      const result = await work();
      this.succeeded();
      return result;
    } catch (error) {
      if (isTransportFailure(error)) this.failed(target.node);
      else if (error instanceof DomainError) this.succeeded();
      throw error;
    } finally {
      this.probing = false;
      this.leave();
    }
  }

  private passBreaker(target: KubeletTarget): void {
    if (this.openUntil === 0) return;
    const left = this.openUntil - this.now();
    // When the pause is over, one call tries; the others still fail at once until it has come back.
    if (left <= 0 && !this.probing) {
      this.probing = true;
      return;
    }
    const seconds = Math.max(1, Math.ceil(left / 1000));
    const why = `${this.failing.size} or more kubelets of cluster "${target.cluster}" failed one after the other`;
    throw kubeletUnavailable(target, 'BREAKER_OPEN', why, undefined, seconds);
  }

  private async enter(target: KubeletTarget): Promise<void> {
    if (this.running < this.limits.atOnce) {
      this.running += 1;
      return;
    }
    if (this.queue.length >= this.limits.waiting) {
      this.probing = false;
      throw kubeletUnavailable(target, 'OVERLOADED', 'too many kubelet calls are waiting', undefined, 1);
    }
    // Whoever leaves hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.running -= 1;
  }

  private succeeded(): void {
    this.failing.clear();
    this.openUntil = 0;
  }

  private failed(node: string): void {
    this.failing.add(node);
    if (this.failing.size >= this.limits.nodesToOpen) this.openUntil = this.now() + this.limits.openMs;
  }
}

function isTransportFailure(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'KUBELET_UNAVAILABLE';
}
