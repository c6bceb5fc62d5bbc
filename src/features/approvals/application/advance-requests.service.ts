import { Injectable } from '@nestjs/common';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { FollowExecution } from './follow-execution.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { RefreshRequest } from './refresh-request.service.js';
import { StartApproved } from './start-approved.service.js';
import { WatchDeadlines } from './watch-deadlines.service.js';

/** Job that looks at all open requests. */
export const ADVANCE_ALL_REQUESTS_JOB = queuedJob('approval-requests');

/** What time, policies, approvals, drift and freezes do to requests. */
@Injectable()
export class AdvanceRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly deadlines: WatchDeadlines,
    private readonly refresh: RefreshRequest,
    private readonly starter: StartApproved,
    private readonly execution: FollowExecution,
    private readonly logger: Logger,
  ) {}

  async all(signal?: AbortSignal): Promise<void> {
    for (const id of await this.deadlines.open()) {
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
    if (known.approval.status === 'EXECUTING') return this.execution.follow(known);
    if (!this.deadlines.isWaiting(known)) return;
    const record = await this.refresh.policy(known);
    if (await this.deadlines.expire(record)) return;
    if (await this.deadlines.remind(record)) return;
    if (record.approval.status === 'STALE') return;
    if (this.deadlines.isStartDue(record)) return this.starter.whenDue(record);
    if (this.deadlines.isComparisonDue(record)) await this.refresh.targets(record);
  }
}
