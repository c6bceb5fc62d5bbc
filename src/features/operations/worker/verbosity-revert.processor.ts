import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { REVERT_JOB } from '../application/kubelet/revert-book.service.js';
import { RevertVerbosity } from '../application/kubelet/revert-verbosity.service.js';

/** Takes reverts of log levels off the queue. */
@Injectable()
export class VerbosityRevertProcessor implements JobHandler {
  readonly job = REVERT_JOB;

  constructor(private readonly reverts: RevertVerbosity) {}

  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.reverts.run(String(payload.operationId), signal);
  }
}
