import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { OperationRunners } from '../application/engine/operation-runner.js';
import { RunOperation } from '../application/engine/run-operation.service.js';
import { OPERATION_JOB } from '../application/start-operation.service.js';
import { OPERATION_TYPES } from '../domain/operation/operation-definitions.js';

/** Takes operations off the queue. */
@Injectable()
export class OperationProcessor implements JobHandler {
  readonly job = OPERATION_JOB;

  constructor(
    private readonly runner: RunOperation,
    private readonly runners: OperationRunners,
  ) {}

  requireReady(): void {
    this.runners.requireAll(OPERATION_TYPES);
  }

  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.runner.run(String(payload.operationId), signal);
  }
}
