import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { RunMaintenance } from '../application/maintenance/run-maintenance.service.js';
import { MAINTENANCE_JOB } from '../application/maintenance/start-maintenance-run.service.js';

/** Takes maintenance runs off the queue. */
@Injectable()
export class MaintenanceRunProcessor implements JobHandler {
  readonly job = MAINTENANCE_JOB;

  constructor(private readonly runner: RunMaintenance) {}

  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.runner.run(String(payload.runId), signal);
  }
}
