import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { GovernApprovals } from '../application/govern-approvals.service.js';
import type { FreezeWindow } from '../domain/freeze-window.js';
import {
  ApprovalPolicyDto,
  ApprovalPolicyPayload,
  ApprovalPreviewDto,
  FreezeWindowsDto,
  FreezeWindowsPayload,
  NewApprovalPreviewDto,
  ReplaceApprovalPolicyInput,
  ReplaceFreezeWindowsInput,
} from './dto/governance.dto.js';
import { freezeWindowsDto, policyDto, subjectOf } from './governance.mapper.js';

@Resolver()
export class GovernanceResolver {
  constructor(private readonly governance: GovernApprovals) {}

  @Query(() => ApprovalPolicyDto, { description: 'The approval policy in force.' })
  async approvalPolicy(@CurrentCaller() caller: Caller): Promise<ApprovalPolicyDto> {
    return policyDto(await this.governance.policy(caller));
  }

  @Query(() => ApprovalPreviewDto, { description: 'Who would have to approve this?' })
  approvalPreview(@CurrentCaller() caller: Caller, @Args('input') input: NewApprovalPreviewDto) {
    return this.governance.preview(caller, subjectOf(input), input.policy);
  }

  @Query(() => FreezeWindowsDto, { description: 'Times in which nothing is started.' })
  async freezeWindows(@CurrentCaller() caller: Caller): Promise<FreezeWindowsDto> {
    return freezeWindowsDto(await this.governance.freezeWindows(caller));
  }

  @Mutation(() => ApprovalPolicyPayload, { description: 'Replaces the policy; open changes ask again.' })
  async replaceApprovalPolicy(
    @CurrentCaller() caller: Caller,
    @Args('input') { version, ...policy }: ReplaceApprovalPolicyInput,
  ) {
    return { approvalPolicy: policyDto(await this.governance.replacePolicy(caller, policy, version)) };
  }

  @Mutation(() => FreezeWindowsPayload, { description: 'Replaces all freeze windows.' })
  async replaceFreezeWindows(
    @CurrentCaller() caller: Caller,
    @Args('input') { version, windows }: ReplaceFreezeWindowsInput,
  ) {
    const wanted = windows as unknown as FreezeWindow[];
    return { freezeWindows: freezeWindowsDto(await this.governance.replaceFreezeWindows(caller, wanted, version)) };
  }
}
