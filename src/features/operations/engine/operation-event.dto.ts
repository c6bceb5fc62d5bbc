import { defineEnum } from '../../../platform/api/define-enum.js';
import { Field } from '../../../platform/api/field.decorator.js';
import { OutputType } from '../../../platform/api/shape.decorator.js';
import { type OperationEventType } from './operation-event.js';

const EventTypeEnum = defineEnum(
  'OperationEventType',
  {
    STATE: 'The operation has another state.',
    STEP: 'A step began or ended.',
    POD: 'A pod has another state.',
    PROGRESS: 'So many pods are gone.',
    DIAGNOSIS: 'Why it does not go on.',
    WARNING: 'Something to know.',
    REVERT: 'What a finished operation still sets back.',
  } satisfies Record<OperationEventType, string>,
  'What an event of an operation is about.',
);

@OutputType('OperationEvent', 'One line of the story of an operation.')
export class OperationEventDto {
  @Field({ type: 'int', graphqlName: 'seq', description: 'Sequence without gaps: resume after it.' }) id!: number;
  @Field({ type: 'id', description: 'Operation.' }) operationId!: string;
  @Field({ enum: EventTypeEnum, description: 'What it tells.' }) type!: OperationEventType;
  @Field({ description: 'One line for people.' }) message!: string;
  @Field({ type: 'json', description: 'The same for programs.' }) data!: Record<string, unknown>;
  @Field({ description: 'When.' }) at!: Date;
}
