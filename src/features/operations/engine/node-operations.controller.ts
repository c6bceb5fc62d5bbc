import { Body, Controller, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { DrainPlanDto } from '../drain/drain-plan.dto.js';
import { MakeDrainPlan } from '../drain/make-drain-plan.service.js';
import { AnswerOperation } from './answer-operation.service.js';
import { NodeOperations } from './node-operations.service.js';
import { OperationDto } from './operation.dto.js';
import { drainPlanDto } from './operation-dto.mapper.js';
import { DrainPlanRequestDto, DrainRequestDto, NodeActionDto, WaitQuery } from './operation-inputs.dto.js';

@ApiTags('Operations')
@Controller('clusters/:cluster/nodes/:node')
export class NodeOperationsController {
  constructor(
    private readonly operations: NodeOperations,
    private readonly plans: MakeDrainPlan,
    private readonly answer: AnswerOperation,
  ) {}

  @Post('cordon')
  @HttpCode(202)
  @ApiProblems('OPERATION_IN_PROGRESS', 'PRECONDITION_FAILED', 'FREEZE_WINDOW')
  @ApiOperation({ operationId: 'cordonNode', summary: 'Make a node unschedulable' })
  @ApiAcceptedResponse({ type: OperationDto })
  async cordon(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: NodeActionDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.operations.cordon(caller, { cluster, node, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }

  @Post('uncordon')
  @HttpCode(202)
  @ApiProblems('OPERATION_IN_PROGRESS', 'PRECONDITION_FAILED', 'FREEZE_WINDOW')
  @ApiOperation({ operationId: 'uncordonNode', summary: 'Make a node schedulable' })
  @ApiAcceptedResponse({ type: OperationDto })
  async uncordon(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: NodeActionDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.operations.uncordon(caller, { cluster, node, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }

  @Post('drain')
  @HttpCode(202)
  @ApiProblems('OPERATION_IN_PROGRESS', 'PRECONDITION_FAILED', 'PLAN_CHANGED', 'DRAIN_REFUSED', 'FREEZE_WINDOW')
  @ApiOperation({ operationId: 'drainNode', summary: 'Cordon a node and remove its pods, as budgets allow' })
  @ApiAcceptedResponse({ type: OperationDto })
  async drain(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: DrainRequestDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.operations.drain(caller, { cluster, node, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }

  @Post('drain-plan')
  @HttpCode(200)
  @ApiOperation({ operationId: 'planDrain', summary: 'What a drain would do; nothing is changed' })
  @ApiOkResponse({ type: DrainPlanDto })
  async plan(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: DrainPlanRequestDto,
  ): Promise<DrainPlanDto> {
    const nodes = [node, ...(body.alsoNodes ?? [])];
    return drainPlanDto(cluster, await this.plans.plan(caller, cluster, nodes, body.options));
  }
}
