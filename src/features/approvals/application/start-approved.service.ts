import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { approvalContentHash } from '../domain/approval-content.js';
import type { FreezeOverride } from '../domain/approval-event.js';
import { participantOf } from '../domain/participant.js';
import type { ApprovalRecord } from './approval-record.js';
import { ApprovalSubjects } from './approval-subjects.service.js';
import { DecideRequest, type DecisionContext } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';
import { policyChanged, type Refreshed, RefreshRequest } from './refresh-request.service.js';
import { RequestAccess } from './request-access.service.js';

export interface StartedBy {
  readonly caller: Caller;
  readonly policyIds: string[];
  readonly freezeOverride?: FreezeOverride | undefined;
}

/** Starts what is approved. Nothing is taken for granted: content, targets, author, reviewers and freezes are looked at again. */
@Injectable()
export class StartApproved {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly subjects: ApprovalSubjects,
    private readonly refresh: RefreshRequest,
    private readonly governance: GovernanceRepository,
    private readonly access: RequestAccess,
  ) {}

  /** Its time has come. What is in the way for now is noted, and it is tried again until the approval ends. */
  async whenDue(known: ApprovalRecord): Promise<void> {
    try {
      await this.requireScheduler(known);
      const refreshed = await this.refresh.targets(known);
      const { record, present } = refreshed;
      if (record.approval.status !== known.approval.status || !present) return;
      if (present.blocked) throw present.blocked;
      await this.start(refreshed);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Another process was quicker.
      if (error.code === 'CHANGE_STATE_CONFLICT' || error.code === 'PRECONDITION_FAILED') return;
      await this.requests.note(known.id, { held: error.message });
    }
  }

  /** What was refreshed a moment ago. @returns PENDING again where the approvals no longer meet the policy */
  async start({ record, present }: Refreshed, by?: StartedBy): Promise<ApprovalRecord> {
    const { id, spec, approval, version } = record;
    const reviewers = await this.access.reviewersToday(record);
    const { id: policyId, version: policyVersion } = approval.policy;
    const { targets, nodes, covers } = present ?? { targets: record.targets, nodes: approval.subject.nodes };
    const { rights } = this.subjects.of(record);
    const context: DecisionContext = by
      ? { action: rights.execute, policyIds: by.policyIds, ifVersion: version }
      : { action: rights.automatic };
    return this.decide.apply(by?.caller ?? SYSTEM_CALLER, id, context, async (locked) => {
      // Looked at here, since both may have been replaced since the request was refreshed.
      const { policy, freezeWindows } = await this.governance.inForce();
      if (policy && policy.version !== locked.approval.policy.version) return policyChanged(locked, policy);
      return {
        event: {
          type: 'STARTED',
          ...(by ? { by: participantOf(by.caller.actor) } : {}),
          contentHash: approvalContentHash({ spec, targets, policyId, policyVersion }),
          subject: { ...approval.subject, nodes, ...(covers ? { covers } : {}) },
          reviewers,
          freezeWindows,
          ...(by?.freezeOverride ? { freezeOverride: by.freezeOverride } : {}),
        },
      };
    });
  }

  /** A schedule outlives the credential and the rights of who set it. */
  private async requireScheduler(record: ApprovalRecord): Promise<void> {
    if (record.approval.scheduledFor === null) return;
    const scheduler = await this.requests.scheduledBy(record.id);
    if (await this.access.mayStill(record, this.subjects.of(record).rights.execute, scheduler)) return;
    throw new DomainError('FORBIDDEN', 'Who scheduled it no longer has the right to start it.');
  }
}
