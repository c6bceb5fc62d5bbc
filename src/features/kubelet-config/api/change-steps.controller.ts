import { Body, Controller, Headers, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { Step } from '../../../platform/rest/step.decorator.js';
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

  @Step('submit', {
    operationId: 'submitKubeletConfigChange',
    summary: 'Ask for approval; everything is validated first',
    answer: KubeletConfigChangeDto,
    problems: ['PRECONDITION_FAILED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
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

  @Step('reviews', {
    operationId: 'reviewKubeletConfigChange',
    summary: 'Approve, reject or comment',
    answer: KubeletConfigChangeDto,
    problems: ['REVIEW_NOT_ALLOWED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async reviews(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: NewReviewDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.review(caller, id, body, idempotencyKey));
  }

  @Step('withdraw', {
    operationId: 'withdrawKubeletConfigChange',
    summary: 'Take the request back',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async withdraw(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.withdraw(caller, id, body.reason, idempotencyKey));
  }

  @Step('schedule', {
    operationId: 'scheduleKubeletConfigChange',
    summary: 'Start by itself at a time',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'APPROVAL_REQUIRED', 'FREEZE_WINDOW'],
  })
  async schedule(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeScheduleDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.schedule(caller, id, body.startAt, idempotencyKey));
  }

  @Step('start', {
    operationId: 'startKubeletConfigChange',
    summary: 'Start an approved change; its plan is at /plan',
    answer: KubeletConfigChangeDto,
    problems: ['PRECONDITION_FAILED', 'CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'APPROVAL_REQUIRED', 'FREEZE_WINDOW'],
  })
  async start(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStartDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.starter.start(caller, id, body, idempotencyKey));
  }

  @Step('pause', {
    operationId: 'pauseKubeletConfigChange',
    summary: 'Pause after the node in hand',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async pause(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.pause(caller, id, { ...body, idempotencyKey }));
  }

  @Step('resume', {
    operationId: 'resumeKubeletConfigChange',
    summary: 'Go on',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async resume(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStartDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.resume(caller, id, body));
  }

  @Step('cancel', {
    operationId: 'cancelKubeletConfigChange',
    summary: 'Cancel an approved or running change',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async cancel(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.cancel(caller, id, { ...body, idempotencyKey }));
  }

  @Step('finish', {
    operationId: 'finishKubeletConfigChange',
    summary: 'Tell how the exported plan ended',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async finish(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeFinishDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.finish(caller, id, body.outcome, { reason: body.reason, idempotencyKey }));
  }

  @Step('rollback', {
    operationId: 'rollbackKubeletConfigChange',
    summary: 'Mark a finished change as rolled back',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE'],
  })
  async rollback(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeStepDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.control.rollback(caller, id, { ...body, idempotencyKey }));
  }

  @Step('break-glass', {
    operationId: 'breakGlassKubeletConfigChange',
    summary: 'Start without approval; a review falls due',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'FREEZE_WINDOW', 'REVIEW_NOT_ALLOWED'],
  })
  async breakGlass(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeBreakGlassDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeletConfigChangeDto> {
    return answer(reply, await this.approver.breakGlass(caller, id, body, idempotencyKey));
  }

  @Step('break-glass-review', {
    operationId: 'reviewKubeletConfigChangeBreakGlass',
    summary: 'The review that is due after a break-glass',
    answer: KubeletConfigChangeDto,
    problems: ['CHANGE_STATE_CONFLICT', 'CHANGE_STALE', 'REVIEW_NOT_ALLOWED'],
  })
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
