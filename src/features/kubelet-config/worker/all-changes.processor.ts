import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { JobQueue } from '../../../platform/queue/job-queue.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { ADVANCE_ALL_CHANGES_JOB, AdvanceChanges } from '../application/advance-changes.service.js';

const EVERY_MS = 15_000;

/** Looks at all open changes, by a schedule in the queue: one process at a time, whichever is up. */
@Injectable()
export class AllChangesProcessor implements JobHandler, OnApplicationBootstrap {
  readonly job = ADVANCE_ALL_CHANGES_JOB;

  constructor(
    private readonly changes: AdvanceChanges,
    private readonly queue: JobQueue,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    // Not awaited: a queue that is away for a moment must not keep the process from starting.
    void this.schedule();
  }

  run(_payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.changes.all(signal);
  }

  private async schedule(): Promise<void> {
    try {
      await this.queue.schedule(this.job, EVERY_MS);
    } catch (error) {
      this.logger.warn({ err: error }, 'the look at kubelet config changes is not scheduled yet');
      setTimeout(() => void this.schedule(), EVERY_MS).unref();
    }
  }
}
