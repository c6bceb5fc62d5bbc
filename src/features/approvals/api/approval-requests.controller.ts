import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { ApiProblems } from '../../../platform/http/api-problems.decorator.js';
import { CurrentCaller } from '../../../platform/http/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/http/idempotency-key.decorator.js';
import { type ListOf, toList } from '../../../platform/http/page.dto.js';
import { ReadRequests } from '../application/read-requests.service.js';
import { ReviewRequests } from '../application/review-requests.service.js';
import { approvalRequestDto } from './approval-request.mapper.js';
import {
  ApprovalBreakGlassDto,
  ApprovalBreakGlassReviewDto,
  ApprovalRequestDto,
  ApprovalRequestHistoryDto,
  ApprovalRequestPages,
  ApprovalRequestsQuery,
  ApprovalReviewDto,
  ApprovalWithdrawDto,
} from './dto/approval-request.dto.js';

type Key = string | undefined;

@ApiTags('Approvals')
@Controller('approval-requests')
export class ApprovalRequestsController {
  constructor(
    private readonly read: ReadRequests,
    private readonly reviewer: ReviewRequests,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listApprovalRequests', summary: 'What waits for approval, newest first' })
  @ApiOkResponse({ type: ApprovalRequestPages.List })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ApprovalRequestsQuery,
  ): Promise<ListOf<ApprovalRequestDto>> {
    return toList(await this.read.list(caller, query, query, query.mine), approvalRequestDto);
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
    return { items: await this.read.history(caller, id) };
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
    return approvalRequestDto(await this.reviewer.breakGlass(caller, id, body, key));
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
    return approvalRequestDto(await this.reviewer.reviewBreakGlass(caller, id, body));
  }
}
