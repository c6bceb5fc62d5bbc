import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/http/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/http/idempotency-key.decorator.js';
import { type ConnectionOf, toConnection } from '../../../platform/http/page.dto.js';
import type { ApprovalRecord } from '../application/approval-record.js';
import { ReadRequests } from '../application/read-requests.service.js';
import { ReviewRequests } from '../application/review-requests.service.js';
import { approvalRequestDto } from './approval-request.mapper.js';
import {
  ApprovalRequestDto,
  ApprovalRequestPages,
  ApprovalRequestPayload,
  ApprovalRequestsQuery,
  BreakGlassApprovalRequestInput,
  ReviewApprovalBreakGlassInput,
  ReviewApprovalRequestInput,
  WithdrawApprovalRequestInput,
} from './dto/approval-request.dto.js';

const PAYLOAD = () => ApprovalRequestPayload;
type Key = string | undefined;

@Resolver()
export class ApprovalRequestsResolver {
  constructor(
    private readonly read: ReadRequests,
    private readonly reviewer: ReviewRequests,
  ) {}

  @Query(() => ApprovalRequestPages.Connection, { description: 'Drains that need approval, newest first.' })
  async approvalRequests(
    @CurrentCaller() caller: Caller,
    @Args() query: ApprovalRequestsQuery,
  ): Promise<ConnectionOf<ApprovalRequestDto>> {
    return toConnection(await this.read.list(caller, query, query, query.mine), approvalRequestDto);
  }

  @Query(() => ApprovalRequestDto, { description: 'One request for approval.' })
  async approvalRequest(@CurrentCaller() caller: Caller, @Args('id', { type: () => ID }) id: string) {
    return approvalRequestDto(await this.read.get(caller, id));
  }

  @Mutation(PAYLOAD, { description: 'Approves, rejects or comments.' })
  reviewApprovalRequest(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, id, ...input }: ReviewApprovalRequestInput,
    @IdempotencyKey() key: Key,
  ) {
    return told(this.reviewer.review(caller, id, input, key));
  }

  @Mutation(PAYLOAD, { description: 'Takes the request back; what waits is cancelled.' })
  withdrawApprovalRequest(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, reason }: WithdrawApprovalRequestInput,
    @IdempotencyKey() key: Key,
  ) {
    return told(this.reviewer.withdraw(caller, id, { reason }, key));
  }

  @Mutation(PAYLOAD, { description: 'Starts without approval; a review falls due.' })
  breakGlassApprovalRequest(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, id, ...input }: BreakGlassApprovalRequestInput,
    @IdempotencyKey() key: Key,
  ) {
    return told(this.reviewer.breakGlass(caller, id, input, key));
  }

  @Mutation(PAYLOAD, { description: 'The review that is due after a break-glass.' })
  reviewApprovalBreakGlass(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, ...input }: ReviewApprovalBreakGlassInput,
  ) {
    return told(this.reviewer.reviewBreakGlass(caller, id, input));
  }
}

async function told(request: Promise<ApprovalRecord>) {
  return { approvalRequest: approvalRequestDto(await request) };
}
