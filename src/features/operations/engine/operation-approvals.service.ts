import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { Decisions } from '../../../platform/decisions/decisions.js';
import type { OutboxMessage } from '../../../platform/postgres/outbox.js';
import { AccessControl, ResolveActors } from '../../access/index.js';
import {
  type ApprovalRecord,
  type ApprovalSubjectOwner,
  AskApproval,
  type PresentSubject,
  type RuleDemand,
  STARTED_BY_APPROVAL,
  type SubjectFailure,
} from '../../approvals/index.js';
import { APPROVAL_SUBJECTS, definitionOf, type OperationType, rightsOf } from '../operation-definitions.js';
import { type LiveNode, NodeGateway } from './node-gateway.port.js';
import { isTerminal } from './operation.js';
import type { OperationEvent } from './operation.machine.js';
import type { StoredOptions } from './operation-definition.js';
import { operationJob } from './operation-job.js';
import type { OperationRecord } from './operation-record.js';
import { type LockedOperation, OperationRepository } from './operation-repository.port.js';
import { endOfIntent, transition } from './operation-transition.js';

/** Operations that a policy lets wait for approval. A step of a maintenance run never waits: the run is asked about as a whole. */
@Injectable()
export class OperationApprovals {
  constructor(
    private readonly asks: AskApproval,
    private readonly operations: OperationRepository,
    private readonly decisions: Decisions,
    private readonly nodes: NodeGateway,
    private readonly access: AccessControl,
    private readonly actors: ResolveActors,
  ) {}

  /** The operation as it is to be stored: waiting, if rules apply. Joins the transaction that stores it. */
  async ask(operation: OperationRecord): Promise<OperationRecord> {
    const { approval } = definitionOf(operation.type);
    if (!approval || operation.maintenanceRunId !== null) return operation;
    const { id, type, cluster, nodeName: node, nodeUid: uid, nodeLabels, options, reason, ticket } = operation;
    const approvalId = await this.asks.ask(operation.caller, {
      kind: approval.kind,
      subjectId: id,
      cluster,
      risk: approval.risk(options, nodeLabels),
      nodes: [{ cluster, node, labels: { ...nodeLabels } }],
      targets: [{ cluster, node, uid }],
      spec: { type, options },
      reason,
      ticket,
    });
    // The time limit is for the work, not for the wait.
    return approvalId ? { ...operation, approvalId, state: 'AWAITING_APPROVAL', deadlineAt: null } : operation;
  }

  /** Which rules would ask for operations of a type on these nodes. */
  async wouldAsk(
    type: OperationType,
    cluster: string,
    nodes: readonly LiveNode[],
    options: StoredOptions,
  ): Promise<RuleDemand[]> {
    const { approval } = definitionOf(type);
    if (!approval) return [];
    return this.asks.wouldAsk(
      nodes.map(({ name: node, labels }) => ({
        kind: approval.kind,
        risk: approval.risk(options, labels),
        nodes: [{ cluster, node, labels: { ...labels } }],
      })),
    );
  }

  /** One for each kind that policies may name: to execute it takes the same right as to ask for it. */
  owners(): ApprovalSubjectOwner[] {
    return APPROVAL_SUBJECTS.map(({ kind, right }) => ({
      kind,
      resourceType: 'ApprovalRequest',
      rights: {
        read: 'operation.read',
        review: 'operation.review',
        execute: right,
        breakGlass: 'operation.break-glass',
        automatic: 'operation.review',
      },
      life: STARTED_BY_APPROVAL,
      present: (record) => this.present(record),
      begin: (record) => this.begin(record),
      end: (record, failure) => this.end(record, failure),
      outcome: (record) => this.outcome(record),
    }));
  }

  private async present(record: ApprovalRecord): Promise<PresentSubject> {
    const operation = await this.operations.find(record.subjectId);
    if (!operation) return over('NOT_FOUND', 'the operation is gone');
    const { cluster, nodeName: name, nodeUid } = operation;
    const node = await this.nodes.readNode(cluster, name).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'NODE_NOT_FOUND') return null;
      throw error;
    });
    if (node?.uid !== nodeUid) return over('NODE_CHANGED', `node "${name}" was removed or replaced`);
    if (!(await this.authorMayStill(operation, node.labels))) {
      return over('FORBIDDEN', 'who asked for it no longer may do it');
    }
    const labels = { ...node.labels };
    return { nodes: [{ cluster, node: name, labels }], targets: [{ cluster, node: name, uid: nodeUid }] };
  }

  private async begin({ subjectId }: ApprovalRecord): Promise<void> {
    await this.move(subjectId, async (operation, now) => {
      const { cluster, nodeName, nodeUid } = operation;
      const [holder] = await this.operations.activeOn(cluster, [nodeUid]);
      if (holder) {
        const message = `Node "${nodeName}" is taken: ${holder.type} operation ${holder.id} is ${holder.state}.`;
        throw new DomainError('OPERATION_IN_PROGRESS', message, { extensions: { operationId: holder.id } });
      }
      const seconds = definitionOf(operation.type).timeoutSeconds(operation.options);
      const deadlineAt = seconds > 0 ? new Date(now.getTime() + seconds * 1000) : null;
      return { event: { type: 'APPROVED', deadlineAt }, jobs: [operationJob(subjectId, 0)] };
    });
  }

  private async end({ subjectId }: ApprovalRecord, failure: SubjectFailure): Promise<void> {
    await this.move(subjectId, async ({ state }) =>
      isTerminal(state) ? null : { event: { type: 'REFUSED', failure } },
    );
  }

  private async outcome({ subjectId }: ApprovalRecord): Promise<'SUCCEEDED' | 'FAILED' | null> {
    const operation = await this.operations.find(subjectId);
    if (!operation || !isTerminal(operation.state)) return null;
    return operation.state === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
  }

  private async move(
    id: string,
    step: (operation: OperationRecord, now: Date) => Promise<SubjectMove | null>,
  ): Promise<void> {
    const absent = new DomainError('NOT_FOUND', `There is no operation "${id}".`);
    await this.decisions.move(this.operations, id, absent, async ({ operation, databaseNow }: LockedOperation) => {
      const move = await step(operation, databaseNow);
      if (!move) return null;
      const decided = transition(operation, move.event, databaseNow);
      if ('rejection' in decided) {
        const message = `The operation is ${operation.state}: it does not wait for approval.`;
        return { refusal: new DomainError('CONFLICT', message) };
      }
      const { next, events } = decided;
      return { next, events, closes: endOfIntent(next), jobs: move.jobs ?? [] };
    });
  }

  /** With the roles of today: an approval may come days after the request. */
  private async authorMayStill(operation: OperationRecord, labels: Readonly<Record<string, string>>) {
    const { caller, type, cluster, nodeName: name, options } = operation;
    const found = await this.actors.find(caller.actor.id);
    // Undefined: no directory knows such actors, and the right was checked at the request.
    const actor = found === undefined ? caller.actor : found;
    if (!actor) return false;
    const resource = { type: 'Node', cluster, name, labels } as const;
    return rightsOf(definitionOf(type), options).every((action) => this.access.decide(actor, action, resource).allowed);
  }
}

interface SubjectMove {
  readonly event: OperationEvent;
  readonly jobs?: readonly OutboxMessage[];
}

const over = (code: string, message: string): PresentSubject => ({ over: { code, message } });
