import { orAborted } from '../../../kernel/or-aborted.js';
import type { Permit } from '../../../kernel/permit.js';
import { Lease } from '../../../platform/lease/lease.js';
import { type ChangeResult, ChangeWriter, type WriterStores } from './change-writer.service.js';
import { isTerminal, type OperationState, type StepName } from './operation.js';
import type { OperationFeed } from './operation-feed.service.js';
import { type Interruption, OperationInterrupted } from './operation-interrupted.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';
import type { SessionChange } from './session-change.js';

const MAX_TIMER_MS = 2 ** 31 - 1;

export interface OperationClaim {
  readonly operation: OperationRecord;
  /** By the monotonic clock, before it was asked for. */
  readonly claimedAt: number;
  /** How long requests of earlier holders may still arrive. */
  readonly quietInMs: number;
}

/** One claim of an operation by this process: its lease, its signal, its writes. */
export class OperationSession {
  private readonly abort = new AbortController();
  private readonly lost = new AbortController();
  private readonly writer: ChangeWriter;
  private readonly lease: Lease<OperationState>;
  private readonly ending: (() => void)[] = [];
  private current: OperationRecord;

  constructor(
    { operation, claimedAt, quietInMs }: OperationClaim,
    private readonly stores: WriterStores,
    private readonly feed: OperationFeed,
    private readonly process: AbortSignal,
  ) {
    this.current = operation;
    const { id, epoch } = operation;
    this.writer = new ChangeWriter(id, epoch, stores, (stored) => {
      this.current = stored;
      if (isTerminal(stored.state)) this.lease.conclude();
    });
    this.lease = new Lease({
      claimedAt,
      quietInMs,
      renew: () => stores.operations.heartbeat(id, epoch),
      isOver: isTerminal,
      onRenewed: (state) => {
        if (state === 'CANCELLING') this.interrupt('CANCEL');
      },
      onLost: () => this.lose(),
    });
  }

  /** The operation as last stored by this session. */
  get operation(): OperationRecord {
    return this.current;
  }

  /** Aborts with an OperationInterrupted on cancel, deadline, loss of the claim and shutdown. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** The right to change the cluster: asked for whenever a request is written. */
  get permit(): Permit {
    return this.lease;
  }

  /** The time that decides. */
  now(): Date {
    return this.stores.clock.now();
  }

  /** Whether this process may still act. Losing the lease comes before any other interruption. */
  get held(): boolean {
    return this.lease.held;
  }

  /** Whether nothing that was sent can still arrive. */
  get quiet(): boolean {
    return this.lease.quiet;
  }

  get interruption(): Interruption | null {
    if (this.lost.signal.aborted) return 'LOST';
    const { reason } = this.abort.signal;
    return reason instanceof OperationInterrupted ? reason.interruption : null;
  }

  /** Whether the process goes down, also where something else interrupted the work before. */
  get isStopping(): boolean {
    return this.process.aborted;
  }

  /** Begins to watch for what interrupts the work. */
  async open(): Promise<void> {
    const onShutdown = () => this.interrupt('SHUTDOWN');
    if (this.process.aborted) onShutdown();
    this.process.addEventListener('abort', onShutdown, { once: true });
    this.ending.push(() => this.process.removeEventListener('abort', onShutdown));
    const followed = this.feed.follow(this.current.id, () => this.lease.ask());
    // One that is followed only after the lease was lost is let go at once.
    followed.then(
      (leave) => this.lost.signal.aborted && leave(),
      () => undefined,
    );
    this.ending.push(await orAborted(followed, this.lost.signal));
    this.watchDeadline();
    if (this.current.state === 'CANCELLING') this.interrupt('CANCEL');
  }

  /** From here on nothing is sent. */
  close(): void {
    this.lease.end();
    for (const end of this.ending) end();
  }

  /**
   * Before the operation ends: until no request of this or an earlier holder can arrive any more.
   * @throws OperationInterrupted LOST or SHUTDOWN
   */
  async settle(): Promise<void> {
    try {
      await this.lease.whenQuiet(this.process);
    } catch {
      throw new OperationInterrupted(this.lease.held ? 'SHUTDOWN' : 'LOST');
    }
  }

  /** Writes and waits for the commit. */
  async commit(change: SessionChange): Promise<ChangeResult> {
    try {
      return await orAborted(this.writer.write(change), this.lost.signal);
    } catch (error) {
      // Without the database nothing is certain any more: whoever claims it next starts from what is stored.
      this.lease.end();
      this.lose();
      throw error instanceof OperationInterrupted ? error : new OperationInterrupted('LOST');
    }
  }

  /** Writes soon, in order. A failure interrupts the session. */
  note(change: SessionChange): void {
    this.commit(change).catch(() => undefined);
  }

  startStep(step: StepName, change: SessionChange = {}): void {
    this.note({ ...change, decide: { type: 'STEP_STARTED', step } });
  }

  endStep(step: StepName, result: 'SUCCEEDED' | 'SKIPPED', message?: string): void {
    this.note({ decide: { type: 'STEP_ENDED', step, result, ...(message === undefined ? {} : { message }) } });
  }

  /** Adds a warning once. */
  warn(message: string): void {
    if (this.current.warnings.includes(message)) return;
    const warnings = [...this.current.warnings, message];
    this.current = { ...this.current, warnings };
    this.note({ findings: { warnings }, events: [{ type: 'WARNING', message, data: {} }] });
  }

  /** A finding that callers can act on: in the result under its code, and in words among the warnings. */
  addFinding(code: string, message: string): void {
    const finding = { code, message };
    this.note({
      findings: ({ result, warnings }) => ({
        result: { ...result, findings: [...((result.findings as object[] | undefined) ?? []), finding] },
        warnings: [...warnings, message],
      }),
      events: [{ type: 'WARNING', message, data: { code } }],
    });
  }

  storedPods(): Promise<OperationPod[]> {
    return this.stores.operations.pods(this.current.id);
  }

  private interrupt(interruption: Interruption): void {
    this.abort.abort(new OperationInterrupted(interruption));
  }

  private lose(): void {
    const reason = new OperationInterrupted('LOST');
    this.lost.abort(reason);
    this.abort.abort(reason);
  }

  private watchDeadline(): void {
    const { deadlineAt } = this.current;
    if (!deadlineAt) return;
    let timer: NodeJS.Timeout;
    const look = () => {
      const left = deadlineAt.getTime() - this.now().getTime();
      if (left <= 0) this.interrupt('DEADLINE');
      else timer = setTimeout(look, Math.min(MAX_TIMER_MS, left));
    };
    look();
    this.ending.push(() => clearTimeout(timer));
  }
}
