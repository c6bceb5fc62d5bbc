import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { JobQueue } from '../../../platform/queue/job-queue.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { ADVANCE_ALL_REQUESTS_JOB, AdvanceRequests } from '../application/advance-requests.service.js';

const EVERY_MS = 15_000;

/** Looks at all open requests, by a schedule in the queue: one process at a time, whichever is up. */
@Injectable()
export class AllApprovalRequestsProcessor implements JobHandler, OnApplicationBootstrap {
  readonly job = ADVANCE_ALL_REQUESTS_JOB;

  constructor(
    private readonly requests: AdvanceRequests,
    private readonly queue: JobQueue,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    // Not awaited: a queue that is away for a moment must not keep the process from starting.
    void this.schedule();
  }

  run(_payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.requests.all(signal);
  }

  private async schedule(): Promise<void> {
    try {
      await this.queue.schedule(this.job, EVERY_MS);
    } catch (error) {
      this.logger.warn({ err: error }, 'the look at approval requests is not scheduled yet');
      setTimeout(() => void this.schedule(), EVERY_MS).unref();
    }
  }
}
