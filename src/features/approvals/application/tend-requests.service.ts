import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { approvalContentHash } from '../domain/approval-content.js';
import { participantOf } from '../domain/participant.js';
import { describeDrift, type TargetDrift, targetDrift } from '../domain/target-drift.js';
import type { ApprovalRecord } from './approval-record.js';
import { ApprovalSubjects } from './approval-subjects.service.js';
import { DecideRequest } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';
import { RequestAccess } from './request-access.service.js';
import { TendingClock } from './tending-clock.service.js';

/** Job that looks at all open requests. */
export const TEND_ALL_REQUESTS_JOB = 'approval-requests';

const CONTEXT = { action: 'operation.review' as const };

/** What time, policies and approvals do to requests; an approved one is started here. */
@Injectable()
export class TendRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly subjects: ApprovalSubjects,
    private readonly governance: GovernanceRepository,
    private readonly access: RequestAccess,
    private readonly work: TendingClock,
  ) {}

  async all(signal?: AbortSignal): Promise<void> {
    for (const id of await this.requests.openIds()) {
      if (signal?.aborted) return;
      await this.one(id).catch((error: unknown) => this.work.warn(id, error));
    }
  }

  async one(id: string): Promise<void> {
    const known = await this.requests.find(id);
    if (!known) return;
    if (known.approval.status === 'EXECUTING') return this.finish(known);
    if (known.approval.status !== 'PENDING' && known.approval.status !== 'APPROVED') return;
    const record = await this.underPolicyInForce(known);
    if (await this.expire(record)) return;
    if (record.approval.status === 'APPROVED') await this.start(record);
  }

  private async finish(record: ApprovalRecord): Promise<void> {
    const outcome = await this.subjects.of(record.kind).outcome(record);
    if (outcome) await this.decide.apply(SYSTEM_CALLER, record.id, CONTEXT, () => ({ type: 'FINISHED', outcome }));
  }

  /** A new policy is new content: whoever approved under the old one is asked again. */
  private async underPolicyInForce(record: ApprovalRecord): Promise<ApprovalRecord> {
    const policy = (await this.governance.policy())?.policy;
    if (!policy || policy.version === record.approval.policy.version) return record;
    return this.decide.apply(SYSTEM_CALLER, record.id, CONTEXT, ({ spec, targets, approval }) => {
      const contentHash = approvalContentHash({ spec, targets, policyId: policy.id, policyVersion: policy.version });
      return { type: 'POLICY_CHANGED', contentHash, subject: approval.subject, policy };
    });
  }

  private async expire({ id, approval }: ApprovalRecord): Promise<boolean> {
    const limit = approval.status === 'PENDING' ? approval.approvalExpiresAt : approval.executionExpiresAt;
    if (limit === null || Date.parse(limit) > this.work.now().getTime()) return false;
    await this.decide.apply(SYSTEM_CALLER, id, CONTEXT, () => ({ type: 'EXPIRY_CHECKED' }));
    return true;
  }

  /** Nothing that was approved is taken for granted: subject, author, reviewers and freezes are looked at again. */
  private async start(record: ApprovalRecord): Promise<void> {
    const { id, spec, approval } = record;
    const present = await this.subjects.of(record.kind).present(record);
    if (present.over) {
      const { message: reason } = present.over;
      const by = participantOf(SYSTEM_CALLER.actor);
      await this.decide.apply(SYSTEM_CALLER, id, { ...CONTEXT, reason }, () => ({ type: 'CANCELLED', by, reason }));
      return;
    }
    const { targets, nodes, covers } = present;
    const drift = targetDrift(record.targets, targets);
    if (drift) return this.goStale(record, drift);
    const reviewers = await this.access.reviewersToday(record);
    const { windows: freezeWindows } = await this.governance.freezeWindows();
    const { id: policyId, version: policyVersion } = approval.policy;
    const contentHash = approvalContentHash({ spec, targets, policyId, policyVersion });
    const subject = { ...approval.subject, nodes, ...(covers ? { covers } : {}) };
    try {
      await this.decide.apply(SYSTEM_CALLER, id, CONTEXT, () => ({
        type: 'STARTED',
        contentHash,
        subject,
        reviewers,
        freezeWindows,
      }));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Another process was quicker, or something is in the way: then it is tried again until the approval ends.
      if (error.code !== 'CHANGE_STATE_CONFLICT') await this.requests.hold(id, error.message);
    }
  }

  /** Nobody approved these nodes, and waiting does not make them the approved ones: its author has to ask again. */
  private async goStale({ id, version }: ApprovalRecord, difference: TargetDrift): Promise<void> {
    const reason = describeDrift(difference);
    try {
      await this.decide.apply(SYSTEM_CALLER, id, { ...CONTEXT, reason }, (locked) => {
        // The nodes were read before the lock: what was started meanwhile, by approval or by break-glass, runs.
        if (locked.version !== version) {
          throw new DomainError('CHANGE_STATE_CONFLICT', 'The request was changed since its nodes were read.');
        }
        return { type: 'TARGETS_DRIFTED', difference };
      });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'CHANGE_STATE_CONFLICT') throw error;
    }
  }
}
