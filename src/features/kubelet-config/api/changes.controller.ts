import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { ageOf } from '../../../kernel/age.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ListOf, PageQuery, toList } from '../../../platform/api/page.dto.js';
import { ApiEventStream } from '../../../platform/rest/api-event-stream.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { ListForms } from '../../../platform/rest/listed.decorator.js';
import { etagOf, RequestFeed, requestEventDto, streamRequest, versionOf } from '../../approvals/index.js';
import type { ChangeRecord } from '../application/change-record.js';
import { DraftChange } from '../application/draft-change.service.js';
import { EditChange } from '../application/edit-change.service.js';
import { ReadChanges } from '../application/read-changes.service.js';
import { changeDiffDto, changeDto, changeFilter } from './change.mapper.js';
import {
  KubeletConfigChangeDto,
  KubeletConfigChangeEventDto,
  KubeletConfigChangeHistoryDto,
  KubeletConfigChangePages,
  KubeletConfigChangesQuery,
} from './dto/change.dto.js';
import { KubeletConfigChangeDiffDto, KubeletConfigChangePlanDto } from './dto/change-diff.dto.js';
import { KubeletConfigChangeEditDto, NewKubeletConfigChangeDto } from './dto/change-inputs.dto.js';

@ApiTags('Kubelet config changes')
@Controller()
export class ChangesController {
  constructor(
    private readonly read: ReadChanges,
    private readonly drafts: DraftChange,
    private readonly editor: EditChange,
    private readonly feed: RequestFeed,
  ) {}

  @Get('kubelet-config-changes')
  @ApiOperation({ operationId: 'listKubeletConfigChanges', summary: 'Change requests, newest first' })
  @ListForms(KubeletConfigChangeDto, [
    ['ID', ({ id }) => id],
    ['STATUS', ({ status }) => status],
    ['CLUSTER', ({ cluster }) => cluster],
    ['AUTHOR', ({ author }) => author.displayName],
    ['AGE', ({ createdAt }, now) => ageOf(createdAt, now)],
    ['REASON', ({ reason }) => reason],
  ])
  @ApiOkResponse({ type: KubeletConfigChangePages.List })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: KubeletConfigChangesQuery,
  ): Promise<ListOf<KubeletConfigChangeDto>> {
    return toList(await this.read.list(caller, changeFilter(query, caller), query), changeDto);
  }

  @Get('reviews-requested')
  @ApiOperation({ operationId: 'listReviewsRequested', summary: 'Changes that wait for a review by the caller' })
  @ApiOkResponse({ type: KubeletConfigChangePages.List })
  async inbox(@CurrentCaller() caller: Caller, @Query() page: PageQuery): Promise<ListOf<KubeletConfigChangeDto>> {
    return toList(await this.read.reviewsRequested(caller, page), changeDto);
  }

  @Post('kubelet-config-changes')
  @ApiProblems('CHANGE_STALE')
  @ApiOperation({ operationId: 'createKubeletConfigChange', summary: 'Draft a change request' })
  @ApiCreatedResponse({ type: KubeletConfigChangeDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: NewKubeletConfigChangeDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    const change = await this.drafts.create(caller, body, idempotencyKey);
    reply.header('location', `/api/v1/kubelet-config-changes/${change.id}`);
    return tagged(reply, change);
  }

  @Get('kubelet-config-changes/:id')
  @ApiOperation({ operationId: 'getKubeletConfigChange', summary: 'One change request; its ETag is for edits' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return tagged(reply, await this.read.get(caller, id));
  }

  @Patch('kubelet-config-changes/:id')
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'editKubeletConfigChange', summary: 'Edit; approvals are void if the content changes' })
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag that was read.' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async edit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: KubeletConfigChangeEditDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return tagged(reply, await this.editor.edit(caller, id, body, versionOf(ifMatch)));
  }

  @Get('kubelet-config-changes/:id/diff')
  @ApiOperation({ operationId: 'explainKubeletConfigChange', summary: 'What the change would do, and at what risk' })
  @ApiOkResponse({ type: KubeletConfigChangeDiffDto })
  async diff(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<KubeletConfigChangeDiffDto> {
    return changeDiffDto(await this.read.explain(caller, id));
  }

  @Get('kubelet-config-changes/:id/plan')
  @ApiProblems('APPROVAL_REQUIRED', 'CHANGE_STATE_CONFLICT')
  @ApiOperation({ operationId: 'exportKubeletConfigChange', summary: 'An approved change as files and commands' })
  @ApiOkResponse({ type: KubeletConfigChangePlanDto })
  async plan(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<KubeletConfigChangePlanDto> {
    return this.read.plan(caller, id);
  }

  @Get('kubelet-config-changes/:id/history')
  @ApiOperation({ operationId: 'listKubeletConfigChangeHistory', summary: 'Everything that happened to the change' })
  @ApiOkResponse({ type: KubeletConfigChangeHistoryDto })
  async history(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<KubeletConfigChangeHistoryDto> {
    return { items: (await this.read.history(caller, id)).map(requestEventDto) };
  }

  @Get('kubelet-config-changes/:id/events')
  @ApiEventStream(
    'streamKubeletConfigChangeEvents',
    'The same live, as server-sent events',
    KubeletConfigChangeEventDto,
  )
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('last-event-id') lastEvent: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await streamRequest(reply, caller, this.feed, await this.read.get(caller, id), lastEvent);
  }
}

function tagged(reply: FastifyReply, change: ChangeRecord): KubeletConfigChangeDto {
  reply.header('etag', etagOf(change.version));
  return changeDto(change);
}
