import { defineEnum } from '../../platform/api/define-enum.js';
import { Field } from '../../platform/api/field.decorator.js';
import { HistoryQuery } from '../../platform/api/history-query.dto.js';
import { pagesOf } from '../../platform/api/page.dto.js';
import { OutputType, QueryShape } from '../../platform/api/shape.decorator.js';
import { OperationActorDto, OperationErrorDto } from '../operations/index.js';
import { MAINTENANCE_ACTION_MEANINGS, type MaintenanceAction } from '../operations/model.js';
import { MAINTENANCE_EVENT_TYPES } from './maintenance-event.js';
import { RUN_NODE_PHASES, RUN_STATES, type RunState } from './maintenance-run.js';

export const MaintenanceActionEnum = defineEnum(
  'MaintenanceAction',
  MAINTENANCE_ACTION_MEANINGS,
  'What a run does with each node.',
);
export const RunStateEnum = defineEnum(
  'MaintenanceRunState',
  {
    AWAITING_APPROVAL: 'Waits for people.',
    RUNNING: 'Nodes are being worked on.',
    PAUSED: 'Begins no further node until resumed.',
    CANCELLING: 'Ends what is under way.',
    SUCCEEDED: 'All nodes are done.',
    FAILED: 'Stopped by a failure.',
    CANCELLED: 'Stopped by somebody.',
  } satisfies Record<(typeof RUN_STATES)[number], string>,
  'Where a maintenance run stands.',
);
const PhaseEnum = defineEnum(
  'MaintenanceNodePhase',
  {
    PENDING: 'Its turn has not come.',
    OPERATING: 'Its operation is under way.',
    HOLDING: 'Empty and cordoned until released.',
    RELEASING: 'The own cordon is being taken back.',
    SETTLING: 'Waits for the health gate.',
    DONE: 'Done.',
    FAILED: 'Its operation failed.',
    SKIPPED: 'Nothing was to do, or it is gone.',
    UNDOING: 'The own cordon is taken back after a cancel.',
    UNDONE: 'Taken back after a cancel.',
  } satisfies Record<(typeof RUN_NODE_PHASES)[number], string>,
  'Where one node of a run stands.',
);
const EventTypeEnum = defineEnum(
  'MaintenanceEventType',
  {
    STATE: 'The run has another state.',
    NODE: 'A node has another phase.',
    WAITING: 'Why no node is begun.',
  } satisfies Record<(typeof MAINTENANCE_EVENT_TYPES)[number], string>,
  'What an event of a run is about.',
);

@OutputType('MaintenanceRunNode', 'One node of a maintenance run.')
export class MaintenanceRunNodeDto {
  @Field({ description: 'Node.' }) name!: string;
  @Field({ description: 'uid.' }) uid!: string;
  @Field({ type: 'string', nullable: true, description: 'Zone.' }) zone!: string | null;
  @Field({ description: 'Belongs to the control plane.' }) controlPlane!: boolean;
  @Field({ description: 'One of those that go first.' }) canary!: boolean;
  @Field({ enum: PhaseEnum, description: 'Where it stands.' }) phase!: string;
  @Field({ type: 'id', nullable: true, description: 'Operation of this phase.' }) operationId!: string | null;
  @Field({ description: 'The run made it unschedulable and has not taken that back.' }) ownCordon!: boolean;
  @Field({ type: 'dateTime', nullable: true, description: 'Begun.' }) startedAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Ended.' }) finishedAt!: Date | null;
  @Field({ type: () => OperationErrorDto, nullable: true, description: 'Why it was skipped or failed.' })
  error!: OperationErrorDto | null;
}

@OutputType('MaintenanceRunProgress', 'How many nodes of a run are done.')
export class MaintenanceRunProgressDto {
  @Field({ type: 'int', description: 'Nodes.' }) total!: number;
  @Field({ type: 'int', description: 'Done.' }) done!: number;
  @Field({ type: 'int', description: 'Failed.' }) failed!: number;
  @Field({ type: 'int', description: 'Skipped.' }) skipped!: number;
  @Field({ type: 'int', description: 'Worked on now.' }) active!: number;
  @Field({ type: 'int', description: '0 to 100.' }) percent!: number;
  @Field({ type: 'int', nullable: true, description: 'Estimated seconds that are left.' }) etaSeconds!: number | null;
}

