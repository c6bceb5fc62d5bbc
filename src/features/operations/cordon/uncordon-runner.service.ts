import { Injectable } from '@nestjs/common';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationRunner } from '../engine/operation-runner.service.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { SessionChange } from '../engine/session-change.js';
import { NodeScheduling } from './node-scheduling.service.js';

@Injectable()
export class UncordonRunner implements OperationRunner {
  readonly type = 'UNCORDON';

  constructor(private readonly scheduling: NodeScheduling) {}

  async run(session: OperationSession): Promise<void> {
    session.startStep('UNCORDON');
    await this.scheduling.uncordon(session);
    session.endStep('UNCORDON', 'SUCCEEDED');
    session.startStep('VERIFY');
    const node = await this.scheduling.read(session.operation, session.signal);
    if (node.unschedulable) throw new OperationFailed('NODE_CHANGED', 'Someone cordoned the node again.');
  }

  async abandon(): Promise<SessionChange> {
    // One patch that is done or not: nothing is open.
    return {};
  }
}
