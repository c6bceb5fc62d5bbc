import { Args, Context, ID, Int, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ConnectionOf, toConnection } from '../../../platform/api/page.dto.js';
import type { GraphqlContext } from '../../../platform/api/request-of.js';
import { endWithReader } from '../../../platform/graphql/end-with-reader.js';
import { ApprovalRequestDto } from '../../approvals/index.js';
import { CancelOperation } from './cancel-operation.service.js';
import { FollowOperation } from './follow-operation.service.js';
import { NodeOperations } from './node-operations.service.js';
import { OperationDto, OperationPages, OperationQuery } from './operation.dto.js';
import { OperationApprovalLoader } from './operation-approval-loader.service.js';
import { operationDto, operationEventDto, operationFilter, operationPodDto } from './operation-dto.mapper.js';
import { OperationEventDto } from './operation-event.dto.js';
import { CancelOperationInput, CordonNodeInput, DrainNodeInput, UncordonNodeInput } from './operation-inputs.dto.js';
import { OperationPayload } from './operation-payloads.dto.js';
import { OperationPodDto } from './operation-pod.dto.js';
import { OperationPodsLoader } from './operation-pods-loader.service.js';
import { ReadOperations } from './read-operations.service.js';

@Resolver(() => OperationDto)
export class OperationsResolver {
  constructor(
    private readonly read: ReadOperations,
    private readonly nodes: NodeOperations,
    private readonly canceller: CancelOperation,
    private readonly follow: FollowOperation,
    private readonly podsLoader: OperationPodsLoader,
    private readonly approvals: OperationApprovalLoader,
  ) {}

  @Query(() => OperationPages.Connection, { description: 'Operations, newest first.' })
  async operations(
    @CurrentCaller() caller: Caller,
    @Args() query: OperationQuery,
  ): Promise<ConnectionOf<OperationDto>> {
    const page = await this.read.list(caller, operationFilter(query, caller), query);
    return toConnection(page, (operation) => operationDto(operation));
  }

  @Query(() => OperationDto, { description: 'One operation.' })
  async operation(@CurrentCaller() caller: Caller, @Args('id', { type: () => ID }) id: string): Promise<OperationDto> {
    return operationDto(await this.read.get(caller, id));
  }

  @ResolveField('pods', () => [OperationPodDto], { nullable: true })
  async pods(@Parent() operation: OperationDto, @Context() { request }: GraphqlContext): Promise<OperationPodDto[]> {
    return (await this.podsLoader.load(request, operation.id)).map(operationPodDto);
  }

  @ResolveField('approval', () => ApprovalRequestDto, { nullable: true, description: 'That request.' })
  approval(@Parent() operation: OperationDto, @Context() { request }: GraphqlContext) {
    return operation.approvalId === null ? null : this.approvals.load(request, operation.approvalId);
  }

  @Mutation(() => OperationPayload, { description: 'Makes a node unschedulable.' })
  async cordonNode(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: CordonNodeInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.nodes.cordon(caller, { ...input, idempotencyKey })) };
  }

  @Mutation(() => OperationPayload, { description: 'Makes a node schedulable.' })
  async uncordonNode(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: UncordonNodeInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.nodes.uncordon(caller, { ...input, idempotencyKey })) };
  }

  @Mutation(() => OperationPayload, { description: 'Cordons a node and removes its pods, as budgets allow.' })
  async drainNode(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: DrainNodeInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.nodes.drain(caller, { ...input, idempotencyKey })) };
  }

  @Mutation(() => OperationPayload, { description: 'Stops an operation and takes back its own cordon.' })
  async cancelOperation(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: CancelOperationInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.canceller.cancel(caller, { ...input, idempotencyKey })) };
  }

  @Subscription(() => OperationEventDto, {
    description: 'Events of an operation after the given one, until it has ended.',
    resolve: (event: unknown) => event,
  })
  async operationEvents(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID }) id: string,
    @Args('after', { type: () => Int, nullable: true, description: 'Resume after this event; all if left out.' })
    after: number | null,
  ): Promise<AsyncIterableIterator<OperationEventDto>> {
    await this.read.get(caller, id);
    return endWithReader((signal) => this.follow.events(id, after ?? 0, signal), operationEventDto);
  }
}
