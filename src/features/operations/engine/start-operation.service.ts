import { Injectable } from '@nestjs/common';
import { nodeNotFound } from '../../../kernel/absent-resource.js';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { AccessControl, Idempotency } from '../../access/index.js';
import type { OperationType } from '../operation-definitions.js';
import { type CheckedRequest, NewOperation } from './new-operation.service.js';
import { type LiveNode, NodeGateway } from './node-gateway.port.js';
import type { OperationRecord } from './operation-record.js';
import { OperationRepository } from './operation-repository.port.js';
import { nodeOf } from './read-operations.service.js';
import { StoreOperation } from './store-operation.service.js';

export { OPERATION_JOB, operationJob } from './operation-job.js';

export interface StartRequest {
  readonly type: OperationType;
  readonly cluster: string;
  readonly node: string;
  readonly reason: string;
  readonly ticket?: string | undefined;
  /** As the caller gave them: the definition of the type checks them and knows the defaults. */
  readonly options?: object | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly maintenanceRunId?: string;
  /** Of a step of the run: asked for twice, the same operation is given back. */
  readonly runKey?: string;
  /** Whether who asks in the name of a run still holds it: asked in the transaction that stores the operation. */
  readonly held?: () => Promise<boolean>;
  /** Facts for callers that are known from the start. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly planHash?: string | null;
  /** The caller's idea of the node: nothing starts when it is wrong. */
  readonly expected?: ExpectedNode | undefined;
  /** What must hold when this starts, but not when it is asked for again: by then it may have changed that itself. */
  readonly confirm?: () => Promise<void>;
}

export interface ExpectedNode {
  readonly nodeUid?: string | undefined;
  readonly unschedulable?: boolean | undefined;
}

interface StartAnswer {
  operationId: string;
}

/** Starts any operation on a node: checks access on the live node, then stores operation, audit intent and job as one. */
@Injectable()
export class StartOperation {
  constructor(
    private readonly nodes: NodeGateway,
    private readonly access: AccessControl,
    private readonly idempotency: Idempotency,
    private readonly operations: OperationRepository,
    private readonly news: NewOperation,
    private readonly writer: StoreOperation,
  ) {}

  /** @throws DomainError VALIDATION_FAILED for options that make no sense, NODE_NOT_FOUND, FORBIDDEN, OPERATION_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED … */
  async start(caller: Caller, given: StartRequest): Promise<OperationRecord> {
    const request = this.news.check(given);
    const { type, cluster, node: name, reason, ticket, options, idempotencyKey } = request;
    // Left out where nothing is expected, so that keys of before this counted still stand for the same.
    const expected = request.expected ? { expected: request.expected } : {};
    const asked = { useCase: type, cluster, node: name, reason, ticket: ticket ?? null, options, ...expected };
    const first = await this.idempotency.answered<StartAnswer>(caller, idempotencyKey, asked);
    if (first) return this.startedBefore(caller, request, first);
    const node = await this.permittedNode(caller, request);
    await request.confirm?.();
    const answer = await this.idempotency.run(caller, idempotencyKey, asked, async () => ({
      operationId: await this.writer.store(caller, request, node.live, node.policyIds),
    }));
    return this.stored(answer);
  }

  /** Without a look at the node: by now it may be changed, deleted or out of reach. */
  private async startedBefore(
    caller: Caller,
    { actions }: CheckedRequest,
    first: StartAnswer,
  ): Promise<OperationRecord> {
    const known = await this.stored(first);
    for (const action of actions) await this.access.require(caller, action, nodeOf(known));
    return known;
  }

  private async stored({ operationId }: StartAnswer): Promise<OperationRecord> {
    const stored = await this.operations.find(operationId);
    if (!stored) throw new DomainError('NOT_FOUND', `There is no operation "${operationId}" any more.`);
    return stored;
  }

  /** Reads the node live: its labels decide, and they may have changed since any cache was filled. */
  private async permittedNode(caller: Caller, { definition, cluster, node, actions, expected }: CheckedRequest) {
    const policyIds = new Set<string>();
    const check = async (labels: Readonly<Record<string, string>>) => {
      for (const action of actions) {
        const decision = await this.access.require(caller, action, { type: 'Node', cluster, name: node, labels });
        for (const id of decision.policyIds) policyIds.add(id);
      }
    };
    await this.access.requireCluster(caller, actions[0], cluster);
    const live = await this.nodes.findNode(cluster, node);
    await check(live?.labels ?? {});
    if (!live) throw nodeNotFound(cluster, node);
    assertExpected(live, expected);
    definition.requirePossible?.(cluster, [live]);
    return { live, policyIds: [...policyIds].sort() };
  }
}

function assertExpected({ name, uid, unschedulable }: LiveNode, expected: ExpectedNode | undefined): void {
  const actual = { nodeUid: uid, unschedulable };
  for (const key of ['nodeUid', 'unschedulable'] as const) {
    const wanted = expected?.[key];
    if (wanted === undefined || wanted === null || wanted === actual[key]) continue;
    throw new DomainError('PRECONDITION_FAILED', `Node "${name}" is not as expected: ${key} is ${actual[key]}.`, {
      extensions: { expected: { [key]: wanted }, actual: { [key]: actual[key] } },
    });
  }
}
