import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { isOutOfReach } from '../../../platform/kubernetes/cluster-unavailable.js';
import { MomentaryPermit } from '../../../platform/lease/momentary-permit.js';
import type { EventSubscriber } from '../../../platform/postgres/event-subscriptions.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { nodeEventOf } from './node-event.js';
import { NodeGateway } from './node-gateway.port.js';
import type { StoredOperationEvent } from './operation-event.js';
import { OperationRepository } from './operation-repository.port.js';

/** Kubernetes forgets Events after an hour: one that could not be written for so long is of no use to who looks. */
const GIVE_UP_MS = 60_000;

/** Shows what happens to an operation as Kubernetes Events on its node, for who looks with `kubectl describe`. */
@Injectable()
export class ShowNodeEvents implements EventSubscriber<StoredOperationEvent> {
  readonly name = 'kubernetes-events';
  readonly log;

  constructor(
    private readonly operations: OperationRepository,
    private readonly nodes: NodeGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.log = operations.log;
  }

  async handle(published: StoredOperationEvent): Promise<void> {
    if (published.type !== 'STATE' && published.type !== 'DIAGNOSIS') return;
    const operation = await this.operations.find(published.operationId);
    const event = operation && nodeEventOf(operation, published);
    if (!event) return;
    const { cluster, nodeName: name, nodeUid: uid } = operation;
    try {
      await this.nodes.showEvent(cluster, { name, uid }, event, new MomentaryPermit());
    } catch (error) {
      if (isOutOfReach(error) && this.clock.now().getTime() - published.at.getTime() < GIVE_UP_MS) throw error;
      this.logger.warn({ err: error, operationId: operation.id }, 'an event of an operation is not shown on its node');
    }
  }
}
