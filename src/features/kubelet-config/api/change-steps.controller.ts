import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { etagOf, versionOf } from '../../approvals/index.js';
import { ApproveChange } from '../application/approve-change.service.js';
import type { ChangeRecord } from '../application/change-record.js';
import { ControlChange } from '../application/control-change.service.js';
import { EditChange } from '../application/edit-change.service.js';
import { StartChange } from '../application/start-change.service.js';
import { changeDto } from './change.mapper.js';
import { KubeletConfigChangeDto } from './dto/change.dto.js';
import {
  BreakGlassReviewDto,
  ChangeBreakGlassDto,
  ChangeFinishDto,
  ChangeScheduleDto,
  ChangeStartDto,
  ChangeStepDto,
  NewReviewDto,
} from './dto/change-inputs.dto.js';

@ApiTags('Kubelet config changes')
@Controller('kubelet-config-changes/:id')
export class ChangeStepsController {
  constructor(
    private readonly editor: EditChange,
    private readonly approver: ApproveChange,
    private readonly starter: StartChange,
    private readonly control: ControlChange,
  ) {}

  @Post('submit')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({
    operationId: 'submitKubeletConfigChange',
    summary: 'Ask for approval; everything is validated first',
  })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async submit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(
      reply,
      await this.editor.submit(
        caller,
        id,
        idempotencyKey,
        ifMatch === undefined ? undefined : (versionOf(ifMatch) ?? undefined),
      ),
    );
  }

  @Post('reviews')
  @HttpCode(200)
  @ApiProblems('REVIEW_NOT_ALLOWED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'reviewKubeletConfigChange', summary: 'Approve, reject or comment' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async reviews(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: NewReviewDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.review(caller, id, body, idempotencyKey));
  }

  @Post('withdraw')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'withdrawKubeletConfigChange', summary: 'Take the request back' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async withdraw(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.withdraw(caller, id, body.reason, idempotencyKey));
  }

  @Post('schedule')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'APPROVAL_REQUIRED', 'FREEZE_WINDOW')
  @ApiOperation({ operationId: 'scheduleKubeletConfigChange', summary: 'Start by itself at a time' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async schedule(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeScheduleDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.schedule(caller, id, body.startAt, idempotencyKey));
  }

  @Post('start')
  @HttpCode(200)
  @ApiProblems('PRECONDITION_FAILED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'APPROVAL_REQUIRED', 'FREEZE_WINDOW')
  @ApiOperation({ operationId: 'startKubeletConfigChange', summary: 'Start an approved change; its plan is at /plan' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async start(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStartDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.starter.start(caller, id, body, idempotencyKey));
  }

  @Post('pause')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'pauseKubeletConfigChange', summary: 'Pause after the node in hand' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async pause(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.pause(caller, id, { ...body, idempotencyKey }));
  }

  @Post('resume')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'resumeKubeletConfigChange', summary: 'Go on' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async resume(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStartDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.resume(caller, id, body));
  }

  @Post('cancel')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'cancelKubeletConfigChange', summary: 'Cancel an approved or running change' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async cancel(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.cancel(caller, id, { ...body, idempotencyKey }));
  }

  @Post('finish')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'finishKubeletConfigChange', summary: 'Tell how the exported plan ended' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async finish(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeFinishDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.finish(caller, id, body.outcome, { reason: body.reason, idempotencyKey }));
  }

  @Post('rollback')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE')
  @ApiOperation({ operationId: 'rollbackKubeletConfigChange', summary: 'Mark a finished change as rolled back' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async rollback(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.rollback(caller, id, { ...body, idempotencyKey }));
  }

  @Post('break-glass')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'FREEZE_WINDOW', 'REVIEW_NOT_ALLOWED')
  @ApiOperation({ operationId: 'breakGlassKubeletConfigChange', summary: 'Start without approval; a review falls due' })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async breakGlass(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeBreakGlassDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.breakGlass(caller, id, body, idempotencyKey));
  }

  @Post('break-glass-review')
  @HttpCode(200)
  @ApiProblems('CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'REVIEW_NOT_ALLOWED')
  @ApiOperation({
    operationId: 'reviewKubeletConfigChangeBreakGlass',
    summary: 'The review that is due after a break-glass',
  })
  @ApiOkResponse({ type: KubeletConfigChangeDto })
  async breakGlassReview(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: BreakGlassReviewDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.reviewBreakGlass(caller, id, body));
  }
}

function answer(reply: FastifyReply, change: ChangeRecord): KubeletConfigChangeDto {
  reply.header('etag', etagOf(change.version));
  return changeDto(change);
}
