import type { IntOrPercent } from '../../../../kernel/int-or-percent.js';
import { defineEnum } from '../../../../platform/api/define-enum.js';
import { GIVEN_CORRELATION_ID } from '../../../../platform/api/external-correlation-id.js';
import { Field, type FieldOptions } from '../../../../platform/api/field.decorator.js';
import { InputShape } from '../../../../platform/api/shape.decorator.js';
import { BreakGlassVerdictEnum, ReviewDecisionEnum } from '../../../approvals/index.js';

const TEXT = /^[^\0]*$/;
const DrainMode = defineEnum(
  'ChangeDrainMode',
  { AUTO: 'Where the risk of the fields asks for it.', ALWAYS: 'Each node.', NEVER: 'No node.' },
  'Whether nodes are drained before their kubelet restarts.',
);
const Outcome = defineEnum(
  'ChangeOutcome',
  { SUCCEEDED: 'All targets have it.', FAILED: 'Some do not.' },
  'How the execution of a change ended.',
);

const reason: FieldOptions = { minLength: 3, maxLength: 500, pattern: TEXT, description: 'Why.' };
const words: FieldOptions = { nullable: true, maxLength: 2000, pattern: TEXT, description: 'Words for others.' };
const ticket: FieldOptions = { nullable: true, maxLength: 200, pattern: TEXT, description: 'Ticket.' };
const id: FieldOptions = { type: 'id', maxLength: 64, description: 'Change.' };
const mutationId: FieldOptions = { nullable: true, maxLength: 255, description: 'Idempotency key.' };
const patch: FieldOptions = {
  type: 'json',
  description: 'Merge patch of KubeletConfiguration: an object, or text in YAML or JSON; null removes a field.',
  example: { containerLogMaxSize: '50Mi' },
};
const nodes: FieldOptions = {
  type: 'string',
  list: true,
  nullable: true,
  minItems: 1,
  maxItems: 1000,
  maxLength: 253,
  description: 'Nodes by name; or give nodeSelector.',
};
const nodeSelector: FieldOptions = { nullable: true, maxLength: 4096, description: 'Nodes by label selector.' };
const expiry: FieldOptions = { nullable: true, type: 'dateTime', description: 'Until when it waits for approvals.' };
const override: FieldOptions = {
  nullable: true,
  maxLength: 500,
  pattern: TEXT,
  description: 'Starts in spite of a freeze window, for this reason; needs the right freeze-window.override.',
};
const hash: FieldOptions = { maxLength: 64, description: 'contentHash as it was shown.' };

@InputShape('NewChangeStrategy')
export class NewChangeStrategyDto {
  @Field({ type: 'int', min: 0, max: 100, nullable: true, description: 'Nodes that go first.' }) canary?: number;
  @Field({ type: 'intOrPercent', nullable: true, description: 'Nodes at a time: a number, or a share as "10%".' })
  maxUnavailable?: IntOrPercent;
  @Field({ enum: DrainMode, nullable: true, description: 'Whether nodes are drained.' })
  drain?: 'AUTO' | 'ALWAYS' | 'NEVER';
  @Field({ type: 'int', min: 0, max: 86_400, nullable: true, description: 'How long a node is watched.' })
  gateSeconds?: number;
}

@InputShape('NewKubeletConfigChange')
export class NewKubeletConfigChangeDto {
  @Field({ maxLength: 253, description: 'Cluster.' }) cluster!: string;
  @Field(nodes) nodes?: string[];
  @Field(nodeSelector) nodeSelector?: string;
  @Field(patch) patch!: unknown;
  @Field({ type: () => NewChangeStrategyDto, nullable: true, description: 'How it is rolled out.' })
  strategy?: NewChangeStrategyDto;
  @Field(reason) reason!: string;
  @Field(ticket) ticket?: string;
  @Field(GIVEN_CORRELATION_ID) externalCorrelationId?: string;
  @Field(expiry) approvalExpiresAt?: Date;
}

