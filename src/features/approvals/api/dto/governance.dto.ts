import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';
import { type ApprovalKind, BLAST_RADII, type BlastRadius } from '../../domain/approval-policy.js';
import { ApprovalKindEnum } from './approval-enums.dto.js';
import { MissingApprovalDto } from './review.dto.js';

const Risk = defineEnum(
  'BlastRadius',
  {
    low: 'Little can go wrong.',
    medium: 'Some nodes can be affected.',
    high: 'Workloads or nodes can be lost.',
  } satisfies Record<(typeof BLAST_RADII)[number], string>,
  'How much can go wrong.',
);
const ScheduleType = defineEnum(
  'FreezeScheduleType',
  { RANGE: 'From a time to a time.', CRON: 'Each time a cron expression says, for a duration.' },
  'How a freeze window comes.',
);
const TTL = { type: 'int', min: 60, max: 90 * 24 * 3600 } as const;

@OutputType('ApprovalPolicy', 'Who must approve which change: groups of a rule are OR, rules are AND.')
export class ApprovalPolicyDto {
  @Field({ type: 'id', graphqlName: 'policyId', description: 'Id, the same in all versions.' }) id!: string;
  @Field({ type: 'int', description: 'Raised by every edit; the ETag.' }) version!: number;
  @Field({ type: 'json', description: 'Rules.' }) rules!: unknown;
  @Field({ type: 'int', description: 'How long a change waits for reviews.' }) approvalTtlSeconds!: number;
  @Field({ type: 'int', description: 'How long an approval can be used.' }) executionTtlSeconds!: number;
  @Field({ type: 'int', description: 'When the review of a break-glass is due.' }) breakGlassReviewSeconds!: number;
  @Field({ description: 'Who made this version.' }) createdBy!: string;
  @Field({ description: 'When.' }) createdAt!: Date;
}

@InputShape('ApprovalRuleCondition')
export class ApprovalRuleConditionDto {
  @Field({ enum: ApprovalKindEnum, list: true, nullable: true, description: 'For these; left out: config changes.' })
  kinds?: ApprovalKind[];
  @Field({ enum: Risk, nullable: true, description: 'From this risk on.' }) minRisk?: BlastRadius;
  @Field({ type: 'string', list: true, nullable: true, maxItems: 100, description: 'Clusters.' }) clusters?: string[];
  @Field({ nullable: true, maxLength: 1024, description: 'Label selector over nodes.' }) nodeSelector?: string;
}

@InputShape('ApprovalRule')
export class ApprovalRuleDto {
  @Field({ maxLength: 100, description: 'Name of the rule.' }) id!: string;
  @Field({ type: 'string', list: true, maxItems: 50, maxLength: 253, description: 'Groups, any of them.' })
  groups!: string[];
  @Field({ type: 'int', min: 1, max: 20, description: 'How many people.' }) count!: number;
  @Field({ type: () => ApprovalRuleConditionDto, nullable: true, description: 'When it applies; left out: always.' })
  when?: ApprovalRuleConditionDto;
}

@InputShape('NewApprovalPolicy')
export class NewApprovalPolicyDto {
  @Field({ type: () => ApprovalRuleDto, list: true, maxItems: 50, description: 'Rules.' }) rules!: ApprovalRuleDto[];
  @Field({ ...TTL, description: 'How long a change waits for reviews.' }) approvalTtlSeconds!: number;
  @Field({ ...TTL, description: 'How long an approval can be used.' }) executionTtlSeconds!: number;
  @Field({ ...TTL, description: 'When the review of a break-glass is due.' }) breakGlassReviewSeconds!: number;
}

@InputShape('ApprovalPreviewNode')
export class ApprovalPreviewNodeDto {
  @Field({ maxLength: 253, description: 'Cluster.' }) cluster!: string;
  @Field({ maxLength: 253, description: 'Node.' }) node!: string;
  @Field({ type: 'stringMap', nullable: true, description: 'Labels.' }) labels?: Record<string, string>;
}

