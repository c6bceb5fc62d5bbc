import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { STALE_AFTER_MS } from '../../../platform/lease/lease-terms.js';
import { JobQueue } from '../../../platform/queue/job-queue.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { revertJob } from '../application/kubelet/revert-book.service.js';
import { maintenanceJob } from '../application/maintenance/start-maintenance-run.service.js';
import { MaintenanceRunRepository } from '../application/ports/maintenance-run-repository.port.js';
import { OperationRepository } from '../application/ports/operation-repository.port.js';
import { VerbosityReverts } from '../application/ports/verbosity-reverts.port.js';
import { operationJob } from '../application/start-operation.service.js';

const SWEEP_MS = 500;

/**
 * Queues again what no living worker holds: after a crash, and after the queue lost its jobs. Runs in each worker process
 * by its own timer, since a schedule inside the queue would be lost with it; the job's id keeps it from being doubled.
 */
@Injectable()
export class OperationSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly operations: OperationRepository,
    private readonly runs: MaintenanceRunRepository,
    private readonly reverts: VerbosityReverts,
    private readonly queue: JobQueue,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), SWEEP_MS);
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private wake(): void {
    this.running ??= this.sweep()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'lost operations could not be looked for'))
      .finally(() => {
        this.running = null;
      });
  }

  private async sweep(): Promise<void> {
    for (const { id, epoch } of await this.operations.orphans(STALE_AFTER_MS)) {
      await this.queue.add(operationJob(id, epoch));
      this.logger.info({ operationId: id, epoch }, 'operation without a worker is queued again');
    }
    for (const { operationId, generation } of await this.reverts.overdue()) {
      await this.queue.add(revertJob(operationId, generation));
    }
    for (const { id, epoch } of await this.runs.orphans(STALE_AFTER_MS)) {
      await this.queue.add(maintenanceJob(id, epoch));
      this.logger.info({ runId: id, epoch }, 'maintenance run without a worker is queued again');
    }
  }
}
