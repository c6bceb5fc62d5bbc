import { defineEnum } from '../../../platform/api/define-enum.js';
import { Field } from '../../../platform/api/field.decorator.js';
import { OutputType } from '../../../platform/api/shape.decorator.js';
import { type DrainPodState, POD_STATES } from './operation.js';

export const PodActionEnum = defineEnum(
  'PodAction',
  {
    EVICT: 'Asks the API server to evict it.',
    DELETE: 'Deletes it; budgets are not asked.',
    IGNORE: 'Leaves it where it is.',
    SKIP: 'Does not wait for it.',
    BLOCK: 'Can not handle it, so nothing on the node is removed.',
  },
  'What a drain does with a pod.',
);
const PodStateEnum = defineEnum(
  'OperationPodState',
  {
    PENDING: 'Its turn has not come.',
    EVICTING: 'The request is under way.',
    BLOCKED: 'The request was refused; it is tried again.',
    TERMINATING: 'It is ending.',
    GONE: 'It is gone.',
    REPLACED: 'Another pod has its name.',
    IGNORED: 'It is left where it is.',
    FAILED: 'It could not be removed.',
  } satisfies Record<(typeof POD_STATES)[number], string>,
  'Where one pod of a drain stands.',
);
const SeverityEnum = defineEnum(
  'DecisionSeverity',
  { INFO: 'To know.', WARNING: 'Something is lost or left.', ERROR: 'Keeps the drain from beginning.' },
  'Weight of a reason.',
);

@OutputType('PodDecisionNote', 'One reason for the decision about a pod.')
export class PodDecisionNoteDto {
  @Field({ description: 'Stable code.', example: 'LOCAL_STORAGE' }) code!: string;
  @Field({ enum: SeverityEnum, description: 'Weight.' }) severity!: string;
  @Field({ description: "kubectl's words." }) message!: string;
  @Field({ type: 'string', nullable: true, description: 'Option that would change it.' }) option!: string | null;
}

@OutputType('OperationPod', 'One pod of a drain.')
export class OperationPodDto {
  @Field({ description: 'uid.' }) uid!: string;
  @Field({ description: 'Namespace.' }) namespace!: string;
  @Field({ description: 'Name.' }) name!: string;
  @Field({ type: 'string', nullable: true, description: 'Kind/name of its controller.' }) controller!: string | null;
  @Field({ enum: PodActionEnum, description: 'What was decided.' }) action!: string;
  @Field({ type: () => PodDecisionNoteDto, list: true, description: 'Why.' }) notes!: PodDecisionNoteDto[];
  @Field({ enum: PodStateEnum, description: 'Where it stands.' }) state!: DrainPodState;
  @Field({ type: 'string', nullable: true, description: 'Why it stands there.' }) reason!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Disruption budget it waits for.' }) budget!: string | null;
  @Field({ type: 'string', nullable: true, description: 'For people.' }) message!: string | null;
  @Field({ type: 'int', description: 'Place in the order.' }) position!: number;
  @Field({ type: 'int', description: 'Tier; one starts when the earlier ones are gone.' }) tier!: number;
  @Field({ type: 'int', description: 'Requests sent for it.' }) attempts!: number;
  @Field({ type: 'dateTime', nullable: true, description: 'Last request.' }) requestedAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Seen terminating.' }) terminatingAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Settled for good.' }) finishedAt!: Date | null;
}
