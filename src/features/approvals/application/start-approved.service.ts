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

const CONTEXT = { action: 'operation.review' as const };

/** The two ends of an execution: it starts once approved, and its request learns how it ended. */
@Injectable()
export class StartApproved {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly subjects: ApprovalSubjects,
    private readonly governance: GovernanceRepository,
    private readonly access: RequestAccess,
  ) {}

  /** Takes over how its subject ended. */
  async finish(record: ApprovalRecord): Promise<void> {
    const outcome = await this.subjects.of(record.kind).outcome(record);
    if (!outcome) return;
    try {
      await this.decide.apply(SYSTEM_CALLER, record.id, CONTEXT, () => ({ type: 'FINISHED', outcome }));
    } catch (error) {
      // Another process was quicker.
      if (!(error instanceof DomainError) || error.code !== 'CHANGE_STATE_CONFLICT') throw error;
    }
  }

  /** Nothing that was approved is taken for granted: subject, author, reviewers and freezes are looked at again. */
  async start(record: ApprovalRecord): Promise<void> {
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
