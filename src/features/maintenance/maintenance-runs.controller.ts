import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../kernel/actor.js';
import { ageOf } from '../../kernel/age.js';
import { Clock } from '../../kernel/clock.js';
import { CurrentCaller } from '../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../platform/api/idempotency-key.decorator.js';
import { type ListOf, toList } from '../../platform/api/page.dto.js';
import { ApiEventStream } from '../../platform/rest/api-event-stream.decorator.js';
import { ApiProblems } from '../../platform/rest/api-problems.decorator.js';
import { lastEventId, streamLog } from '../../platform/rest/event-stream.js';
import { ListForms } from '../../platform/rest/listed.decorator.js';
import { ControlMaintenanceRun } from './control-maintenance-run.service.js';
import {
  MaintenanceRunDto,
  MaintenanceRunEventDto,
  MaintenanceRunPages,
  MaintenanceRunQuery,
} from './maintenance-run.dto.js';
import {
  maintenanceRunDto,
  maintenanceRunEventDto,
  maintenanceRunFilter,
  specInputOf,
} from './maintenance-run-dto.mapper.js';
import {
  MaintenanceRunCancelRequestDto,
  MaintenanceRunControlDto,
  MaintenanceRunReleaseRequestDto,
  MaintenanceRunRequestDto,
} from './maintenance-run-inputs.dto.js';
import { ReadMaintenanceRuns } from './read-maintenance-runs.service.js';
import { StartMaintenanceRun } from './start-maintenance-run.service.js';

@ApiTags('Maintenance runs')
@Controller()
export class MaintenanceRunsController {
  constructor(
    private readonly starter: StartMaintenanceRun,
    private readonly controls: ControlMaintenanceRun,
    private readonly read: ReadMaintenanceRuns,
    private readonly clock: Clock,
  ) {}

  @Post('clusters/:cluster/maintenance-runs')
  @HttpCode(202)
  @ApiProblems('FREEZE_WINDOW')
  @ApiOperation({ operationId: 'startMaintenanceRun', summary: 'Work on many nodes, a few at a time' })
  @ApiAcceptedResponse({ type: MaintenanceRunDto })
  async start(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Body() body: MaintenanceRunRequestDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MaintenanceRunDto> {
    const { reason, ticket } = body;
    const request = { cluster, reason, ticket, spec: specInputOf(body), idempotencyKey };
    const record = await this.starter.start(caller, request);
    reply.header('location', `/api/v1/maintenance-runs/${record.id}`);
    return maintenanceRunDto(record, this.clock.now());
  }

  @Get('maintenance-runs')
  @ApiOperation({ operationId: 'listMaintenanceRuns', summary: 'Maintenance runs, newest first' })
  @ListForms(MaintenanceRunDto, [
    ['ID', ({ id }) => id],
    ['ACTION', ({ action }) => action],
    ['CLUSTER', ({ cluster }) => cluster],
    ['STATE', ({ state }) => state],
    ['NODES', ({ progress }) => `${progress.done}/${progress.total}`],
    ['AGE', ({ createdAt }, now) => ageOf(createdAt, now)],
    ['REASON', ({ reason }) => reason],
  ])
  @ApiOkResponse({ type: MaintenanceRunPages.List })
  async list(@CurrentCaller() caller: Caller, @Query() query: MaintenanceRunQuery): Promise<ListOf<MaintenanceRunDto>> {
    const now = this.clock.now();
    const page = await this.read.list(caller, maintenanceRunFilter(query, caller), query);
    return toList(page, (record) => maintenanceRunDto(record, now));
  }

  @Get('maintenance-runs/:id')
  @ApiOperation({ operationId: 'getMaintenanceRun', summary: 'One maintenance run with its nodes' })
  @ApiOkResponse({ type: MaintenanceRunDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<MaintenanceRunDto> {
    return maintenanceRunDto(await this.read.get(caller, id), this.clock.now());
  }

  @Post('maintenance-runs/:id/pause')
  @HttpCode(202)
  @ApiProblems('OPERATION_FINISHED')
  @ApiOperation({ operationId: 'pauseMaintenanceRun', summary: 'Begin no further node' })
  @ApiAcceptedResponse({ type: MaintenanceRunDto })
  async pause(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason }: MaintenanceRunControlDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ): Promise<MaintenanceRunDto> {
    const control = { kind: 'pause' } as const;
    return maintenanceRunDto(
      await this.controls.control(caller, { id, control, reason, idempotencyKey }),
      this.clock.now(),
    );
  }

  @Post('maintenance-runs/:id/resume')
  @HttpCode(202)
  @ApiProblems('OPERATION_FINISHED')
  @ApiOperation({ operationId: 'resumeMaintenanceRun', summary: 'Go on; also opens the gate after the canary nodes' })
  @ApiAcceptedResponse({ type: MaintenanceRunDto })
  async resume(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason }: MaintenanceRunControlDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ): Promise<MaintenanceRunDto> {
    const control = { kind: 'resume' } as const;
    return maintenanceRunDto(
      await this.controls.control(caller, { id, control, reason, idempotencyKey }),
      this.clock.now(),
    );
  }

  @Post('maintenance-runs/:id/cancel')
  @HttpCode(202)
  @ApiProblems('OPERATION_FINISHED')
  @ApiOperation({ operationId: 'cancelMaintenanceRun', summary: 'Stop, and take own cordons back' })
  @ApiAcceptedResponse({ type: MaintenanceRunDto })
  async cancel(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason, undo }: MaintenanceRunCancelRequestDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ): Promise<MaintenanceRunDto> {
    const control = { kind: 'cancel', undo } as const;
    return maintenanceRunDto(
      await this.controls.control(caller, { id, control, reason, idempotencyKey }),
      this.clock.now(),
    );
  }

  @Post('maintenance-runs/:id/release')
  @HttpCode(202)
  @ApiProblems('OPERATION_FINISHED')
  @ApiOperation({ operationId: 'releaseMaintenanceRunNode', summary: 'Give a held node back to work' })
  @ApiAcceptedResponse({ type: MaintenanceRunDto })
  async release(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason, node }: MaintenanceRunReleaseRequestDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ): Promise<MaintenanceRunDto> {
    const control = { kind: 'release', node } as const;
    return maintenanceRunDto(
      await this.controls.control(caller, { id, control, reason, idempotencyKey }),
      this.clock.now(),
    );
  }

  @Get('maintenance-runs/:id/events')
  @ApiEventStream('streamMaintenanceRunEvents', 'Events of a run (server-sent events)', MaintenanceRunEventDto)
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('last-event-id') header: string | undefined,
    @Query('after') after: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = lastEventId(header, after);
    const run = await this.read.get(caller, id);
    await streamLog(reply, {
      caller,
      isOver: this.read.isOver(run, from),
      events: (signal) => this.read.events(id, from, signal),
      shown: (event) => ({ event: event.type.toLowerCase(), data: maintenanceRunEventDto(event) }),
    });
  }
}
