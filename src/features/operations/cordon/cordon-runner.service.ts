import { Injectable } from '@nestjs/common';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationRunner } from '../engine/operation-runner.service.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { SessionChange } from '../engine/session-change.js';
import { NodeScheduling } from './node-scheduling.service.js';

@Injectable()
export class CordonRunner implements OperationRunner {
  readonly type = 'CORDON';

  constructor(private readonly scheduling: NodeScheduling) {}

  async run(session: OperationSession): Promise<void> {
    session.startStep('CORDON');
    await this.scheduling.cordon(session);
    const own = session.operation.priorUnschedulable === true ? 'was cordoned already' : undefined;
    session.endStep('CORDON', 'SUCCEEDED', own);
    session.startStep('VERIFY');
    const node = await this.scheduling.read(session.operation, session.signal);
    if (!node.unschedulable) throw new OperationFailed('NODE_CHANGED', 'Someone made the node schedulable again.');
  }

  async abandon(): Promise<SessionChange> {
    // Nothing is open: the cordon itself is taken back by who ends the operation.
    return {};
  }
}
