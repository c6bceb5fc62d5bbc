import { Injectable } from '@nestjs/common';
import { PermitLost } from '../../../kernel/permit.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { type NodeEvent, NodeGateway } from './node-gateway.port.js';
import type { OperationRecord } from './operation-record.js';
import type { OperationSession } from './operation-session.service.js';

const LEASE_SECONDS = 30;
const RENEW_MS = 10_000;

/** Shows on the cluster itself what works on a node: Kubernetes Events and a Lease. Failing to is a warning, no reason to stop. */
@Injectable()
export class NodeSignals {
  constructor(
    private readonly nodes: NodeGateway,
    private readonly logger: Logger,
  ) {}

  /** Shows the lock for as long as the session lasts. Never waits for the cluster. */
  begin(session: OperationSession): () => void {
    const { operation, permit } = session;
    const lock = lockOf(operation);
    const show = () =>
      this.nodes
        .showLock(lock, LEASE_SECONDS, permit)
        .catch(whileHeld((error) => session.warn(`The lock on the node is not visible as a Lease: ${textOf(error)}`)));
    void show();
    const renewal = setInterval(() => void show(), RENEW_MS);
    if (operation.epoch === 1) {
      const { caller, reason, type } = operation;
      this.tell(session, {
        type: 'Normal',
        reason: `${eventReason(type)}Started`,
        message: `${type} by ${caller.actor.displayName}: ${reason} (operation ${operation.id})`,
      });
    }
    return () => clearInterval(renewal);
  }

  tell(session: OperationSession, event: NodeEvent): void {
    const { cluster, nodeName: name, nodeUid: uid } = session.operation;
    this.nodes
      .tellNode(cluster, { name, uid }, event, session.permit)
      .catch(whileHeld((error) => session.warn(`A Kubernetes Event could not be written: ${textOf(error)}`)));
  }

  /** After the end nothing can be added to the operation: a failure is only logged, and the lease runs out by itself. */
  async end({ operation, permit }: OperationSession): Promise<void> {
    const { cluster, nodeName: name, nodeUid: uid, type, state, failure, id } = operation;
    const message = `${type} ${state}${failure ? `: ${failure.message}` : ''} (operation ${id})`;
    const results = await Promise.allSettled([
      this.nodes.tellNode(
        cluster,
        { name, uid },
        { type: state === 'SUCCEEDED' ? 'Normal' : 'Warning', reason: `${eventReason(type)}Ended`, message },
        permit,
      ),
      this.nodes.hideLock(lockOf(operation), permit),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') {
        this.logger.warn(
          { err: result.reason, operationId: id },
          'the end of an operation is not shown on the cluster',
        );
      }
    }
  }
}

/** Who has lost the lease has nothing to say any more. */
const whileHeld =
  (handle: (error: unknown) => void) =>
  (error: unknown): void => {
    if (!(error instanceof PermitLost)) handle(error);
  };

const lockOf = ({ id, cluster, nodeName, nodeUid }: OperationRecord) => ({
  cluster,
  node: nodeName,
  nodeUid,
  operationId: id,
});

/** `RESTART_KUBELET` to `RestartKubelet`, as event reasons are written. */
const eventReason = (type: string) =>
  type.replace(/(^|_)([A-Z])([A-Z]*)/g, (_all, _bar, first: string, rest: string) => first + rest.toLowerCase());

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
