import { Injectable } from '@nestjs/common';
import { PermitLost } from '../../../kernel/permit.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { NodeGateway } from './node-gateway.port.js';
import type { OperationRecord } from './operation-record.js';
import type { OperationSession } from './operation-session.service.js';

const LEASE_SECONDS = 30;
const RENEW_MS = 10_000;

/** Shows on the cluster itself, by a Lease, that an operation works on a node. Failing to is a warning, no reason to stop. */
@Injectable()
export class ShowNodeLock {
  constructor(
    private readonly nodes: NodeGateway,
    private readonly logger: Logger,
  ) {}

  /** For as long as the session lasts. Never waits for the cluster. */
  begin(session: OperationSession): () => void {
    const { permit } = session;
    const lock = lockOf(session.operation);
    const show = () =>
      this.nodes.showLock(lock, LEASE_SECONDS, permit).catch((error: unknown) => {
        // Who has lost the lease has nothing to say any more.
        if (error instanceof PermitLost) return;
        const text = error instanceof Error ? error.message : String(error);
        session.warn(`The lock on the node is not visible as a Lease: ${text}`);
      });
    void show();
    const renewal = setInterval(() => void show(), RENEW_MS);
    return () => clearInterval(renewal);
  }

  /** After the end nothing can be added to the operation: a failure is only logged, and the lease runs out by itself. */
  async end({ operation, permit }: OperationSession): Promise<void> {
    try {
      await this.nodes.hideLock(lockOf(operation), permit);
    } catch (error) {
      this.logger.warn({ err: error, operationId: operation.id }, 'the lock of an ended operation is left on its node');
    }
  }
}

const lockOf = ({ id, cluster, nodeName, nodeUid }: OperationRecord) => ({
  cluster,
  node: nodeName,
  nodeUid,
  operationId: id,
});
