import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { JobQueue } from '../../../platform/queue/job-queue.js';
import { ADVANCE_ALL_REQUESTS_JOB, AdvanceRequests } from '../application/advance-requests.service.js';

const EVERY_MS = 15_000;

/** Looks at all open requests, through the queue: one process at a time, whichever is up. */
@Injectable()
export class AllApprovalRequestsProcessor implements JobHandler, OnApplicationBootstrap {
  readonly job = ADVANCE_ALL_REQUESTS_JOB;

  constructor(
    private readonly requests: AdvanceRequests,
    private readonly queue: JobQueue,
  ) {}

  onApplicationBootstrap(): void {
    this.queue.schedule(this.job, EVERY_MS);
  }

  run(_payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.requests.all(signal);
  }
}
