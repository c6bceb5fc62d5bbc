import { Body, Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { ageOf } from '../../../kernel/age.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ListOf, toList } from '../../../platform/api/page.dto.js';
import { ApiEventStream } from '../../../platform/rest/api-event-stream.decorator.js';
import { ListForms } from '../../../platform/rest/listed.decorator.js';
import { Step } from '../../../platform/rest/step.decorator.js';
import { BreakGlass } from '../application/break-glass.service.js';
import { ReadRequests } from '../application/read-requests.service.js';
import { RequestFeed } from '../application/request-feed.service.js';
import { ReviewRequests } from '../application/review-requests.service.js';
import { ScheduleRequests } from '../application/schedule-requests.service.js';
import { approvalFilter, approvalRequestDto, eventDto } from './approval-request.mapper.js';
import {
  ApprovalBreakGlassDto,
  ApprovalBreakGlassReviewDto,
  ApprovalRequestDto,
  ApprovalRequestEventDto,
  ApprovalRequestHistoryDto,
  ApprovalRequestPages,
  ApprovalRequestsQuery,
  ApprovalReviewDto,
  ApprovalScheduleDto,
  ApprovalWithdrawDto,
} from './dto/approval-request.dto.js';
import { streamRequest } from './stream-request.js';

type Key = string | undefined;

@ApiTags('Approvals')
@Controller('approval-requests')
export class ApprovalRequestsController {
  constructor(
    private readonly read: ReadRequests,
    private readonly reviewer: ReviewRequests,
    private readonly glass: BreakGlass,
    private readonly scheduler: ScheduleRequests,
    private readonly feed: RequestFeed,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listApprovalRequests', summary: 'What waits for approval, newest first' })
  @ListForms(ApprovalRequestDto, [
    ['ID', ({ id }) => id],
    ['KIND', ({ kind }) => kind],
    ['CLUSTER', ({ cluster }) => cluster],
    ['STATUS', ({ status }) => status],
    ['AUTHOR', ({ author }) => author.displayName],
    ['AGE', ({ createdAt }, now) => ageOf(createdAt, now)],
    ['REASON', ({ reason }) => reason],
  ])
  @ApiOkResponse({ type: ApprovalRequestPages.List })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ApprovalRequestsQuery,
  ): Promise<ListOf<ApprovalRequestDto>> {
    return toList(await this.read.list(caller, approvalFilter(query, caller), query, query.mine), approvalRequestDto);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getApprovalRequest', summary: 'One request' })
  @ApiOkResponse({ type: ApprovalRequestDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.read.get(caller, id));
  }

  @Get(':id/history')
  @ApiOperation({ operationId: 'listApprovalRequestHistory', summary: 'Everything that happened to the request' })
  @ApiOkResponse({ type: ApprovalRequestHistoryDto })
  async history(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ApprovalRequestHistoryDto> {
    return { items: (await this.read.history(caller, id)).map(eventDto) };
  }

  @Step(':id/reviews', {
    operationId: 'reviewApprovalRequest',
    summary: 'Approve, reject or comment',
    answer: ApprovalRequestDto,
    problems: ['REVIEW_NOT_ALLOWED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async review(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ApprovalReviewDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.reviewer.review(caller, id, body, key));
  }

  @Step(':id/withdraw', {
    operationId: 'withdrawApprovalRequest',
    summary: 'Take the request back; what waits is cancelled',
    answer: ApprovalRequestDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async withdraw(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason }: ApprovalWithdrawDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.reviewer.withdraw(caller, id, { reason }, key));
  }

  @Get(':id/events')
  @ApiEventStream('streamApprovalRequestEvents', 'The history live, as server-sent events', ApprovalRequestEventDto)
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('last-event-id') lastEvent: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await streamRequest(reply, caller, this.feed, await this.read.get(caller, id), lastEvent);
  }

  @Step(':id/schedule', {
    operationId: 'scheduleApprovalRequest',
    summary: 'Start not before a time, once it is approved',
    answer: ApprovalRequestDto,
    problems: [],
  })
  async schedule(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { startAt }: ApprovalScheduleDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    await this.scheduler.schedule(caller, await this.read.get(caller, id), startAt, key);
    return approvalRequestDto(await this.read.get(caller, id));
  }

  @Step(':id/break-glass', {
    operationId: 'breakGlassApprovalRequest',
    summary: 'Start without approval; a review falls due',
    answer: ApprovalRequestDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'FREEZE_WINDOW', 'REVIEW_NOT_ALLOWED'],
  })
  async breakGlass(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ApprovalBreakGlassDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.glass.start(caller, id, body, key));
  }

  @Step(':id/break-glass-review', {
    operationId: 'reviewApprovalBreakGlass',
    summary: 'The review that is due after a break-glass',
    answer: ApprovalRequestDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'REVIEW_NOT_ALLOWED'],
  })
  async reviewBreakGlass(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ApprovalBreakGlassReviewDto,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.glass.review(caller, id, body));
  }
}
