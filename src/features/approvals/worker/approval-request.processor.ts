import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { AdvanceRequests } from '../application/advance-requests.service.js';
import { ADVANCE_REQUEST_JOB } from '../application/decide-request.service.js';

/** Looks at one request: it was approved, its subject ended, or a limit is reached. */
@Injectable()
export class ApprovalRequestProcessor implements JobHandler {
  readonly job = ADVANCE_REQUEST_JOB;

  constructor(private readonly requests: AdvanceRequests) {}

  run(payload: Record<string, unknown>): Promise<void> {
    return this.requests.one(String(payload.requestId));
  }
}
