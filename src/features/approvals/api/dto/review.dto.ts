import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';

@OutputType('ChangeParticipant', 'Someone who takes part in an approval.')
export class ChangeParticipantDto {
  @Field({ description: 'Subject, as in audit events.' }) actorId!: string;
  @Field({ description: 'The human that counts.' }) person!: string;
  @Field({ description: 'Name for people.' }) displayName!: string;
}

@OutputType('ChangeReview', 'One review; void ones stay on record.')
export class ChangeReviewDto {
  @Field({ type: () => ChangeParticipantDto, description: 'Who.' }) reviewer!: ChangeParticipantDto;
  @Field({ description: 'APPROVE or REJECT.' }) decision!: string;
  @Field({ description: 'The content it binds to.' }) contentHash!: string;
  @Field({ type: 'string', nullable: true, description: 'Words.' }) comment!: string | null;
  @Field({ description: 'When.' }) at!: Date;
  @Field({ type: 'dateTime', nullable: true, description: 'When it stopped to count.' }) voidedAt!: Date | null;
  @Field({ type: 'string', nullable: true, description: 'Why it stopped to count.' }) voidReason!: string | null;
}

@OutputType('MissingApproval', 'What a rule of the policy still needs.')
export class MissingApprovalDto {
  @Field({ description: 'Rule.' }) ruleId!: string;
  @Field({ type: 'string', list: true, description: 'Someone of one of these groups.' }) groups!: string[];
  @Field({ type: 'int', description: 'How many people.' }) count!: number;
}

@OutputType('ChangeQuorum', 'How far the approvals meet the policy.')
export class ChangeQuorumDto {
  @Field({ description: 'Whether all rules are met.' }) satisfied!: boolean;
  @Field({ type: () => MissingApprovalDto, list: true, description: 'What is missing.' })
  missing!: MissingApprovalDto[];
}
