import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { type Decided, Decisions } from '../../../platform/decisions/decisions.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import type { CancelledEnd, EndedOperation } from '../engine/ended-operations.service.js';
import { isTerminal } from '../engine/operation.js';
import type { NewOperationEvent } from '../engine/operation-event.js';
import type { OperationRecord } from '../engine/operation-record.js';
import { type LockedOperation, OperationRepository } from '../engine/operation-repository.port.js';
import { type VerbosityRevert, VerbosityReverts } from './verbosity-reverts.port.js';

export const REVERT_JOB = queuedJob('verbosity-revert');

export const revertJob = (operationId: string, generation: number) => ({
  job: REVERT_JOB,
  jobId: `${REVERT_JOB}-${operationId}-${generation}`,
  payload: { operationId },
});

/** What callers see of a revert, in the operation's result. */
export const revertFacts = ({ to, dueAt, state }: VerbosityRevert, reason: string | null = null) => ({
  revert: { to, at: dueAt.toISOString(), state, reason },
});

export function revertEvent(revert: VerbosityRevert, message: string): NewOperationEvent {
  return { type: 'REVERT', message, data: revertFacts(revert).revert };
}

/** What became of a revert. */
export interface RevertNote {
  readonly revert: VerbosityRevert;
  readonly message: string;
  readonly reason: string;
  readonly closes?: Decided<OperationRecord, NewOperationEvent>['closes'];
}

/** Writes reverts; each method belongs into a transaction of the caller, who has locked the operation. */
@Injectable()
export class RevertBook implements EndedOperation {
  constructor(
    readonly reverts: VerbosityReverts,
    private readonly operations: OperationRepository,
    private readonly decisions: Decisions,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  async schedule(revert: VerbosityRevert): Promise<void> {
    await this.reverts.insert(revert);
    await this.queue(revert);
  }

  async reschedule(revert: VerbosityRevert, dueAt: Date, claimedUntil: Date | null = null): Promise<VerbosityRevert> {
    const next = { ...revert, dueAt, claimedUntil, generation: revert.generation + 1 };
    await this.reverts.save(next);
    await this.queue(next);
    return next;
  }

  /** Makes a pending revert due at once; null when there is none. */
  async makeDue(operationId: string): Promise<VerbosityRevert | null> {
    const revert = await this.reverts.lock(operationId);
    if (revert?.state !== 'PENDING') return null;
    const now = this.clock.now();
    const { claimedUntil } = revert;
    // One that is under way can still arrive until its claim ends: nothing may take its place before.
    return this.reschedule(revert, claimedUntil && claimedUntil > now ? claimedUntil : now, claimedUntil);
  }

  /** A cancel of an operation that has ended sets its level back at once. */
  async cancelled(operation: OperationRecord): Promise<CancelledEnd | null> {
    const due = await this.makeDue(operation.id);
    if (!due) return null;
    const noted = withRevert(operation, due, 'the level is set back at once', 'asked for by a cancel');
    return { ...noted, after: { revert: 'AT_ONCE' } };
  }

  /**
   * For how long an earlier revert of the node may still change its level; 0 when none can. With the operation's own revert
   * stored, none is begun any more: a claim holds the same lock and then sees that operation at work.
   */
  async othersUnderWayMs({ id, cluster, nodeUid }: OperationRecord): Promise<number> {
    let longest = 0;
    for (const { operationId } of await this.reverts.pendingOn(cluster, nodeUid)) {
      if (operationId === id) continue;
      const revert = await this.reverts.lock(operationId);
      if (revert?.state !== 'PENDING' || !revert.claimedUntil) continue;
      longest = Math.max(longest, revert.claimedUntil.getTime() - this.clock.now().getTime());
    }
    return longest;
  }

  /** Whether an operation that has not ended sets another level on the node: what it finds is not set back meanwhile. */
  async isSuperseded({ operationId, cluster, nodeUid }: VerbosityRevert): Promise<boolean> {
    for (const other of await this.reverts.pendingOn(cluster, nodeUid)) {
      if (other.operationId === operationId) continue;
      const operation = await this.operations.find(other.operationId);
      if (operation && !isTerminal(operation.state)) return true;
    }
    return false;
  }

  /** Takes the place of what earlier operations still had to set back on the node. */
  async replaceOthers({ id, cluster, nodeUid }: OperationRecord): Promise<void> {
    for (const { operationId } of await this.reverts.pendingOn(cluster, nodeUid)) {
      if (operationId === id) continue;
      await this.onPending(operationId, (revert) => this.settled(revert, 'SKIPPED', `replaced by operation ${id}`));
    }
  }

  /**
   * Moves a pending revert, and says so on its operation, which has usually ended long before.
   * @param step in the transaction that holds the locks of both; null leaves the operation as it is
   */
  async onPending(operationId: string, step: (revert: VerbosityRevert, now: Date) => Promise<RevertNote | null>) {
    await this.decisions.decide(this.operations, operationId, async (locked: LockedOperation) => {
      const revert = await this.reverts.lock(operationId);
      const note = revert?.state === 'PENDING' ? await step(revert, locked.databaseNow) : null;
      return (
        note && { ...withRevert(locked.operation, note.revert, note.message, note.reason), closes: note.closes ?? [] }
      );
    });
  }

  /** Ends a revert. */
  async settled(revert: VerbosityRevert, state: 'DONE' | 'SKIPPED', reason: string): Promise<RevertNote> {
    const next: VerbosityRevert = { ...revert, state, claimedUntil: null };
    await this.reverts.save(next);
    const message = `${state === 'DONE' ? 'verbosity reverted' : 'revert skipped'}: ${reason}`;
    const outcome = state === 'DONE' ? ('SUCCEEDED' as const) : ('CANCELLED' as const);
    const closes = revert.intentId ? [{ intentIds: [revert.intentId], outcome, after: { state, reason } }] : [];
    return { revert: next, message, reason, closes };
  }

  private queue(revert: VerbosityRevert): Promise<void> {
    const job = revertJob(revert.operationId, revert.generation);
    return this.outbox.add([{ ...job, notBefore: revert.dueAt }]);
  }
}

/** The operation with what became of its revert. */
function withRevert(operation: OperationRecord, revert: VerbosityRevert, message: string, reason: string) {
  const next = { ...operation, result: { ...operation.result, ...revertFacts(revert, reason) } };
  return { next, events: [revertEvent(revert, message)] };
}
