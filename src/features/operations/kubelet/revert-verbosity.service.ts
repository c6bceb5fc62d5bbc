import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { type Permit, PermitLost } from '../../../kernel/permit.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { Lease } from '../../../platform/lease/lease.js';
import { QUIET_AFTER_MS } from '../../../platform/lease/lease-terms.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import type { NewAuditEvent } from '../../audit/index.js';
import { NodeGateway } from '../engine/node-gateway.port.js';
import { auditLinks, type OperationRecord } from '../engine/operation-record.js';
import { OperationRepository } from '../engine/operation-repository.port.js';
import { KubeletGateway } from './kubelet-gateway.port.js';
import { RevertBook } from './revert-book.service.js';
import type { VerbosityRevert } from './verbosity-reverts.port.js';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;
/** Clocks of processes differ; a job that comes a little early is no mistake. */
const EARLY_MS = 1_000;
/** Start times are published in whole seconds by some. */
const SAME_START_MS = 1_500;

type End =
  | { readonly state: 'DONE' | 'SKIPPED'; readonly reason: string }
  | { readonly state: 'RETRY'; readonly reason: string };

/** Sets a level back when its time has come; tries until the kubelet takes it, or nothing is left to set back. */
@Injectable()
export class RevertVerbosity {
  constructor(
    private readonly book: RevertBook,
    private readonly operations: OperationRepository,
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
    private readonly kubelets: KubeletGateway,
    private readonly nodes: NodeGateway,
  ) {}

  async run(operationId: string, signal: AbortSignal): Promise<void> {
    const claimedAt = monotonicNow();
    const claimed = await this.claim(operationId);
    if (!claimed) return;
    const lost = new AbortController();
    const { generation } = claimed;
    const renew = () => this.book.reverts.renew(operationId, generation, QUIET_AFTER_MS);
    const lease = new Lease({ claimedAt, quietInMs: 0, renew, onLost: () => lost.abort() });
    try {
      const end = await this.attempt(claimed, lease, AbortSignal.any([signal, lost.signal]));
      await lease.whenQuiet(lost.signal);
      await this.conclude(claimed, end);
    } catch (error) {
      // Whoever claims it next begins anew.
      if (!(error instanceof PermitLost) && !lost.signal.aborted) throw error;
    } finally {
      lease.end();
    }
  }

  private async conclude({ operationId, generation }: VerbosityRevert, end: End): Promise<void> {
    await this.book.onPending(operationId, async (revert, now) => {
      if (revert.generation !== generation) return null;
      const { reason } = end;
      if (end.state !== 'RETRY') return this.book.settled(revert, end.state, reason);
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, Math.floor(revert.generation / 2)));
      const next = await this.book.reschedule(revert, new Date(now.getTime() + pause));
      return { revert: next, message: `the level could not be set back yet: ${reason}`, reason };
    });
  }

  /** The intent is written with the first claim, in the name of the service for who set the level. */
  private claim(operationId: string): Promise<VerbosityRevert | null> {
    return this.unitOfWork.run(async () => {
      const locked = await this.operations.lock(operationId);
      const revert = await this.book.reverts.lock(operationId);
      if (!locked || revert?.state !== 'PENDING') return null;
      const now = locked.databaseNow.getTime();
      if (revert.dueAt.getTime() > now + EARLY_MS) return null;
      if (revert.claimedUntil && revert.claimedUntil.getTime() > now) return null;
      // The sweeper asks again: that operation replaces this revert, or ends without having set its level.
      if (await this.book.isSuperseded(revert)) return null;
      const [made] = revert.intentId ? [] : await this.audit.record([intentOf(locked.operation, revert)]);
      const intentId = revert.intentId ?? made ?? null;
      const claimedUntil = new Date(now + QUIET_AFTER_MS);
      const next = { ...revert, intentId, claimedUntil, generation: revert.generation + 1 };
      await this.book.reverts.save(next);
      return next;
    });
  }

  private async attempt(revert: VerbosityRevert, permit: Permit, signal: AbortSignal): Promise<End> {
    const { cluster, nodeName, nodeUid, to } = revert;
    try {
      const { uid } = await this.nodes.readNode(cluster, nodeName, signal);
      if (uid !== nodeUid) return { state: 'SKIPPED', reason: 'the node was replaced' };
      if (await this.restarted(revert, signal))
        return { state: 'SKIPPED', reason: 'the kubelet was restarted meanwhile' };
      await this.kubelets.setVerbosity(cluster, nodeName, to, permit, signal);
      return { state: 'DONE', reason: `set back to ${to}` };
    } catch (error) {
      if (error instanceof PermitLost) throw error;
      if (error instanceof DomainError && error.code === 'NODE_NOT_FOUND') {
        return { state: 'SKIPPED', reason: 'the node is gone' };
      }
      return { state: 'RETRY', reason: error instanceof DomainError ? error.message : 'the attempt was interrupted' };
    }
  }

  /** A restart loses the level by itself. */
  private async restarted({ cluster, nodeName, kubeletStartedAt }: VerbosityRevert, signal: AbortSignal) {
    if (!kubeletStartedAt) return false;
    const startedAt = await this.kubelets.startedAt(cluster, nodeName, signal);
    return startedAt !== null && startedAt.getTime() - kubeletStartedAt.getTime() > SAME_START_MS;
  }
}

function intentOf(operation: OperationRecord, { to }: VerbosityRevert): NewAuditEvent {
  const { id, cluster, nodeName: name, nodeUid: uid, caller, options } = operation;
  return {
    kind: 'INTENT',
    caller: {
      ...SYSTEM_CALLER,
      actor: { ...SYSTEM_CALLER.actor, onBehalfOf: caller.actor.id },
      request: { ...caller.request, requestId: SYSTEM_CALLER.request.requestId },
    },
    action: 'node.set-verbosity',
    resource: { type: 'Node', cluster, name, uid },
    ...auditLinks(operation),
    reason: `automatic revert of operation ${id}`,
    before: { level: options.level },
    after: { level: to },
  };
}
