import type { StepName } from '../../domain/operation/operation.js';
import type { OperationFeed } from '../operation-feed.service.js';
import type { OperationPod } from '../operation-pod.js';
import type { OperationRecord } from '../operation-record.js';
import { type ChangeResult, ChangeWriter, type WriterStores } from './change-writer.js';
import { type Interruption, OperationInterrupted } from './operation-interrupted.js';
import type { SessionChange } from './session-change.js';

const HEARTBEAT_MS = 1_000;
/** A claim without a heartbeat for so long may be taken over by another worker. */
export const STALE_AFTER_MS = 5_000;
/** Own work stops before that, so that two workers never send requests at the same time. */
const SILENT_LIMIT_MS = 3_500;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One claim of an operation by this process: its signal, its writes, its heartbeat. */
export class OperationSession {
  private readonly abort = new AbortController();
  private readonly writer: ChangeWriter;
  private readonly ending: (() => void)[] = [];
  private beatAt = Date.now();

  constructor(
    private current: OperationRecord,
    private readonly stores: WriterStores,
    private readonly feed: OperationFeed,
    private readonly process: AbortSignal,
  ) {
    this.writer = new ChangeWriter(current.id, current.epoch, stores, (operation) => {
      this.current = operation;
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

  get interruption(): Interruption | null {
    const { reason } = this.abort.signal;
    return reason instanceof OperationInterrupted ? reason.interruption : null;
  }

  /** Begins to watch for what interrupts the work. */
  async open(): Promise<void> {
    const onShutdown = () => this.interrupt('SHUTDOWN');
    if (this.process.aborted) onShutdown();
    this.process.addEventListener('abort', onShutdown, { once: true });
    const beat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    const leave = await this.feed.follow(this.current.id, () => void this.beat());
    this.ending.push(
      leave,
      () => clearInterval(beat),
      () => this.process.removeEventListener('abort', onShutdown),
    );
    this.watchDeadline();
    if (this.current.state === 'CANCELLING') this.interrupt('CANCEL');
  }

  close(): void {
    for (const end of this.ending) end();
  }

  /** Writes and waits for the commit. */
  async commit(change: SessionChange): Promise<ChangeResult> {
    try {
      return await this.writer.write(change);
    } catch (error) {
      // Without the database nothing is certain any more: whoever claims it next starts from what is stored.
      this.interrupt('LOST');
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

  private watchDeadline(): void {
    const { deadlineAt } = this.current;
    if (!deadlineAt) return;
    const left = deadlineAt.getTime() - this.stores.clock.now().getTime();
    const timer = setTimeout(() => this.interrupt('DEADLINE'), Math.min(MAX_TIMER_MS, Math.max(0, left)));
    this.ending.push(() => clearTimeout(timer));
  }

  private async beat(): Promise<void> {
    const asked = Date.now();
    try {
      const state = await this.stores.operations.heartbeat(this.current.id, this.current.epoch);
      if (state === null) this.interrupt('LOST');
      else if (state === 'CANCELLING') this.interrupt('CANCEL');
      this.beatAt = asked;
    } catch {
      if (asked - this.beatAt > SILENT_LIMIT_MS) this.interrupt('LOST');
    }
  }
}
