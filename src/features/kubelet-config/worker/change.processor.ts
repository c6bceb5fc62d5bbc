import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { TEND_CHANGE_JOB } from '../application/decide-change.service.js';
import { TendChanges } from '../application/tend-changes.service.js';

/** Looks at one change when something about it falls due. */
@Injectable()
export class ChangeProcessor implements JobHandler {
  readonly job = TEND_CHANGE_JOB;

  constructor(private readonly changes: TendChanges) {}

  run(payload: Record<string, unknown>): Promise<void> {
    return this.changes.one(String(payload.changeId));
  }
}
