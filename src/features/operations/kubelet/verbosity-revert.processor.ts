import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import type { JobRequest } from '../../../platform/queue/job-queue.js';
import { REVERT_JOB, revertJob } from './revert-book.service.js';
import { RevertVerbosity } from './revert-verbosity.service.js';
import { VerbosityReverts } from './verbosity-reverts.port.js';

/** Takes reverts of log levels off the queue. */
@Injectable()
export class VerbosityRevertProcessor implements JobHandler {
  readonly job = REVERT_JOB;

  constructor(
    private readonly reverts: RevertVerbosity,
    private readonly stored: VerbosityReverts,
  ) {}

  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.reverts.run(String(payload.operationId), signal);
  }

  async lost(): Promise<readonly JobRequest[]> {
    const overdue = await this.stored.overdue();
    return overdue.map(({ operationId, generation }) => revertJob(operationId, generation));
  }
}
