import { Args, ID, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ConnectionOf, toConnection } from '../../../platform/api/page.dto.js';
import { endWithReader } from '../../../platform/graphql/end-with-reader.js';
import type { ApprovalRecord } from '../application/approval-record.js';
import { BreakGlass } from '../application/break-glass.service.js';
import { ReadRequests } from '../application/read-requests.service.js';
import { RequestFeed } from '../application/request-feed.service.js';
import { ReviewRequests } from '../application/review-requests.service.js';
import { ScheduleRequests } from '../application/schedule-requests.service.js';
import { approvalFilter, approvalRequestDto, eventDto } from './approval-request.mapper.js';
import {
  ApprovalRequestDto,
  ApprovalRequestEventDto,
  ApprovalRequestPages,
  ApprovalRequestPayload,
  ApprovalRequestsQuery,
  BreakGlassApprovalRequestInput,
  ReviewApprovalBreakGlassInput,
  ReviewApprovalRequestInput,
  ScheduleApprovalRequestInput,
  WithdrawApprovalRequestInput,
} from './dto/approval-request.dto.js';

const PAYLOAD = () => ApprovalRequestPayload;
type Key = string | undefined;

@Resolver()
export class ApprovalRequestsResolver {
  constructor(
    private readonly read: ReadRequests,
    private readonly reviewer: ReviewRequests,
    private readonly glass: BreakGlass,
    private readonly scheduler: ScheduleRequests,
    private readonly feed: RequestFeed,
  ) {}

  @Query(() => ApprovalRequestPages.Connection, { description: 'What waits for approval, newest first.' })
  async approvalRequests(
    @CurrentCaller() caller: Caller,
    @Args() query: ApprovalRequestsQuery,
  ): Promise<ConnectionOf<ApprovalRequestDto>> {
    return toConnection(
      await this.read.list(caller, approvalFilter(query, caller), query, query.mine),
      approvalRequestDto,
    );
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
    return payloadOf(this.reviewer.review(caller, id, input, key));
  }

  @Mutation(PAYLOAD, { description: 'Takes the request back; what waits is cancelled.' })
  withdrawApprovalRequest(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, reason }: WithdrawApprovalRequestInput,
    @IdempotencyKey() key: Key,
  ) {
    return payloadOf(this.reviewer.withdraw(caller, id, { reason }, key));
  }

  @Mutation(PAYLOAD, { description: 'Lets it start not before a time, once it is approved.' })
  async scheduleApprovalRequest(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, startAt }: ScheduleApprovalRequestInput,
    @IdempotencyKey() key: Key,
  ) {
    await this.scheduler.schedule(caller, await this.read.get(caller, id), startAt, key);
    return payloadOf(this.read.get(caller, id));
  }

  @Subscription(() => ApprovalRequestEventDto, {
    description: 'Events of a request after the given one, until it can not move any more.',
    resolve: (event: unknown) => event,
  })
  async approvalRequestEvents(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID }) id: string,
    @Args('after', { type: () => Int, nullable: true, description: 'Resume after this event; all if left out.' })
    after: number | null,
  ): Promise<AsyncIterableIterator<ApprovalRequestEventDto>> {
    await this.read.get(caller, id);
    return endWithReader((signal) => this.feed.events(id, after ?? 0, signal), eventDto);
  }

  @Mutation(PAYLOAD, { description: 'Starts without approval; a review falls due.' })
  breakGlassApprovalRequest(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, id, ...input }: BreakGlassApprovalRequestInput,
    @IdempotencyKey() key: Key,
  ) {
    return payloadOf(this.glass.start(caller, id, input, key));
  }

  @Mutation(PAYLOAD, { description: 'The review that is due after a break-glass.' })
  reviewApprovalBreakGlass(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, ...input }: ReviewApprovalBreakGlassInput,
  ) {
    return payloadOf(this.glass.review(caller, id, input));
  }
}

async function payloadOf(request: Promise<ApprovalRecord>) {
  return { approvalRequest: approvalRequestDto(await request) };
}
