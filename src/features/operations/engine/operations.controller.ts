import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { ageOf } from '../../../kernel/age.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ListOf, toList } from '../../../platform/api/page.dto.js';
import { ApiEventStream } from '../../../platform/rest/api-event-stream.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { lastEventId, streamLog } from '../../../platform/rest/event-stream.js';
import { ListForms } from '../../../platform/rest/listed.decorator.js';
import { AnswerOperation } from './answer-operation.service.js';
import { CancelOperation } from './cancel-operation.service.js';
import { FollowOperation } from './follow-operation.service.js';
import { OperationDto, OperationPages, OperationQuery } from './operation.dto.js';
import { operationDto, operationEventDto, operationFilter } from './operation-dto.mapper.js';
import { OperationEventDto } from './operation-event.dto.js';
import { CancelRequestDto, WaitQuery } from './operation-inputs.dto.js';
import { ReadOperations } from './read-operations.service.js';

@ApiTags('Operations')
@Controller('operations')
export class OperationsController {
  constructor(
    private readonly read: ReadOperations,
    private readonly canceller: CancelOperation,
    private readonly follow: FollowOperation,
    private readonly answer: AnswerOperation,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listOperations', summary: 'Operations, newest first' })
  @ListForms(OperationDto, [
    ['ID', ({ id }) => id],
    ['TYPE', ({ type }) => type],
    ['CLUSTER', ({ cluster }) => cluster],
    ['NODE', ({ node }) => node],
    ['STATE', ({ state }) => state],
    ['DONE', ({ progress }) => `${progress.percent}%`],
    ['AGE', ({ createdAt }, now) => ageOf(createdAt, now)],
    ['REASON', ({ reason }) => reason],
  ])
  @ApiOkResponse({ type: OperationPages.List })
  async list(@CurrentCaller() caller: Caller, @Query() query: OperationQuery): Promise<ListOf<OperationDto>> {
    const page = await this.read.list(caller, operationFilter(query, caller), query);
    return toList(page, (operation) => operationDto(operation));
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getOperation', summary: 'One operation with its pods' })
  @ApiOkResponse({ type: OperationDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: WaitQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.read.get(caller, id);
    return query.wait ? this.answer.waited(caller, id, query.wait, reply) : this.answer.detail(operation);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiProblems('OPERATION_FINISHED', 'CHANGE_STATE_CONFLICT')
  @ApiOperation({ operationId: 'cancelOperation', summary: 'Stop an operation and take back its own cordon' })
  @ApiAcceptedResponse({ type: OperationDto })
  async cancel(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: CancelRequestDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.canceller.cancel(caller, { id, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }

  @Get(':id/events')
  @ApiEventStream(
    'streamOperationEvents',
    'Events of an operation as they happen, until it has ended (server-sent events)',
    OperationEventDto,
  )
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('last-event-id') header: string | undefined,
    @Query('after') after: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = lastEventId(header, after);
    const operation = await this.read.get(caller, id);
    await streamLog(reply, {
      caller,
      isOver: this.follow.isOver(operation, from),
      events: (signal) => this.follow.events(id, from, signal),
      shown: (event) => ({ event: event.type.toLowerCase(), data: operationEventDto(event) }),
    });
  }
}
