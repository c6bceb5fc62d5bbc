import { UUID } from '../../../../kernel/ids.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { HistoryQuery } from '../../../../platform/api/history-query.dto.js';
import { pagesOf } from '../../../../platform/api/page.dto.js';
import { InputShape, OutputType, QueryShape } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';
import type { ApprovalKind } from '../../domain/approval-policy.js';
import type { ApprovalStatus } from '../../domain/approval-state.js';
import {
  ApprovalKindEnum,
  ApprovalStatusEnum,
  BreakGlassVerdictEnum,
  ReviewDecisionEnum,
} from './approval-enums.dto.js';
import { ChangeParticipantDto, ChangeReviewDto, MissingApprovalDto } from './review.dto.js';

const KEY = 'Makes a retry safe: the same id and input gives the first answer again, for 24 hours.';

@OutputType('ApprovalSummary', 'The approval that something waits for.', { only: 'rest' })
export class ApprovalSummaryDto {
  @Field({ type: 'id', description: 'Id of the approval request.' }) id!: string;
  @Field({ enum: ApprovalStatusEnum, description: 'Status.' }) status!: ApprovalStatus;
  @Field({ description: 'What reviews bind to.' }) contentHash!: string;
  @Field({ type: () => MissingApprovalDto, list: true, description: 'What is missing.' })
  missing!: MissingApprovalDto[];
  @Field({ type: 'string', nullable: true, description: 'Why an approved one does not start yet.' })
  held!: string | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it starts by itself, at the earliest.' })
  scheduledFor!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Until when it can be approved, or started.' })
  expiresAt!: Date | null;
}

@OutputType('ApprovalRuleReason', 'Why a rule of the policy asks for the approval.')
export class ApprovalRuleReasonDto {
  @Field({ description: 'Rule.' }) ruleId!: string;
  @Field({
    enum: ApprovalKindEnum,
    description: 'What the rule is about: the request itself, or what it covers, as a run its drains.',
  })
  kind!: ApprovalKind;
  @Field({ type: 'string', list: true, description: 'The nodes for which it applies.' }) nodes!: string[];
}

@OutputType('ApprovalRuleDemand', 'What a rule of the policy would ask for.')
export class ApprovalRuleDemandDto extends ApprovalRuleReasonDto {
  @Field({ type: 'string', list: true, description: 'Someone of one of these groups.' }) groups!: string[];
  @Field({ type: 'int', description: 'How many people.' }) count!: number;
}

@OutputType('ApprovalRequest', 'Something that waits for approval, or was approved.', { entity: true })
export class ApprovalRequestDto extends ApprovalSummaryDto {
  @Field({ enum: ApprovalKindEnum, description: 'What is to be approved.' }) kind!: ApprovalKind;
  @Field({ description: 'Cluster.' }) cluster!: string;
  @Field({ type: 'string', list: true, description: 'Nodes.' }) nodes!: string[];
  @Field({ type: 'id', description: 'The operation, run or change that waits.' }) subjectId!: string;
  @Field({ type: 'json', description: 'What is to be done.' }) spec!: unknown;
  @Field({ description: 'low, medium or high.' }) risk!: string;
  @Field({ description: 'Why.' }) reason!: string;
  @Field({ type: 'string', nullable: true, description: 'Ticket.' }) ticket!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Id that its author gave to what belongs together.' })
  externalCorrelationId!: string | null;
  @Field({ type: () => ChangeParticipantDto, description: 'Who asked.' }) author!: ChangeParticipantDto;
  @Field({ type: () => ChangeReviewDto, list: true, description: 'All reviews.' }) reviews!: ChangeReviewDto[];
  @Field({ type: 'int', description: 'Version of the approval policy that applies.' }) policyVersion!: number;
  @Field({ type: () => ApprovalRuleReasonDto, list: true, description: 'Rules that ask for it, each with why.' })
  rules!: ApprovalRuleReasonDto[];
  @Field({ type: 'json', nullable: true, description: 'Who broke the glass, why, and the review that is due.' })
  breakGlass!: unknown;
  @Field({ description: 'Asked for.' }) createdAt!: Date;
  @Field({ description: 'Last change.' }) updatedAt!: Date;
}

export const ApprovalRequestPages = pagesOf('ApprovalRequest', ApprovalRequestDto);

const STATES = { enum: ApprovalStatusEnum, list: true, nullable: true, maxItems: 14 } as const;
const KINDS = { enum: ApprovalKindEnum, list: true, nullable: true, maxItems: 3 } as const;

