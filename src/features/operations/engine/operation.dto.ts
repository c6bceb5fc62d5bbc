import { UUID } from '../../../kernel/ids.js';
import { defineEnum } from '../../../platform/api/define-enum.js';
import { Field } from '../../../platform/api/field.decorator.js';
import { HistoryQuery } from '../../../platform/api/history-query.dto.js';
import { pagesOf } from '../../../platform/api/page.dto.js';
import { OutputType, QueryShape } from '../../../platform/api/shape.decorator.js';
import { ApprovalSummaryDto } from '../../approvals/index.js';
import { OPERATION_MEANINGS, type OperationType } from '../operation-definitions.js';
import { type OperationState, STEP_MEANINGS } from './operation.js';
import { OperationPodDto } from './operation-pod.dto.js';

export const OperationTypeEnum = defineEnum('OperationType', OPERATION_MEANINGS, 'What an operation does.');
export const OperationStateEnum = defineEnum(
  'OperationState',
  {
    AWAITING_APPROVAL: 'Waits for people.',
    QUEUED: 'Waits for a worker.',
    RUNNING: 'A worker carries it out.',
    CANCELLING: 'It is being stopped, and its own cordon taken back.',
    SUCCEEDED: 'Done.',
    FAILED: 'Ended by a failure.',
    TIMED_OUT: 'Not done by its deadline.',
    CANCELLED: 'Stopped by somebody.',
  } satisfies Record<OperationState, string>,
  'Where an operation stands.',
);
const StepNameEnum = defineEnum('OperationStepName', STEP_MEANINGS, 'A step of an operation.');
const StepStateEnum = defineEnum(
  'OperationStepState',
  {
    PENDING: 'Not begun.',
    RUNNING: 'Under way.',
    SUCCEEDED: 'Done.',
    FAILED: 'Not done.',
    SKIPPED: 'Not needed, or not reached.',
  },
  'Where a step stands.',
);

@OutputType('OperationProgress', 'How far an operation is.')
export class OperationProgressDto {
  @Field({ type: 'int', description: 'Pods to be removed.' }) total!: number;
  @Field({ type: 'int', description: 'Pods that are gone.' }) done!: number;
  @Field({ type: 'int', description: '0 to 100.' }) percent!: number;
  @Field({ type: 'int', nullable: true, description: 'Estimated seconds that are left; null if unknown.' })
  etaSeconds!: number | null;
}

@OutputType('OperationStep', 'A step of an operation.')
export class OperationStepDto {
  @Field({ enum: StepNameEnum, description: 'Step.' }) name!: string;
  @Field({ enum: StepStateEnum, description: 'Its state.' }) state!: string;
  @Field({ type: 'dateTime', nullable: true, description: 'Begun.' }) startedAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Ended.' }) finishedAt!: Date | null;
  @Field({ type: 'string', nullable: true, description: 'More about it.' }) message!: string | null;
}

@OutputType('OperationError', 'Why an operation did not succeed.')
export class OperationErrorDto {
  @Field({ description: 'Stable code.', example: 'DRAIN_REFUSED' }) code!: string;
  @Field({ description: 'For people.' }) message!: string;
}

@OutputType('OperationActor', 'Who asked.')
export class OperationActorDto {
  @Field({ graphqlName: 'actorId', description: 'Stable subject.' }) id!: string;
  @Field({ description: 'person, bot or system.' }) type!: string;
  @Field({ description: 'Name for people.' }) displayName!: string;
  @Field({ type: 'string', nullable: true, description: 'The person a bot acts for.' }) onBehalfOf!: string | null;
}

@OutputType('OperationCancel', 'A request to stop.')
export class OperationCancelDto {
  @Field({ description: 'When.' }) at!: Date;
  @Field({ description: 'By whom.' }) by!: string;
  @Field({ description: 'Whether the own cordon is taken back.' }) restore!: boolean;
}

