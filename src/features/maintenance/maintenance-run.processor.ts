import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { STALE_AFTER_MS } from '../../platform/lease/lease-terms.js';
import type { JobHandler } from '../../platform/queue/job-handler.js';
import type { JobRequest } from '../../platform/queue/job-queue.js';
import { Logger } from '../../platform/telemetry/logger.js';
import { MAINTENANCE_JOB, maintenanceJob } from './maintenance-job.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import { RunMaintenance } from './run-maintenance.service.js';

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
    private readonly runs: MaintenanceRunRepository,
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

  async lost(): Promise<readonly JobRequest[]> {
    const orphans = await this.runs.orphans(STALE_AFTER_MS);
    return orphans.map(({ id, epoch }) => maintenanceJob(id, epoch));
  }

  /** Runs hand themselves over, for which they need the database. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.carried);
  }
}
