import { Body, Controller, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { AnswerOperation } from '../engine/answer-operation.service.js';
import { OperationDto } from '../engine/operation.dto.js';
import { WaitQuery } from '../engine/operation-inputs.dto.js';
import { RestartKubeletRequestDto, SetVerbosityRequestDto } from './kubelet-operation-inputs.dto.js';
import { KubeletOperations } from './kubelet-operations.service.js';

@ApiTags('Operations')
@Controller('clusters/:cluster/nodes/:node')
export class KubeletOperationsController {
  constructor(
    private readonly kubelets: KubeletOperations,
    private readonly answer: AnswerOperation,
  ) {}

  @Post('restart-kubelet')
  @HttpCode(202)
  @ApiProblems(
    'OPERATION_IN_PROGRESS',
    'PRECONDITION_FAILED',
    'KUBELET_UNAVAILABLE',
    'KUBELET_FORBIDDEN',
    'FREEZE_WINDOW',
  )
  @ApiOperation({ operationId: 'restartKubelet', summary: 'Restart the kubelet and prove that it is back' })
  @ApiAcceptedResponse({ type: OperationDto })
  async restart(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: RestartKubeletRequestDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.kubelets.restart(caller, { cluster, node, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }

  @Post('verbosity')
  @HttpCode(202)
  @ApiProblems(
    'OPERATION_IN_PROGRESS',
    'PRECONDITION_FAILED',
    'KUBELET_UNAVAILABLE',
    'KUBELET_FORBIDDEN',
    'FREEZE_WINDOW',
  )
  @ApiOperation({ operationId: 'setVerbosity', summary: "Set the kubelet's log level for a time" })
  @ApiAcceptedResponse({ type: OperationDto })
  async setVerbosity(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: SetVerbosityRequestDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.kubelets.setVerbosity(caller, { cluster, node, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }
}