@InputShape('ApprovalPreview')
export class NewApprovalPreviewDto {
  @Field({ enum: ApprovalKindEnum, default: 'KUBELET_CONFIG_CHANGE', description: 'What.' }) kind!: ApprovalKind;
  @Field({ enum: Risk, description: 'Risk.' }) risk!: BlastRadius;
  @Field({ type: () => ApprovalPreviewNodeDto, list: true, maxItems: 1000, description: 'On which nodes.' })
  nodes!: ApprovalPreviewNodeDto[];
  @Field({
    enum: ApprovalKindEnum,
    list: true,
    nullable: true,
    maxItems: 3,
    description: 'What it does besides on these nodes, such as the drains of a run: rules for them hold too.',
  })
  covers?: ApprovalKind[];
  @Field({ type: () => NewApprovalPolicyDto, nullable: true, description: 'Judge by this policy instead.' })
  policy?: NewApprovalPolicyDto;
}

@OutputType('ApprovalPreviewResult', 'Who would have to approve.')
export class ApprovalPreviewDto {
  @Field({ description: 'No rule applies: approved as soon as it is submitted.' }) automatic!: boolean;
  @Field({ type: () => MissingApprovalDto, list: true, description: 'Rules that apply.' }) rules!: MissingApprovalDto[];
}

@InputShape('FreezeSchedule')
export class FreezeScheduleDto {
  @Field({ enum: ScheduleType, description: 'One range, or a recurring window.' }) type!: 'RANGE' | 'CRON';
  @Field({ nullable: true, maxLength: 64, description: 'RANGE: start, RFC 3339.' }) from?: string;
  @Field({ nullable: true, maxLength: 64, description: 'RANGE: end, RFC 3339.' }) to?: string;
  @Field({ nullable: true, maxLength: 100, description: 'CRON: start, five fields.' }) cron?: string;
  @Field({
    nullable: true,
    maxLength: 64,
    description: 'CRON: IANA time zone; no default, a freeze must not depend on where the service runs.',
  })
  timeZone?: string;
  @Field({ type: 'int', nullable: true, description: 'CRON: how long.' }) durationSeconds?: number;
}

@InputShape('FreezeWindow')
export class FreezeWindowDto {
  @Field({ type: 'id', minLength: 1, maxLength: 64, description: 'Id.' }) id!: string;
  @Field({ minLength: 1, maxLength: 100, description: 'Name.' }) name!: string;
  @Field({ type: 'string', list: true, maxItems: 100, maxLength: 253, description: 'Clusters; * for all.' })
  clusters!: string[];
  @Field({ maxLength: 500, description: 'Why.' }) reason!: string;
  @Field({ type: () => FreezeScheduleDto, description: 'When.' }) schedule!: FreezeScheduleDto;
}

@InputShape('NewFreezeWindows')
export class NewFreezeWindowsDto {
  @Field({ type: () => FreezeWindowDto, list: true, maxItems: 200, description: 'All windows.' })
  windows!: FreezeWindowDto[];
}

@OutputType('FreezeWindows', 'Times in which nothing is started.')
export class FreezeWindowsDto {
  @Field({ type: 'int', description: 'Raised by every edit; the ETag.' }) version!: number;
  @Field({ type: 'json', description: 'Windows.' }) windows!: unknown;
  @Field({ description: 'Who made this version.' }) createdBy!: string;
  @Field({ description: 'When.' }) createdAt!: Date;
}

@InputShape('ReplaceApprovalPolicy')
export class ReplaceApprovalPolicyInput extends NewApprovalPolicyDto {
  @Field({ type: 'int', description: 'The version that was read.' }) version!: number;
}

@InputShape('ReplaceFreezeWindows')
export class ReplaceFreezeWindowsInput extends NewFreezeWindowsDto {
  @Field({ type: 'int', description: 'The version that was read.' }) version!: number;
}

@OutputType('ApprovalPolicyPayload')
export class ApprovalPolicyPayload extends MutationPayload {
  @Field({ type: () => ApprovalPolicyDto, nullable: true, description: 'The policy.' })
  approvalPolicy!: ApprovalPolicyDto | null;
}

@OutputType('FreezeWindowsPayload')
export class FreezeWindowsPayload extends MutationPayload {
  @Field({ type: () => FreezeWindowsDto, nullable: true, description: 'The windows.' })
  freezeWindows!: FreezeWindowsDto | null;
}
