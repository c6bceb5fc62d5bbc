import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { JobQueue } from '../../../platform/queue/job-queue.js';
import { ADVANCE_ALL_CHANGES_JOB, AdvanceChanges } from '../application/advance-changes.service.js';

const EVERY_MS = 15_000;

/** Looks at all open changes, through the queue: one process at a time, whichever is up. */
@Injectable()
export class AllChangesProcessor implements JobHandler, OnApplicationBootstrap {
  readonly job = ADVANCE_ALL_CHANGES_JOB;

  constructor(
    private readonly changes: AdvanceChanges,
    private readonly queue: JobQueue,
  ) {}

  onApplicationBootstrap(): void {
    this.queue.schedule(this.job, EVERY_MS);
  }

  run(_payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.changes.all(signal);
  }
}
