import type { OperationPod } from '../engine/operation-pod.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { chooseEvictions } from './choose-evictions.js';
import type { BudgetView, DrainGateway, PodView } from './drain-gateway.port.js';
import type { DrainOptions } from './drain-options.js';
import type { DrainProgress } from './drain-progress.js';
import type { EvictionRate } from './eviction-rate.service.js';
import type { PodSnapshot } from './pod-snapshot.js';
import { overdueAt } from './pod-timing.js';

/** An answer that is on its way says what was done. Who must go soon, or lost the lease, can't wait for it. */
const HASTY_FAREWELL_MS = 1_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface LoopParts {
  readonly session: OperationSession;
  readonly gateway: DrainGateway;
  readonly rate: EvictionRate;
  readonly options: DrainOptions;
  readonly progress: DrainProgress;
  readonly view: PodView;
  readonly budgets: BudgetView;
}

/**
 * Empties the node: whenever a pod, a budget, an answer or the clock changes anything, the pure choice says what to send.
 * Nothing is polled. Only pods of the plan are touched, by uid: whoever replaces them is another pod.
 */
export class EvictionLoop {
  private readonly snapshots = new Map<string, PodSnapshot>();
  private readonly requests = new Set<Promise<void>>();
  private readonly sending = new AbortController();
  private readonly done = new Settled();
  private timer: NodeJS.Timeout | undefined;
  private turnDue = false;
  private stopped = false;
  private evicted = false;

  constructor(private readonly parts: LoopParts) {}

  /** Resolves when every pod of the plan is settled. @throws the session's interruption */
  async run(): Promise<void> {
    const { session, budgets, progress } = this.parts;
    const onAbort = () => this.done.reject(session.signal.reason);
    session.signal.addEventListener('abort', onAbort, { once: true });
    if (session.signal.aborted) onAbort();
    const endBudgets = budgets.onChange(() => this.wake());
    for (const { uid } of progress.all()) this.observe(uid);
    this.wake();
    try {
      await this.done.promise;
    } finally {
      this.stopped = true;
      endBudgets();
      clearTimeout(this.timer);
      session.signal.removeEventListener('abort', onAbort);
      await this.farewell();
      this.write();
    }
  }

  /** A pod of the node has changed. */
  observed(uid: string): void {
    if (!this.parts.progress.get(uid)) return;
    this.observe(uid);
    this.wake();
  }

  /** Ends the loop with an error. */
  fail(error: unknown): void {
    this.done.reject(error);
  }

  /** Takes another turn soon; any number of calls in one go make one turn. */
  wake(): void {
    if (this.turnDue || this.stopped) return;
    this.turnDue = true;
    setImmediate(() => {
      this.turnDue = false;
      if (!this.stopped) this.turn();
    });
  }

  /** The pod as last seen, also after it went. */
  snapshot(uid: string): PodSnapshot | undefined {
    return this.snapshots.get(uid);
  }

  private observe(uid: string): void {
    const { progress, view } = this.parts;
    const now = this.parts.session.now();
    const seen = view.pods.get(uid);
    if (seen) {
      this.snapshots.set(uid, seen);
      progress.apply(
        uid,
        { type: 'OBSERVED', observation: { kind: seen.deletionTimestamp ? 'TERMINATING' : 'PRESENT' } },
        now,
      );
      return;
    }
    const pod = progress.get(uid);
    const namesake = [...view.pods.values()].find(
      (each) => each.name === pod?.name && each.namespace === pod.namespace,
    );
    const observation = namesake ? ({ kind: 'REPLACED', uid: namesake.uid } as const) : ({ kind: 'ABSENT' } as const);
    progress.apply(uid, { type: 'OBSERVED', observation }, now);
  }

