import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ManageDelegations } from '../application/manage-delegations.service.js';
import { delegationDto } from './delegation.mapper.js';
import {
  AcceptDelegationInput,
  CreateDelegationInput,
  DelegationDto,
  DelegationPayload,
  EndDelegationInput,
} from './dto/delegation.dto.js';

@Resolver()
export class DelegationsResolver {
  constructor(private readonly delegations: ManageDelegations) {}

  @Query(() => [DelegationDto], { name: 'delegations', description: 'Who stands in for whom.' })
  async list(@CurrentCaller() caller: Caller): Promise<DelegationDto[]> {
    return (await this.delegations.list(caller)).map(delegationDto);
  }

  @Mutation(() => DelegationPayload, { description: 'Names who stands in for you.' })
  async createDelegation(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: CreateDelegationInput,
    @IdempotencyKey() key: string | undefined,
  ) {
    return { delegation: delegationDto(await this.delegations.create(caller, input, key)) };
  }

  @Mutation(() => DelegationPayload, { description: 'Agrees to stand in; from then on it counts.' })
  async acceptDelegation(@CurrentCaller() caller: Caller, @Args('input') { id }: AcceptDelegationInput) {
    return { delegation: delegationDto(await this.delegations.accept(caller, id)) };
  }

  @Mutation(() => DelegationPayload, { description: 'Ends a delegation.' })
  async endDelegation(@CurrentCaller() caller: Caller, @Args('input') { id }: EndDelegationInput) {
    await this.delegations.end(caller, id);
    return { delegation: null };
  }
}
