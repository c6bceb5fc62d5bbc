import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { MomentaryPermit } from '../../../platform/lease/momentary-permit.js';
import { type LiveNode, NodeGateway, type NodePatch } from '../engine/node-gateway.port.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationRecord } from '../engine/operation-record.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { persistently } from '../engine/persistently.service.js';
import { hasCordonMarks, OPERATION_MARK, PRIOR_MARK, WITHOUT_MARKS } from './cordon-marks.js';

/** Heartbeats change nodes too. */
const MARK_ATTEMPTS = 5;
const LOOK_MS = 2_000;

/** Cordons nodes and takes back what an operation itself did, told apart by annotations that come with the patch. */
@Injectable()
export class NodeScheduling {
  constructor(private readonly nodes: NodeGateway) {}

  /** Makes the node unschedulable if it is not, and remembers whose work that was. */
  async cordon(session: OperationSession, onOutOfReach?: (error: DomainError) => void): Promise<LiveNode> {
    const { operation, signal, permit } = session;
    const node = await this.read(operation, signal, onOutOfReach);
    if (node.unschedulable) {
      // The own patch may have got through without its answer.
      const own = node.annotations[OPERATION_MARK] === operation.id && node.annotations[PRIOR_MARK] === 'false';
      if (own) this.noteCordoned(session);
      else session.note({ findings: { priorUnschedulable: operation.priorUnschedulable ?? true } });
      return node;
    }
    const patch = { unschedulable: true, annotations: { [OPERATION_MARK]: operation.id, [PRIOR_MARK]: 'false' } };
    const { cluster, nodeName } = operation;
    const send = () => this.nodes.patchNode(cluster, nodeName, patch, permit, signal);
    const patched = await persistently(signal, send, onOutOfReach);
    this.noteCordoned(session);
    return patched;
  }

  /**
   * Looks, before an operation ends early, whether its cordon got through although its answer or the note of it was lost: then
   * it is its own to take back. A node that can't be looked at may have it; `restore` tells.
   */
  async recognizeOwn(session: OperationSession): Promise<void> {
    // After all notes that are still under way.
    await session.commit({});
    const { operation } = session;
    if (operation.cordonedByUs || operation.priorUnschedulable !== null) return;
    const step = operation.steps.find(({ name }) => name === 'CORDON');
    // An earlier holder's note that it began may be lost as well.
    if (!step || (step.state === 'PENDING' && operation.epoch === 1)) return;
    try {
      const node = await this.read(operation, AbortSignal.timeout(LOOK_MS));
      const own = node.annotations[OPERATION_MARK] === operation.id && node.annotations[PRIOR_MARK] === 'false';
      if (node.unschedulable && own) this.noteCordoned(session);
    } catch (error) {
      const isGone =
        error instanceof OperationFailed || (error instanceof DomainError && error.code === 'NODE_NOT_FOUND');
      if (!isGone) this.noteCordoned(session);
    }
  }

  /** Makes the node schedulable if it is not. */
  async uncordon(session: OperationSession): Promise<LiveNode> {
    const { operation, signal, permit } = session;
    const node = await this.read(operation, signal);
    session.note({ findings: { priorUnschedulable: operation.priorUnschedulable ?? node.unschedulable } });
    if (!node.unschedulable && !hasCordonMarks(node.annotations)) return node;
    const { cluster, nodeName } = operation;
    const patch = schedulable(node);
    return persistently(signal, () => this.nodes.patchNode(cluster, nodeName, patch, permit, signal));
  }

  /** Takes the own cordon back. Does nothing when someone else has cordoned the node in the meantime. */
  async restore({ operation, permit }: OperationSession): Promise<void> {
    const node = await this.read(operation);
    if (!node.unschedulable || node.annotations[OPERATION_MARK] !== operation.id) return;
    await this.nodes.patchNode(operation.cluster, operation.nodeName, schedulable(node), permit);
  }

  /**
   * Takes the marks off a node that somebody else has made schedulable. Bound to the node as it was read, so that it can
   * take none that an operation has set in between, whenever it arrives.
   */
  async takeMarksOff(cluster: string, name: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const node = await this.nodes.findNode(cluster, name, signal);
      if (!node || node.unschedulable || !hasCordonMarks(node.annotations)) return;
      const { resourceVersion } = node;
      try {
        await this.nodes.patchNode(cluster, name, { ...WITHOUT_MARKS, resourceVersion }, new MomentaryPermit(), signal);
        return;
      } catch (error) {
        const changed = error instanceof DomainError && error.code === 'CONFLICT';
        if (!changed || attempt === MARK_ATTEMPTS) throw error;
      }
    }
  }

  async read(
    operation: OperationRecord,
    signal?: AbortSignal,
    onOutOfReach?: (error: DomainError) => void,
  ): Promise<LiveNode> {
    const { cluster, nodeName } = operation;
    const once = () => this.nodes.readNode(cluster, nodeName, signal);
    const node = await (signal ? persistently(signal, once, onOutOfReach) : once());
    if (node.uid !== operation.nodeUid) {
      throw new OperationFailed(
        'NODE_REPLACED',
        `Node "${node.name}" is not the one that was asked for: it was replaced.`,
      );
    }
    return node;
  }

  /** Whether the cluster is still the one in which the operation began, and not an empty one in its place. */
  async clusterKeptState(session: OperationSession, onOutOfReach: (error: DomainError) => void): Promise<boolean> {
    const { operation, signal } = session;
    const since = operation.startedAt ?? operation.createdAt;
    const look = () => this.nodes.keptStateSince(operation.cluster, since, signal);
    return persistently(signal, look, onOutOfReach);
  }

  private noteCordoned(session: OperationSession): void {
    if (session.operation.cordonedByUs) return;
    session.note({ decide: { type: 'CORDONED' }, findings: { priorUnschedulable: false } });
  }
}

function schedulable(node: LiveNode): NodePatch {
  return { unschedulable: false, ...(hasCordonMarks(node.annotations) ? WITHOUT_MARKS : {}) };
}
