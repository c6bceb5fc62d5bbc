import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ListOf, toList } from '../../../platform/api/page.dto.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { lastEventId, noMoreEvents, type StreamedEvent, streamEvents } from '../../../platform/rest/event-stream.js';
import type { ApprovalRequestEvent } from '../application/approval-record.js';
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
  ApprovalRequestHistoryDto,
  ApprovalRequestPages,
  ApprovalRequestsQuery,
  ApprovalReviewDto,
  ApprovalScheduleDto,
  ApprovalWithdrawDto,
} from './dto/approval-request.dto.js';

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

  @Post(':id/reviews')
  @HttpCode(200)
  @ApiProblems('REVIEW_NOT_ALLOWED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'reviewApprovalRequest', summary: 'Approve, reject or comment' })
  @ApiOkResponse({ type: ApprovalRequestDto })
  async review(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ApprovalReviewDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.reviewer.review(caller, id, body, key));
  }

  @Post(':id/withdraw')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'withdrawApprovalRequest', summary: 'Take the request back; what waits is cancelled' })
  @ApiOkResponse({ type: ApprovalRequestDto })
  async withdraw(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason }: ApprovalWithdrawDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.reviewer.withdraw(caller, id, { reason }, key));
  }

  @Get(':id/events')
  @ApiOperation({ operationId: 'streamApprovalRequestEvents', summary: 'The history live, as server-sent events' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Resume after this event.' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Server-sent events; `data` is an ApprovalRequestEvent.' })
  @ApiNoContentResponse({ description: 'Nothing comes after this event any more.' })
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('last-event-id') lastEvent: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = lastEventId(lastEvent);
    if (this.feed.isOver(await this.read.get(caller, id), after)) return noMoreEvents(reply);
    await streamEvents(reply, (signal) => streamed(this.feed.events(id, after, signal)), { caller });
  }

  @Post(':id/schedule')
  @HttpCode(200)
  @ApiOperation({ operationId: 'scheduleApprovalRequest', summary: 'Start not before a time, once it is approved' })
  @ApiOkResponse({ type: ApprovalRequestDto })
  async schedule(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { startAt }: ApprovalScheduleDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    await this.scheduler.schedule(caller, await this.read.get(caller, id), startAt, key);
    return approvalRequestDto(await this.read.get(caller, id));
  }

  @Post(':id/break-glass')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'FREEZE_WINDOW', 'REVIEW_NOT_ALLOWED')
  @ApiOperation({ operationId: 'breakGlassApprovalRequest', summary: 'Start without approval; a review falls due' })
  @ApiOkResponse({ type: ApprovalRequestDto })
  async breakGlass(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ApprovalBreakGlassDto,
    @IdempotencyKey() key: Key,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.glass.start(caller, id, body, key));
  }

  @Post(':id/break-glass-review')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'REVIEW_NOT_ALLOWED')
  @ApiOperation({ operationId: 'reviewApprovalBreakGlass', summary: 'The review that is due after a break-glass' })
  @ApiOkResponse({ type: ApprovalRequestDto })
  async reviewBreakGlass(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ApprovalBreakGlassReviewDto,
  ): Promise<ApprovalRequestDto> {
    return approvalRequestDto(await this.glass.review(caller, id, body));
  }
}

async function* streamed(events: AsyncGenerator<ApprovalRequestEvent>): AsyncGenerator<StreamedEvent> {
  for await (const event of events) yield { id: event.seq, event: event.type, data: eventDto(event) };
}