  private turn(): void {
    const { session, progress, budgets, options } = this.parts;
    // News from before a freeze, handled after it.
    if (!session.held) return;
    const now = session.now();
    const draining = progress.all().flatMap(({ uid, status, tier }) => {
      const pod = this.snapshots.get(uid);
      return pod ? [{ pod, status, tier }] : [];
    });
    const freeRequests = Math.max(0, options.maxParallelEvictions - this.requests.size);
    const { send, closed, wakeAt } = chooseEvictions(draining, [...budgets.budgets.values()], { now, freeRequests });
    for (const { uid, budget, message } of closed) progress.apply(uid, { type: 'BUDGET_CLOSED', budget, message }, now);
    const tokenInMs = this.sendAll(send, now);
    const wakeAtMs = Math.min(wakeAt?.getTime() ?? Infinity, this.skipOverdue(now));
    this.sleep(Math.min(wakeAtMs - now.getTime(), tokenInMs ?? Infinity));
    this.noteSteps();
    this.write();
    if (progress.unsettled().length === 0) this.done.resolve();
  }

  /** As kubectl: a pod that should have been gone for longer than the option says is not waited for. Returns the next such time. */
  private skipOverdue(now: Date): number {
    const { progress, options } = this.parts;
    let next = Infinity;
    for (const { uid } of progress.in('TERMINATING')) {
      const at = overdueAt(this.snapshots.get(uid)?.deletionTimestamp ?? null, options);
      const seconds = options.skipWaitForDeleteTimeoutSeconds;
      const message = `it should have been gone more than ${seconds} s ago, and is not waited for any longer`;
      if (at <= now.getTime()) progress.apply(uid, { type: 'OVERDUE', message }, now);
      else next = Math.min(next, at);
    }
    return next;
  }

  /** Returns in how many milliseconds the cluster takes more, if it didn't take all. */
  private sendAll(uids: readonly string[], now: Date): number | null {
    const { session, rate, progress } = this.parts;
    for (const uid of uids) {
      if (progress.isHeld(uid)) continue;
      const later = rate.take(session.operation.cluster);
      if (later !== null) return later;
      if (!progress.apply(uid, { type: 'SENT' }, now)) continue;
      const pod = progress.get(uid) as OperationPod;
      const request = this.send(pod).finally(() => this.requests.delete(request));
      this.requests.add(request);
    }
    return null;
  }

  private async send({ uid, namespace, name, status }: OperationPod): Promise<void> {
    const { session, gateway, options, progress, rate } = this.parts;
    const { gracePeriodSeconds: grace } = options;
    const { method, unavailableInARow, unansweredInARow = 0, inDoubtUntil } = status;
    const lookFirst = unavailableInARow + unansweredInARow > 0 || Boolean(inDoubtUntil);
    const removal = { uid, namespace, name, method, lookFirst, ...(grace < 0 ? {} : { gracePeriodSeconds: grace }) };
    const { cluster } = session.operation;
    try {
      const verdict = await gateway.remove(cluster, removal, session.permit, this.sending.signal);
      if (verdict.kind === 'THROTTLED') rate.pause(cluster, verdict.retryAfterSeconds * 1000);
      progress.apply(uid, { type: 'ANSWERED', verdict }, session.now());
    } catch (error) {
      // Only an interrupted drain gives a request up, and without the lease none leaves; any other error is a mistake.
      if (!this.sending.signal.aborted) this.done.reject(error);
    }
    this.wake();
  }

  private noteSteps(): void {
    const { session, progress } = this.parts;
    if (this.evicted || progress.in('PENDING', 'EVICTING', 'BLOCKED').length > 0) return;
    this.evicted = true;
    // A pod that failed makes the step fail with the operation.
    if (progress.in('FAILED').length === 0) session.endStep('EVICT', 'SUCCEEDED');
    session.startStep('WAIT_GONE');
  }

  private write(): void {
    const change = this.parts.progress.takeChange();
    if (change) this.parts.session.note(change);
  }

  private sleep(milliseconds: number): void {
    clearTimeout(this.timer);
    if (!Number.isFinite(milliseconds)) return;
    this.timer = setTimeout(() => this.wake(), Math.min(MAX_TIMER_MS, Math.max(1, milliseconds)));
  }

  /** Requests end by themselves soon, answered or not. */
  private async farewell(): Promise<void> {
    const { interruption } = this.parts.session;
    const hasty = interruption === 'LOST' || interruption === 'SHUTDOWN';
    const timer = hasty ? setTimeout(() => this.sending.abort(), HASTY_FAREWELL_MS) : undefined;
    await Promise.allSettled(this.requests);
    clearTimeout(timer);
    this.sending.abort();
  }
}

/** A promise that is settled from outside. */
class Settled {
  resolve!: () => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
