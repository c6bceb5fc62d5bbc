import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ApproveChange } from '../application/approve-change.service.js';
import type { ChangeRecord } from '../application/change-record.js';
import { ControlChange } from '../application/control-change.service.js';
import { StartChange } from '../application/start-change.service.js';
import { changeDto } from './change.mapper.js';
import { KubeletConfigChangePayload } from './dto/change-diff.dto.js';
import {
  BreakGlassKubeletConfigChangeInput,
  FinishKubeletConfigChangeInput,
  ScheduleKubeletConfigChangeInput,
  StartKubeletConfigChangeInput as StartInput,
  KubeletConfigChangeStepInput as StepInput,
} from './dto/change-inputs.dto.js';

const PAYLOAD = () => KubeletConfigChangePayload;
type Key = string | undefined;

@Resolver()
export class ChangeStepsResolver {
  constructor(
    private readonly approver: ApproveChange,
    private readonly starter: StartChange,
    private readonly control: ControlChange,
  ) {}

  @Mutation(PAYLOAD, { description: 'Takes the request back.' })
  withdrawKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, reason }: StepInput,
    @IdempotencyKey() idempotencyKey: Key,
  ) {
    return payloadOf(this.approver.withdraw(caller, id, reason, idempotencyKey));
  }

  @Mutation(PAYLOAD, { description: 'Starts by itself at a time.' })
  scheduleKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, startAt }: ScheduleKubeletConfigChangeInput,
  ) {
    return payloadOf(this.approver.schedule(caller, id, startAt));
  }

  @Mutation(PAYLOAD, { description: 'Starts an approved change.' })
  startKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, freezeOverrideReason }: StartInput,
    @IdempotencyKey() idempotencyKey: Key,
  ) {
    return payloadOf(this.starter.start(caller, id, { freezeOverrideReason }, idempotencyKey));
  }

  @Mutation(PAYLOAD, { description: 'Pauses after the node in hand.' })
  pauseKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, reason }: StepInput,
    @IdempotencyKey() idempotencyKey: Key,
  ) {
    return payloadOf(this.control.pause(caller, id, { reason, idempotencyKey }));
  }

  @Mutation(PAYLOAD, { description: 'Goes on.' })
  resumeKubeletConfigChange(@CurrentCaller() caller: Caller, @Args('input') { id, freezeOverrideReason }: StartInput) {
    return payloadOf(this.control.resume(caller, id, { freezeOverrideReason }));
  }

  @Mutation(PAYLOAD, { description: 'Cancels an approved or running change.' })
  cancelKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, reason }: StepInput,
    @IdempotencyKey() idempotencyKey: Key,
  ) {
    return payloadOf(this.control.cancel(caller, id, { reason, idempotencyKey }));
  }

  @Mutation(PAYLOAD, { description: 'Tells how the exported plan ended.' })
  finishKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, outcome, reason }: FinishKubeletConfigChangeInput,
  ) {
    return payloadOf(this.control.finish(caller, id, outcome, { reason }));
  }

  @Mutation(PAYLOAD, { description: 'Marks a finished change as rolled back.' })
  rollbackKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, reason }: StepInput,
    @IdempotencyKey() idempotencyKey: Key,
  ) {
    return payloadOf(this.control.rollback(caller, id, { reason, idempotencyKey }));
  }

  @Mutation(PAYLOAD, { description: 'Starts without approval; a review falls due.' })
  breakGlassKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, ...input }: BreakGlassKubeletConfigChangeInput,
    @IdempotencyKey() idempotencyKey: Key,
  ) {
    return payloadOf(this.approver.breakGlass(caller, id, input, idempotencyKey));
  }
}

async function payloadOf(change: Promise<ChangeRecord>) {
  return { kubeletConfigChange: changeDto(await change) };
}