@OutputType('MaintenanceRunPause', 'Who or what paused a run, and why.')
export class MaintenanceRunPauseDto {
  @Field({ description: 'REQUESTED, CANARY_GATE or FREEZE_WINDOW.' }) reason!: string;
  @Field({ description: 'Since.' }) at!: Date;
  @Field({ description: 'By whom.' }) by!: string;
}

@OutputType('MaintenanceRunCancel', 'Who cancelled a run, and when.')
export class MaintenanceRunCancelDto {
  @Field({ description: 'When.' }) at!: Date;
  @Field({ description: 'By whom.' }) by!: string;
  @Field({ description: 'Whether own cordons are taken back.' }) undo!: boolean;
}

@OutputType('MaintenanceRun', 'A rolling set of operations over many nodes.', { entity: true })
export class MaintenanceRunDto {
  @Field({ type: 'id', description: 'Id.' }) id!: string;
  @Field({ description: 'Cluster.' }) cluster!: string;
  @Field({ enum: RunStateEnum, description: 'Where it stands.' }) state!: RunState;
  @Field({ enum: MaintenanceActionEnum, description: 'What is done to each node.' }) action!: MaintenanceAction;
  @Field({ type: 'json', description: 'The request with its defaults.' }) spec!: Record<string, unknown>;
  @Field({ type: () => MaintenanceRunProgressDto, description: 'How far it is.' }) progress!: MaintenanceRunProgressDto;
  @Field({ type: 'string', list: true, description: 'Why it does not go on faster.' }) waiting!: string[];
  @Field({ type: () => MaintenanceRunNodeDto, list: true, description: 'Its nodes.' }) nodes!: MaintenanceRunNodeDto[];
  @Field({ type: 'string', nullable: true, description: 'Id that its caller gave to what belongs together.' })
  externalCorrelationId!: string | null;
  @Field({ type: 'id', nullable: true, description: 'Approval request that it waits for, or that let it go.' })
  approvalId!: string | null;
  @Field({ type: () => MaintenanceRunPauseDto, nullable: true, description: 'Why it is paused.' })
  pause!: MaintenanceRunPauseDto | null;
  @Field({ type: () => MaintenanceRunCancelDto, nullable: true, description: 'Cancel request.' })
  cancel!: MaintenanceRunCancelDto | null;
  @Field({ description: 'Why it was asked for.' }) reason!: string;
  @Field({ type: 'string', nullable: true, description: 'Ticket.' }) ticket!: string | null;
  @Field({ type: () => OperationActorDto, description: 'Who asked.' }) actor!: OperationActorDto;
  @Field({ type: () => OperationErrorDto, nullable: true, description: 'Why it did not succeed.' })
  error!: OperationErrorDto | null;
  @Field({ type: 'int', description: 'Sequence of its last event.' }) lastEventId!: number;
  @Field({ description: 'Asked for.' }) createdAt!: Date;
  @Field({ type: 'dateTime', nullable: true, description: 'Ended.' }) finishedAt!: Date | null;
}

export const MaintenanceRunPages = pagesOf('MaintenanceRun', MaintenanceRunDto);

@QueryShape()
export class MaintenanceRunQuery extends HistoryQuery {
  @Field({ enum: RunStateEnum, list: true, nullable: true, description: 'States.' }) state?: RunState[];
  @Field({ enum: MaintenanceActionEnum, list: true, nullable: true, description: 'What is done to each node.' })
  type?: MaintenanceAction[];
}

@OutputType('MaintenanceRunEvent', 'One line of the story of a maintenance run.')
export class MaintenanceRunEventDto {
  @Field({ type: 'int', graphqlName: 'seq', description: 'Sequence without gaps: resume after it.' }) id!: number;
  @Field({ type: 'id', description: 'Run.' }) runId!: string;
  @Field({ enum: EventTypeEnum, description: 'What it tells.' }) type!: string;
  @Field({ description: 'One line for people.' }) message!: string;
  @Field({ type: 'json', description: 'The same for programs.' }) data!: Record<string, unknown>;
  @Field({ description: 'When.' }) at!: Date;
}
