import type { IntOrPercent } from '../../../../kernel/int-or-percent.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { HistoryQuery } from '../../../../platform/api/history-query.dto.js';
import { pagesOf } from '../../../../platform/api/page.dto.js';
import { OutputType, QueryShape } from '../../../../platform/api/shape.decorator.js';
import {
  type ApprovalStatus,
  ApprovalStatusEnum,
  ChangeParticipantDto,
  ChangeQuorumDto,
  ChangeReviewDto,
} from '../../../approvals/index.js';

@OutputType('ChangeTarget', 'A node that a change aims at.')
export class ChangeTargetDto {
  @Field({ description: 'Node.' }) node!: string;
  @Field({ description: 'Its uid.' }) uid!: string;
  @Field({ description: 'Kubelet version.' }) kubeletVersion!: string;
  @Field({ description: 'kubeadm, k3s, rke2, managed or unknown.' }) platform!: string;
  @Field({
    type: 'string',
    nullable: true,
    description: 'Hash of the live configuration under review; null in a draft.',
  })
  baseHash!: string | null;
}

@OutputType('ChangeStrategy', 'How a rollout goes over the nodes.')
export class ChangeStrategyDto {
  @Field({ type: 'int', description: 'Nodes that go first.' }) canary!: number;
  @Field({ type: 'intOrPercent', description: 'Nodes at a time.', example: '10%' }) maxUnavailable!: IntOrPercent;
  @Field({ description: 'AUTO, ALWAYS or NEVER.' }) drain!: string;
  @Field({ type: 'int', description: 'How long a node is watched before the next.' }) gateSeconds!: number;
}

@OutputType('KubeletConfigChange', 'A request to change the kubelet configuration of some nodes.', { entity: true })
export class KubeletConfigChangeDto {
  @Field({ type: 'id', description: 'Id.' }) id!: string;
  @Field({ type: 'int', description: 'Raised by every change; the ETag.' }) version!: number;
  @Field({ enum: ApprovalStatusEnum, description: 'Status.' }) status!: ApprovalStatus;
  @Field({ description: 'Cluster.' }) cluster!: string;
  @Field({ type: 'string', list: true, nullable: true, description: 'Nodes by name.' }) nodes!: string[] | null;
  @Field({ type: 'string', nullable: true, description: 'Nodes by label selector.' }) nodeSelector!: string | null;
  @Field({ type: 'json', description: 'Merge patch of KubeletConfiguration; null removes a field.' }) patch!: unknown;
  @Field({ type: () => ChangeStrategyDto, description: 'How it is rolled out.' }) strategy!: ChangeStrategyDto;
  @Field({ description: 'Why.' }) reason!: string;
  @Field({ type: 'string', nullable: true, description: 'Ticket.' }) ticket!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Id that its author gave to what belongs together.' })
  externalCorrelationId!: string | null;
  @Field({ type: () => ChangeParticipantDto, description: 'Who made it.' }) author!: ChangeParticipantDto;
  @Field({ type: () => ChangeParticipantDto, description: 'Who changed its content last.' })
  lastEditor!: ChangeParticipantDto;
  @Field({
    type: () => ChangeParticipantDto,
    list: true,
    description: 'Everyone who has changed its content; none may review it.',
  })
  editors!: ChangeParticipantDto[];
  @Field({ description: 'What reviews bind to: spec, targets with their live configuration, policy version.' })
  contentHash!: string;
  @Field({ description: 'low, medium or high; of a draft not known yet.' }) risk!: string;
  @Field({ description: 'Whether nodes should be drained first.' }) drainFirst!: boolean;
  @Field({ type: () => ChangeTargetDto, list: true, description: 'Nodes.' }) targets!: ChangeTargetDto[];
  @Field({ type: 'json', description: 'Notices for reviewers.' }) notices!: unknown;
  @Field({ type: 'int', description: 'Version of the approval policy that applies.' }) policyVersion!: number;
  @Field({ type: () => ChangeReviewDto, list: true, description: 'All reviews.' }) reviews!: ChangeReviewDto[];
  @Field({ type: () => ChangeQuorumDto, description: 'How far the policy is met.' }) quorum!: ChangeQuorumDto;
  @Field({ type: 'dateTime', nullable: true, description: 'Until when it can be approved.' })
  approvalExpiresAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Until when it can be started.' })
  executionExpiresAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it starts by itself.' }) scheduledFor!: Date | null;
  @Field({ type: 'json', nullable: true, description: 'Who broke the glass, why, and the review that is due.' })
  breakGlass!: unknown;
  @Field({ type: 'json', nullable: true, description: 'While STALE: what differs from what was reviewed.' })
  difference!: unknown;
  @Field({ description: 'When it was made.' }) createdAt!: Date;
  @Field({ description: 'Last change.' }) updatedAt!: Date;
}

export const KubeletConfigChangePages = pagesOf('KubeletConfigChange', KubeletConfigChangeDto);

const STATES = { enum: ApprovalStatusEnum, list: true, nullable: true, maxItems: 14 } as const;

@QueryShape()
export class KubeletConfigChangesQuery extends HistoryQuery {
  @Field({ ...STATES, description: 'Only in these states.' }) state?: ApprovalStatus[];
  @Field({ ...STATES, deprecated: 'Say state.', description: 'Only in these states.' }) status?: ApprovalStatus[];
  @Field({ nullable: true, maxLength: 253, description: 'Only of this person, by whatever credential.' })
  author?: string;
}

@OutputType('KubeletConfigChangeEvent', 'One line of a change’s history.')
export class KubeletConfigChangeEventDto {
  @Field({ type: 'int', description: 'Number within the change; what a stream resumes after.' }) seq!: number;
  @Field({ description: 'What happened.' }) type!: string;
  @Field({ type: 'json', description: 'Who, from which status to which, and details.' }) data!: unknown;
  @Field({ description: 'When.' }) at!: Date;
}

@OutputType('KubeletConfigChangeHistory')
export class KubeletConfigChangeHistoryDto {
  @Field({ type: () => KubeletConfigChangeEventDto, list: true, description: 'In order.' })
  items!: KubeletConfigChangeEventDto[];
}
