import { Injectable } from '@nestjs/common';
import { STALE_AFTER_MS } from '../../../platform/lease/lease-terms.js';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import type { JobRequest } from '../../../platform/queue/job-queue.js';
import { OPERATION_TYPES } from '../operation-definitions.js';
import { OperationRepository } from './operation-repository.port.js';
import { OperationRunners } from './operation-runner.service.js';
import { RunOperation } from './run-operation.service.js';
import { OPERATION_JOB, operationJob } from './start-operation.service.js';

/** Takes operations off the queue. */
@Injectable()
export class OperationProcessor implements JobHandler {
  readonly job = OPERATION_JOB;

  constructor(
    private readonly runner: RunOperation,
    private readonly runners: OperationRunners,
    private readonly operations: OperationRepository,
  ) {}

  requireReady(): void {
    this.runners.requireAll(OPERATION_TYPES);
  }

  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.runner.run(String(payload.operationId), signal);
  }

  async lost(): Promise<readonly JobRequest[]> {
    const orphans = await this.operations.orphans(STALE_AFTER_MS);
    return orphans.map(({ id, epoch }) => operationJob(id, epoch));
  }
}
