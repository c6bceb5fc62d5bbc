import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-handler.js';
import { NodeScheduling } from './node-scheduling.service.js';
import { CORDON_MARKS_JOB } from './notice-uncordons.service.js';

/** Takes marks off nodes that somebody else uncordoned. */
@Injectable()
export class CordonMarksProcessor implements JobHandler {
  readonly job = CORDON_MARKS_JOB;

  constructor(private readonly scheduling: NodeScheduling) {}

  run({ cluster, node }: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    return this.scheduling.takeMarksOff(String(cluster), String(node), signal);
  }
}