@InputShape('KubeletConfigChangeEdit', 'What is left out stays. An empty edit reads the targets anew.')
export class KubeletConfigChangeEditDto {
  @Field(nodes) nodes?: string[];
  @Field(nodeSelector) nodeSelector?: string;
  @Field({ ...patch, nullable: true }) patch?: unknown;
  @Field({ type: () => NewChangeStrategyDto, nullable: true, description: 'How it is rolled out.' })
  strategy?: NewChangeStrategyDto;
  @Field({ ...reason, nullable: true }) reason?: string;
  @Field(ticket) ticket?: string;
  @Field(expiry) approvalExpiresAt?: Date;
}

@InputShape('ChangeReview')
export class NewReviewDto {
  @Field({ enum: ReviewDecisionEnum, description: 'What the reviewer says.' }) decision!:
    | 'APPROVE'
    | 'REJECT'
    | 'COMMENT';
  @Field({ ...hash, nullable: true }) contentHash?: string;
  @Field(words) comment?: string;
}

@InputShape('BreakGlassReview')
export class BreakGlassReviewDto {
  @Field({ enum: BreakGlassVerdictEnum, description: 'What the reviewer says.' }) verdict!: 'ACCEPTED' | 'DISPUTED';
  @Field({ ...reason, description: 'Words for the record.' }) comment!: string;
}

@InputShape('ChangeStep')
export class ChangeStepDto {
  @Field({ ...reason, nullable: true }) reason?: string;
}

@InputShape('ChangeSchedule')
export class ChangeScheduleDto {
  @Field({ description: 'When it starts.' }) startAt!: Date;
}

@InputShape('ChangeStart')
export class ChangeStartDto {
  @Field(override) freezeOverrideReason?: string;
}

@InputShape('ChangeBreakGlass')
export class ChangeBreakGlassDto extends ChangeStartDto {
  @Field({ ...reason, minLength: 10 }) reason!: string;
  @Field(hash) contentHash!: string;
}

@InputShape('ChangeFinish')
export class ChangeFinishDto extends ChangeStepDto {
  @Field({ enum: Outcome, description: 'How it ended.' }) outcome!: 'SUCCEEDED' | 'FAILED';
}

@InputShape('CreateKubeletConfigChange')
export class CreateKubeletConfigChangeInput extends NewKubeletConfigChangeDto {
  @Field(mutationId) clientMutationId?: string;
}

@InputShape('EditKubeletConfigChange')
export class EditKubeletConfigChangeInput extends KubeletConfigChangeEditDto {
  @Field(id) id!: string;
  @Field({ type: 'int', description: 'The version that was read.' }) version!: number;
}

@InputShape('KubeletConfigChangeStep')
export class KubeletConfigChangeStepInput extends ChangeStepDto {
  @Field(id) id!: string;
  @Field(mutationId) clientMutationId?: string;
}

@InputShape('ReviewKubeletConfigChange')
export class ReviewKubeletConfigChangeInput extends NewReviewDto {
  @Field(id) id!: string;
  @Field(mutationId) clientMutationId?: string;
}

@InputShape('ScheduleKubeletConfigChange')
export class ScheduleKubeletConfigChangeInput extends ChangeScheduleDto {
  @Field(id) id!: string;
}

@InputShape('StartKubeletConfigChange')
export class StartKubeletConfigChangeInput extends ChangeStartDto {
  @Field(id) id!: string;
  @Field(mutationId) clientMutationId?: string;
}

@InputShape('BreakGlassKubeletConfigChange')
export class BreakGlassKubeletConfigChangeInput extends ChangeBreakGlassDto {
  @Field(id) id!: string;
  @Field(mutationId) clientMutationId?: string;
}

@InputShape('ReviewBreakGlass')
export class ReviewBreakGlassInput extends BreakGlassReviewDto {
  @Field(id) id!: string;
}

@InputShape('FinishKubeletConfigChange')
export class FinishKubeletConfigChangeInput extends ChangeFinishDto {
  @Field(id) id!: string;
}
