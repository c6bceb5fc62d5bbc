import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { PermitLost } from '../../../kernel/permit.js';
import { Decisions } from '../../../platform/decisions/decisions.js';
import { type CheckedRequest, NewOperation } from './new-operation.service.js';
import type { LiveNode } from './node-gateway.port.js';
import { OperationApprovals } from './operation-approvals.service.js';
import { operationJob } from './operation-job.js';
import { auditLinks } from './operation-record.js';
import { OperationRepository } from './operation-repository.port.js';
import { stateEvent } from './operation-transition.js';

/** Stores a checked operation with its audit intent, its approval where one is asked for, and its job. */
@Injectable()
export class StoreOperation {
  constructor(
    private readonly operations: OperationRepository,
    private readonly decisions: Decisions,
    private readonly audit: AuditTrail,
    private readonly approvals: OperationApprovals,
    private readonly news: NewOperation,
  ) {}

  /** Joins the running transaction. @returns its id, or that of the one which is there for the same step of a run */
  async store(caller: Caller, request: CheckedRequest, node: LiveNode, policyIds: string[]): Promise<string> {
    if (request.held && !(await request.held())) throw new PermitLost();
    const known = request.runKey === undefined ? null : await this.operations.findByRunKey(request.runKey);
    if (known) return known;
    const operation = await this.approvals.ask(this.news.recordOf(caller, request, node, policyIds));
    const { type, cluster, nodeName, nodeUid, reason, ticket, options } = operation;
    const [intentId = null] = await this.audit.record([
      {
        kind: 'INTENT',
        caller,
        action: request.actions[0],
        resource: { type: 'Node', cluster, name: nodeName, uid: nodeUid },
        ...auditLinks(operation),
        reason,
        ...(ticket ? { ticket } : {}),
        policyIds,
        before: { unschedulable: node.unschedulable },
        after: { type, options },
      },
    ]);
    const jobs = operation.state === 'QUEUED' ? [operationJob(operation.id, 0)] : [];
    const row = { ...operation, intentId };
    await this.decisions.insert(this.operations, row, { events: [stateEvent(row)], jobs });
    return operation.id;
  }
}
