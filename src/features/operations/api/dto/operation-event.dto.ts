import { defineEnum } from '../../../../platform/http/define-enum.js';
import { Field } from '../../../../platform/http/field.decorator.js';
import { OutputType } from '../../../../platform/http/shape.decorator.js';
import { OPERATION_EVENT_TYPES, type OperationEventType } from '../../application/operation-event.js';

const EventTypeEnum = defineEnum('OperationEventType', OPERATION_EVENT_TYPES, 'What an event of an operation tells.');

@OutputType('OperationEvent', 'One line of the story of an operation.')
export class OperationEventDto {
  @Field({ type: 'int', description: 'Sequence without gaps: resume after it.' }) id!: number;
  @Field({ type: 'id', description: 'Operation.' }) operationId!: string;
  @Field({ enum: EventTypeEnum, description: 'What it tells.' }) type!: OperationEventType;
  @Field({ description: 'One line for people.' }) message!: string;
  @Field({ type: 'json', description: 'The same for programs.' }) data!: Record<string, unknown>;
  @Field({ description: 'When.' }) at!: Date;
}
