import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { drainPlanDto } from '../engine/operation-dto.mapper.js';
import { DrainOptionsDto } from './drain-options.dto.js';
import { DrainPlanDto } from './drain-plan.dto.js';
import { MakeDrainPlan } from './make-drain-plan.service.js';

@Resolver()
export class DrainPlanResolver {
  constructor(private readonly plans: MakeDrainPlan) {}

  @Query(() => DrainPlanDto, {
    description: 'What a drain would do; nothing is changed. Budgets are shared by all nodes.',
  })
  async drainPlan(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('nodes', { type: () => [String] }) nodes: string[],
    @Args('options', { type: () => DrainOptionsDto, nullable: true }) options?: DrainOptionsDto,
  ): Promise<DrainPlanDto> {
    return drainPlanDto(cluster, await this.plans.plan(caller, cluster, nodes, options ?? {}));
  }
}
