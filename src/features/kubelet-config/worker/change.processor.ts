import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { AdvanceChanges } from '../application/advance-changes.service.js';
import { ADVANCE_CHANGE_JOB } from '../application/decide-change.service.js';

/** Looks at one change when something about it falls due. */
@Injectable()
export class ChangeProcessor implements JobHandler {
  readonly job = ADVANCE_CHANGE_JOB;

  constructor(private readonly changes: AdvanceChanges) {}

  run(payload: Record<string, unknown>): Promise<void> {
    return this.changes.one(String(payload.changeId));
  }
}
