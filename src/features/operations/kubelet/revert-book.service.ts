import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import type { EndedOperation } from '../engine/ended-operations.service.js';
import { isTerminal } from '../engine/operation.js';
import type { NewOperationEvent } from '../engine/operation-event.js';
import type { OperationRecord } from '../engine/operation-record.js';
import { OperationStores } from '../engine/operation-stores.service.js';
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

/** Writes reverts; each method belongs into a transaction of the caller, who has locked the operation. */
@Injectable()
export class RevertBook implements EndedOperation {
  constructor(
    readonly reverts: VerbosityReverts,
    readonly stores: OperationStores,
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
  async hasten(operationId: string): Promise<VerbosityRevert | null> {
    const revert = await this.reverts.lock(operationId);
    if (revert?.state !== 'PENDING') return null;
    const now = this.clock.now();
    const { claimedUntil } = revert;
    // One that is under way can still arrive until its claim ends: nothing may take its place before.
    return this.reschedule(revert, claimedUntil && claimedUntil > now ? claimedUntil : now, claimedUntil);
  }

  /** A cancel of an operation that has ended sets its level back at once. */
  async cancelled(operation: OperationRecord): Promise<{ revert: string } | null> {
    const hastened = await this.hasten(operation.id);
    if (!hastened) return null;
    await this.tell(operation, hastened, 'the level is set back at once', 'asked for by a cancel');
    return { revert: 'AT_ONCE' };
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
      const operation = await this.stores.operations.find(other.operationId);
      if (operation && !isTerminal(operation.state)) return true;
    }
    return false;
  }

  /** Takes the place of what earlier operations still had to set back on the node. */
  async replaceOthers({ id, cluster, nodeUid }: OperationRecord): Promise<void> {
    for (const { operationId } of await this.reverts.pendingOn(cluster, nodeUid)) {
      if (operationId === id) continue;
      const locked = await this.stores.operations.lock(operationId);
      const revert = await this.reverts.lock(operationId);
      if (!locked || revert?.state !== 'PENDING') continue;
      await this.settle(locked.operation, revert, 'SKIPPED', `replaced by operation ${id}`);
    }
  }

  /** Ends a revert and tells it on its operation, which has usually ended long before. */
  async settle(operation: OperationRecord, revert: VerbosityRevert, state: 'DONE' | 'SKIPPED', reason: string) {
    const next: VerbosityRevert = { ...revert, state, claimedUntil: null };
    await this.reverts.save(next);
    if (revert.intentId) {
      const outcome = state === 'DONE' ? 'SUCCEEDED' : 'CANCELLED';
      await this.stores.audit.close([revert.intentId], { outcome, after: { state, reason } });
    }
    await this.tell(
      operation,
      next,
      `${state === 'DONE' ? 'verbosity reverted' : 'revert skipped'}: ${reason}`,
      reason,
    );
  }

  async tell(operation: OperationRecord, revert: VerbosityRevert, message: string, reason: string): Promise<void> {
    const result = { ...operation.result, ...revertFacts(revert, reason) };
    await this.stores.operations.save({ ...operation, result }, [revertEvent(revert, message)]);
  }

  private queue(revert: VerbosityRevert): Promise<void> {
    const job = revertJob(revert.operationId, revert.generation);
    return this.stores.outbox.add([{ ...job, notBefore: revert.dueAt }]);
  }
}