@QueryShape()
export class ApprovalRequestsQuery extends HistoryQuery {
  @Field({ ...STATES, description: 'Only in these states.' }) state?: ApprovalStatus[];
  @Field({ ...STATES, deprecated: 'Say state.', description: 'Only in these states.' }) status?: ApprovalStatus[];
  @Field({ ...KINDS, description: 'Only these.' }) type?: ApprovalKind[];
  @Field({ ...KINDS, deprecated: 'Say type.', description: 'Only these.' }) kind?: ApprovalKind[];
  @Field({ type: 'id', nullable: true, maxLength: 64, pattern: UUID, description: 'Only of this maintenance run.' })
  maintenanceRun?: string;
  @Field({ nullable: true, description: 'Only what waits for a review by the caller.' }) mine?: boolean;
}

@OutputType('ApprovalRequestEvent', 'One line of the history of a request.')
export class ApprovalRequestEventDto {
  @Field({ type: 'int', description: 'Number within the request.' }) seq!: number;
  @Field({ description: 'What happened.' }) type!: string;
  @Field({ type: 'json', description: 'Who, from which status to which, and details.' }) data!: unknown;
  @Field({ description: 'When.' }) at!: Date;
}

@OutputType('ApprovalRequestHistory')
export class ApprovalRequestHistoryDto {
  @Field({ type: () => ApprovalRequestEventDto, list: true, description: 'In order.' })
  items!: ApprovalRequestEventDto[];
}

@InputShape('ApprovalReview')
export class ApprovalReviewDto {
  @Field({ enum: ReviewDecisionEnum, description: 'What you say.' }) decision!: 'APPROVE' | 'REJECT' | 'COMMENT';
  @Field({ nullable: true, maxLength: 128, description: 'What you read; needed to approve or reject.' })
  contentHash?: string;
  @Field({ nullable: true, maxLength: 4000, description: 'Words.' }) comment?: string;
}

@InputShape('ApprovalBreakGlass')
export class ApprovalBreakGlassDto {
  @Field({ minLength: 10, maxLength: 500, description: 'Why it can not wait.' }) reason!: string;
  @Field({ maxLength: 128, description: 'What you read.' }) contentHash!: string;
  @Field({ nullable: true, maxLength: 500, description: 'Act in a freeze window, for this reason.' })
  freezeOverrideReason?: string;
}

@InputShape('ApprovalSchedule')
export class ApprovalScheduleDto {
  @Field({ description: 'Not before this time.' }) startAt!: Date;
}

@InputShape('ApprovalWithdraw')
export class ApprovalWithdrawDto {
  @Field({ nullable: true, maxLength: 500, description: 'Why.' }) reason?: string;
}

@InputShape('ApprovalBreakGlassReview')
export class ApprovalBreakGlassReviewDto {
  @Field({ enum: BreakGlassVerdictEnum, description: 'Verdict.' }) verdict!: 'ACCEPTED' | 'DISPUTED';
  @Field({ minLength: 3, maxLength: 4000, description: 'Words.' }) comment!: string;
}

@InputShape('ReviewApprovalRequest')
export class ReviewApprovalRequestInput extends ApprovalReviewDto {
  @Field({ type: 'id', maxLength: 64, description: 'Request.' }) id!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('BreakGlassApprovalRequest')
export class BreakGlassApprovalRequestInput extends ApprovalBreakGlassDto {
  @Field({ type: 'id', maxLength: 64, description: 'Request.' }) id!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('WithdrawApprovalRequest')
export class WithdrawApprovalRequestInput extends ApprovalWithdrawDto {
  @Field({ type: 'id', maxLength: 64, description: 'Request.' }) id!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('ScheduleApprovalRequest')
export class ScheduleApprovalRequestInput extends ApprovalScheduleDto {
  @Field({ type: 'id', maxLength: 64, description: 'Request.' }) id!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('ReviewApprovalBreakGlass')
export class ReviewApprovalBreakGlassInput extends ApprovalBreakGlassReviewDto {
  @Field({ type: 'id', maxLength: 64, description: 'Request.' }) id!: string;
}

@OutputType('ApprovalRequestPayload')
export class ApprovalRequestPayload extends MutationPayload {
  @Field({ type: () => ApprovalRequestDto, nullable: true, description: 'The request.' })
  approvalRequest!: ApprovalRequestDto | null;
}
