import type { Clock } from '../../kernel/clock.js';
import { DomainError } from '../../kernel/domain-error.js';
import { PermitLost } from '../../kernel/permit.js';
import type { Decided } from '../../platform/decisions/decisions.js';
import { Wakeup } from '../../platform/postgres/wakeup.js';
import { subjectEndedJob } from '../approvals/index.js';
import type { AuditOutcome } from '../audit/index.js';
import { maintenanceEvents, type NewMaintenanceEvent } from './maintenance-event.js';
import type { FleetView } from './maintenance-gateway.port.js';
import { isActivePhase, isRunOver, type RunAction, type RunObservation } from './maintenance-run.js';
import { decideRun, type RunEvent } from './maintenance-run.machine.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import type { LockedRun } from './maintenance-run-repository.port.js';
import { nextActions } from './rolling-plan.machine.js';
import type { RunLoopParts } from './run-loop-parts.service.js';

/** While health gates are watched: replacements become Ready without a word to this process. */
const GATE_LOOK_MS = 500;
const LOOK_MS = 5_000;
const AT_A_TIME = 8;

/**
 * Observe, decide, store, act; again whenever something changed. Every step may be the last one before a crash: what was
 * decided is stored before it is done, and what was done is found again by its key.
 */
export class RunLoop {
  private readonly wakeup: Wakeup;
  private readonly followed = new Map<string, () => void>();

  constructor(
    private readonly claimed: MaintenanceRunRecord,
    private readonly parts: RunLoopParts,
    private readonly clock: Clock,
    private readonly held: () => boolean,
    private readonly signal: AbortSignal,
  ) {
    this.wakeup = new Wakeup(signal);
  }

  wake(): void {
    this.wakeup.call();
  }

  /** Resolves when the run has ended, or the claim is lost. */
  async run(fleet: FleetView): Promise<void> {
    await this.follow(this.claimed.id);
    try {
      let record = await this.parts.runs.find(this.claimed.id);
      while (record && !this.signal.aborted && !isRunOver(record.run.state)) {
        const seen = await this.parts.observer.observe(record, fleet);
        const turn = await this.turn(seen);
        if (!turn) return;
        record = turn.next;
        if (await this.performAll(record, turn.actions)) continue;
        if (!isRunOver(record.run.state)) await this.pause(record, turn.wakeAt);
        record = await this.parts.runs.find(this.claimed.id);
      }
    } finally {
      for (const leave of this.followed.values()) leave();
    }
  }

  /** Decides on the stored run; null when it is another worker's by now. */
  private turn(seen: RunObservation) {
    return this.decide((record) => {
      const { run, actions, waiting, wakeAt } = nextActions(record.run, seen, this.clock.now());
      const next = { ...record, run, waiting };
      const over = isRunOver(run.state);
      const isSame = waiting.join('\n') === record.waiting.join('\n') && sameRun(record, next);
      const { failure } = run;
      const result = { outcome: run.state as AuditOutcome, ...(failure ? { error: { ...failure } } : {}) };
      const closes = over && record.intentId ? [{ intentIds: [record.intentId], ...result }] : [];
      const jobs = over && run.approvalId ? [subjectEndedJob(run.approvalId)] : [];
      return { next, isSame, events: maintenanceEvents(record, next), closes, jobs, actions, wakeAt };
    });
  }

  /** Returns true if something came of it for the run: then it is to be looked at again at once. */
  private async performAll(record: MaintenanceRunRecord, actions: readonly RunAction[]): Promise<boolean> {
    let news = false;
    for (let at = 0; at < actions.length; at += AT_A_TIME) {
      const batch = actions.slice(at, at + AT_A_TIME);
      const events = await Promise.all(batch.map((action) => this.perform(record, action)));
      for (const event of events) {
        if (!event) continue;
        if (event.type === 'OPERATION_STARTED') await this.follow(event.operationId);
        await this.apply(event);
        news = news || event.type === 'OPERATION_STARTED' || (event.type === 'OPERATION_REFUSED' && isNews(event.code));
      }
    }
    return news;
  }

  /** A cluster that is away is no answer: the action is asked for again by the next turn. */
  private async perform(record: MaintenanceRunRecord, action: RunAction): Promise<RunEvent | null> {
    if (!this.held()) return null;
    try {
      return await this.parts.carrier.carry(record, action);
    } catch (error) {
      if (error instanceof PermitLost) return null;
      if (error instanceof DomainError && error.code === 'CLUSTER_UNAVAILABLE') return null;
      throw error;
    }
  }

  private async apply(event: RunEvent): Promise<void> {
    await this.decide((record) => {
      const decided = decideRun(record.run, event, this.clock.now());
      // Rejected: the observation was quicker and has adopted the operation.
      if (decided.rejection !== undefined) return null;
      const next = { ...record, run: decided.next };
      return { next, events: maintenanceEvents(record, next) };
    });
  }

  /** Null when the run is another worker's by now. */
  private decide<D extends Decided<MaintenanceRunRecord, NewMaintenanceEvent>>(
    step: (record: MaintenanceRunRecord) => D | null,
  ): Promise<D | null> {
    const { runs, decisions } = this.parts;
    return decisions.decide(runs, this.claimed.id, ({ record }: LockedRun) =>
      record.epoch === this.claimed.epoch && !isRunOver(record.run.state) ? step(record) : null,
    );
  }

  private async pause({ run }: MaintenanceRunRecord, wakeAt: Date | null): Promise<void> {
    for (const { phase, operationId } of run.nodes) {
      if (operationId !== null && isActivePhase(phase)) await this.follow(operationId);
    }
    const gates = run.nodes.some(({ phase }) => phase === 'SETTLING');
    const most = gates ? GATE_LOOK_MS : LOOK_MS;
    const until = wakeAt ? wakeAt.getTime() - this.clock.now().getTime() : most;
    await this.wakeup.next(Math.max(10, Math.min(most, until)));
  }

  private async follow(id: string): Promise<void> {
    if (this.followed.has(id)) return;
    this.followed.set(id, await this.parts.feed.follow(id, () => this.wake()));
  }
}

/** Nodes are values: a turn that changed nothing writes nothing. */
function sameRun(before: MaintenanceRunRecord, after: MaintenanceRunRecord): boolean {
  return JSON.stringify(before.run) === JSON.stringify(after.run);
}

/** That a node is gone is shown by the watch of nodes, which is waited for. */
const isNews = (code: string): boolean => code !== 'NODE_NOT_FOUND';