@OutputType('Operation', 'One durable action on one node.', { entity: true })
export class OperationDto {
  @Field({ type: 'id', description: 'Id, the same in every API and in the audit trail.' }) id!: string;
  @Field({ enum: OperationTypeEnum, description: 'What it does.' }) type!: OperationType;
  @Field({ description: 'Cluster.' }) cluster!: string;
  @Field({ description: 'Node.' }) node!: string;
  @Field({ description: 'uid of the Node: a replaced node is another one.' }) nodeUid!: string;
  @Field({ enum: OperationStateEnum, description: 'Where it stands.' }) state!: OperationState;
  @Field({ type: () => OperationProgressDto, description: 'How far it is.' }) progress!: OperationProgressDto;
  @Field({ type: () => OperationStepDto, list: true, description: 'Its steps in order.' }) steps!: OperationStepDto[];
  @Field({ type: 'string', list: true, description: 'What is in the way, in words a person can act on.' })
  diagnosis!: string[];
  @Field({ type: 'string', list: true, description: 'What else should be known.' }) warnings!: string[];
  @Field({ type: 'json', description: 'Options with their defaults.' }) options!: Record<string, unknown>;
  @Field({ type: 'json', description: 'Facts that depend on the type.' }) result!: Record<string, unknown>;
  @Field({
    type: () => OperationPodDto,
    list: true,
    nullable: true,
    description: 'Pods of a drain; null in REST lists.',
  })
  pods!: OperationPodDto[] | null;
  @Field({ description: 'Why it was asked for.' }) reason!: string;
  @Field({ type: 'string', nullable: true, description: 'Ticket.' }) ticket!: string | null;
  @Field({ type: () => OperationActorDto, description: 'Who asked.' }) actor!: OperationActorDto;
  @Field({ type: 'string', list: true, description: 'Policies that allowed it.' }) policyIds!: string[];
  @Field({ description: 'The operation itself made the node unschedulable.' }) cordonedByUs!: boolean;
  @Field({ type: 'string', nullable: true, description: 'Hash of the plan that is carried out.' }) planHash!:
    | string
    | null;
  @Field({ type: 'id', nullable: true, description: 'Maintenance run it is part of.' }) maintenanceRunId!:
    | string
    | null;
  @Field({ type: 'string', nullable: true, description: 'Id that its caller gave to what belongs together.' })
  externalCorrelationId!: string | null;
  @Field({ type: 'id', nullable: true, description: 'Approval request that it waits for, or that let it go.' })
  approvalId!: string | null;
  @Field({ type: () => ApprovalSummaryDto, nullable: true, only: 'rest', description: 'That approval; null in lists.' })
  approval!: ApprovalSummaryDto | null;
  @Field({ type: () => OperationCancelDto, nullable: true, description: 'Cancel request.' })
  cancel!: OperationCancelDto | null;
  @Field({ type: () => OperationErrorDto, nullable: true, description: 'Why it did not succeed.' })
  error!: OperationErrorDto | null;
  @Field({ type: 'int', description: 'How often it was taken up by a worker.' }) attempts!: number;
  @Field({ type: 'int', description: 'Sequence of its last event.' }) lastEventId!: number;
  @Field({ type: 'dateTime', nullable: true, description: 'Wall-clock limit.' }) deadlineAt!: Date | null;
  @Field({ description: 'Asked for.' }) createdAt!: Date;
  @Field({ type: 'dateTime', nullable: true, description: 'Begun.' }) startedAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Ended.' }) finishedAt!: Date | null;
}

export const OperationPages = pagesOf('Operation', OperationDto);

@QueryShape()
export class OperationQuery extends HistoryQuery {
  @Field({ enum: OperationStateEnum, list: true, nullable: true, description: 'States.' }) state?: OperationState[];
  @Field({ enum: OperationTypeEnum, list: true, nullable: true, description: 'Types.' }) type?: OperationType[];
  @Field({ type: 'id', nullable: true, maxLength: 64, pattern: UUID, description: 'Maintenance run.' })
  maintenanceRun?: string;
  @Field({
    type: 'id',
    nullable: true,
    maxLength: 64,
    pattern: UUID,
    deprecated: 'Say maintenanceRun.',
    description: 'Maintenance run.',
  })
  maintenanceRunId?: string;
}
