import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { RunMaintenance } from '../application/maintenance/run-maintenance.service.js';
import { MAINTENANCE_JOB } from '../application/maintenance/start-maintenance-run.service.js';

/**
 * Takes maintenance runs off the queue and carries them beside it: a run mostly waits for its operations, and if it held
 * one of the worker's slots for hours, a few runs could leave none for the operations that they wait for.
 */
@Injectable()
export class MaintenanceRunProcessor implements JobHandler, BeforeApplicationShutdown {
  readonly job = MAINTENANCE_JOB;
  private readonly stop = new AbortController();
  private readonly carried = new Set<Promise<void>>();

  constructor(
    private readonly runner: RunMaintenance,
    private readonly logger: Logger,
  ) {}

  async run(payload: Record<string, unknown>): Promise<void> {
    const runId = String(payload.runId);
    const carried: Promise<void> = this.runner
      .run(runId, this.stop.signal)
      .catch((error: unknown) =>
        this.logger.error({ err: error, runId }, 'maintenance run let go; the sweeper finds it'),
      )
      .finally(() => this.carried.delete(carried));
    this.carried.add(carried);
  }

  /** Runs hand themselves over, for which they need the database. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.carried);
  }
}
