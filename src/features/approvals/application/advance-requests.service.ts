import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { approvalContentHash } from '../domain/approval-content.js';
import { expiryOf, isReminderDue } from '../domain/approval-deadlines.js';
import type { ApprovalRecord } from './approval-record.js';
import { DecideRequest } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';
import { StartApproved } from './start-approved.service.js';

/** Job that looks at all open requests. */
export const ADVANCE_ALL_REQUESTS_JOB = queuedJob('approval-requests');

const CONTEXT = { action: 'operation.review' as const };
const WAITING = ['PENDING', 'APPROVED', 'SCHEDULED'];

/** What time, policies and approvals do to requests. */
@Injectable()
export class AdvanceRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly governance: GovernanceRepository,
    private readonly starter: StartApproved,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async all(signal?: AbortSignal): Promise<void> {
    for (const id of await this.requests.openIds()) {
      if (signal?.aborted) return;
      await this.one(id).catch((error: unknown) => {
        const message = 'an approval request could not be moved; it is looked at again';
        this.logger.warn({ requestId: id, err: error }, message);
      });
    }
  }

  async one(id: string): Promise<void> {
    const known = await this.requests.find(id);
    if (!known) return;
    if (known.approval.status === 'EXECUTING') return this.starter.finish(known);
    if (!WAITING.includes(known.approval.status)) return;
    const record = await this.underPolicyInForce(known);
    if (await this.expire(record)) return;
    await this.remind(record);
    if (this.isStartDue(record)) await this.starter.start(record);
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
    const limit = expiryOf(approval);
    if (limit === null || limit > this.clock.now()) return false;
    await this.decide.apply(SYSTEM_CALLER, id, CONTEXT, () => ({ type: 'EXPIRY_CHECKED' }));
    return true;
  }

  private async remind(record: ApprovalRecord): Promise<void> {
    if (isReminderDue(record.approval, record.remindedAt, this.clock.now())) await this.decide.remind(record.id);
  }

  private isStartDue({ approval: { status, scheduledFor } }: ApprovalRecord): boolean {
    if (status !== 'APPROVED' && status !== 'SCHEDULED') return false;
    return scheduledFor === null || Date.parse(scheduledFor) <= this.clock.now().getTime();
  }
}
