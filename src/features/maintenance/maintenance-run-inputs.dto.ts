import type { IntOrPercent } from '../../kernel/int-or-percent.js';
import { defineEnum } from '../../platform/api/define-enum.js';
import { GIVEN_CORRELATION_ID } from '../../platform/api/external-correlation-id.js';
import { Field } from '../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../platform/graphql/user-error.dto.js';
import { DrainOptionsDto } from '../operations/index.js';
import type { MaintenanceAction } from '../operations/model.js';
import { MaintenanceActionEnum, MaintenanceRunDto } from './maintenance-run.dto.js';

const OnNodeFailureEnum = defineEnum(
  'OnNodeFailure',
  { STOP: 'No further node is begun.', CONTINUE: 'The others go on.' },
  'What a failed node means for the run.',
);
const DAY = 86_400;
const KEY = 'Makes a retry safe: the same id and input gives the first answer again, for 24 hours.';

@InputShape('Canary', 'Nodes that go first; then a gate.')
export class CanaryDto {
  @Field({ type: 'int', min: 1, max: 1000, description: 'How many nodes.' }) count!: number;
  @Field({
    type: 'int',
    min: 0,
    max: DAY,
    nullable: true,
    description: 'Go on by itself so long after the last canary; left out: pause until a person resumes.',
  })
  soakSeconds?: number;
}

@InputShape('HealthGate', 'What must be well before the next node.')
export class HealthGateDto {
  @Field({ nullable: true, description: 'Look at all; true if left out.' }) enabled?: boolean;
  @Field({ type: 'int', min: 1, max: DAY, nullable: true, description: 'The node fails after so long.' })
  timeoutSeconds?: number;
  @Field({ type: 'int', min: 0, max: DAY, nullable: true, description: 'For how long nothing may be wrong.' })
  stableSeconds?: number;
}

@InputShape('MaintenanceRunRequest', 'A rolling run over nodes: give either nodeSelector or nodes.')
export class MaintenanceRunRequestDto {
  @Field({ minLength: 3, maxLength: 500, description: 'Why, for the audit trail.' }) reason!: string;
  @Field({ nullable: true, maxLength: 200, description: 'Ticket that asks for it.' }) ticket?: string;
  @Field(GIVEN_CORRELATION_ID) externalCorrelationId?: string;
  @Field({ enum: MaintenanceActionEnum, description: 'What is done to each node.' }) action!: MaintenanceAction;
  @Field({ nullable: true, maxLength: 4096, description: 'Nodes by label; resolved again before each node.' })
  nodeSelector?: string;
  @Field({ type: 'string', list: true, nullable: true, maxItems: 5000, description: 'Nodes by name.' })
  nodes?: string[];
  @Field({
    nullable: true,
    type: 'intOrPercent',
    description:
      'Most nodes at a time, as a number (2) or a share ("10%") of those that are selected, rounded down but never to 0; those that are down already count.',
    example: '10%',
  })
  maxUnavailable?: IntOrPercent;
  @Field({ nullable: true, description: 'One zone after the other; true if left out.' }) zoneByZone?: boolean;
  @Field({ type: () => CanaryDto, nullable: true, description: 'Nodes that go first.' }) canary?: CanaryDto;
  @Field({ type: () => HealthGateDto, nullable: true, description: 'Gate after each node.' })
  healthGate?: HealthGateDto;
  @Field({ enum: OnNodeFailureEnum, nullable: true, description: 'STOP if left out.' })
  onNodeFailure?: 'STOP' | 'CONTINUE';
  @Field({ type: () => DrainOptionsDto, nullable: true, description: 'How to drain.' }) drainOptions?: DrainOptionsDto;
}

@InputShape('StartMaintenanceRunInput')
export class StartMaintenanceRunInput extends MaintenanceRunRequestDto {
  @Field({ minLength: 1, maxLength: 253, description: 'Cluster.' }) cluster!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('MaintenanceRunControl', 'Why a run is paused or resumed.')
export class MaintenanceRunControlDto {
  @Field({ nullable: true, maxLength: 500, description: 'Why, for the audit trail.' }) reason?: string;
}

@InputShape('MaintenanceRunCancelRequest', 'How to cancel a run.')
export class MaintenanceRunCancelRequestDto extends MaintenanceRunControlDto {
  @Field({ nullable: true, description: 'Take own cordons back; true if left out.' }) undo?: boolean;
}

@InputShape('MaintenanceRunReleaseRequest', 'Which held node goes back to work.')
export class MaintenanceRunReleaseRequestDto extends MaintenanceRunControlDto {
  @Field({ minLength: 1, maxLength: 253, description: 'Node.' }) node!: string;
}

@InputShape('PauseMaintenanceRunInput')
export class PauseMaintenanceRunInput extends MaintenanceRunControlDto {
  @Field({ type: 'id', maxLength: 64, description: 'Run.' }) id!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('ResumeMaintenanceRunInput')
export class ResumeMaintenanceRunInput extends PauseMaintenanceRunInput {}

@InputShape('CancelMaintenanceRunInput')
export class CancelMaintenanceRunInput extends PauseMaintenanceRunInput {
  @Field({ nullable: true, description: 'Take own cordons back; true if left out.' }) undo?: boolean;
}

@InputShape('ReleaseMaintenanceRunNodeInput')
export class ReleaseMaintenanceRunNodeInput extends PauseMaintenanceRunInput {
  @Field({ minLength: 1, maxLength: 253, description: 'Node.' }) node!: string;
}

@OutputType('MaintenanceRunPayload', 'Answer of every mutation on a maintenance run.')
export class MaintenanceRunPayload extends MutationPayload {
  @Field({ type: () => MaintenanceRunDto, nullable: true, description: 'The run; null if nothing was done.' })
  maintenanceRun!: MaintenanceRunDto | null;
}
