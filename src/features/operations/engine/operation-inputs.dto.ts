import { GIVEN_CORRELATION_ID } from '../../../platform/api/external-correlation-id.js';
import { Field } from '../../../platform/api/field.decorator.js';
import { InputShape, QueryShape } from '../../../platform/api/shape.decorator.js';
import { DrainOptionsDto } from '../drain/drain-options.dto.js';

const NAME = { minLength: 1, maxLength: 253 } as const;
const KEY = 'Makes a retry safe: the same id and input gives the first answer again, for 24 hours.';

@InputShape('ExpectedNode', 'What the caller believes of the node; nothing starts when it is wrong.')
export class ExpectedNodeDto {
  @Field({ nullable: true, maxLength: 64, description: 'uid of the Node.' }) nodeUid?: string;
  @Field({ nullable: true, description: 'Whether it is cordoned.' }) unschedulable?: boolean;
}

@InputShape('NodeAction', 'Why something is done to a node.')
export class NodeActionDto {
  @Field({ minLength: 3, maxLength: 500, description: 'Why, for the audit trail.', example: 'kernel update' })
  reason!: string;

  @Field({ nullable: true, maxLength: 200, description: 'Ticket that asks for it.', example: 'OPS-1234' })
  ticket?: string;

  @Field(GIVEN_CORRELATION_ID) externalCorrelationId?: string;

  @Field({ type: () => ExpectedNodeDto, nullable: true, description: 'Precondition.' })
  expected?: ExpectedNodeDto;
}

@InputShape('DrainRequest', 'A drain of one node.')
export class DrainRequestDto extends NodeActionDto {
  @Field({ type: () => DrainOptionsDto, nullable: true, description: 'How to drain.' }) options?: DrainOptionsDto;
}

@InputShape('CordonNodeInput')
export class CordonNodeInput extends NodeActionDto {
  @Field({ ...NAME, description: 'Cluster.' }) cluster!: string;
  @Field({ ...NAME, description: 'Node.' }) node!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('UncordonNodeInput')
export class UncordonNodeInput extends CordonNodeInput {}

@InputShape('DrainNodeInput')
export class DrainNodeInput extends CordonNodeInput {
  @Field({ type: () => DrainOptionsDto, nullable: true, description: 'How to drain.' }) options?: DrainOptionsDto;
}

@InputShape('CancelRequest', 'How to cancel.')
export class CancelRequestDto {
  @Field({ nullable: true, maxLength: 500, description: 'Why, for the audit trail.' }) reason?: string;
  @Field({ nullable: true, description: 'Take the own cordon back; true if left out.' }) restore?: boolean;
}

@InputShape('CancelOperationInput')
export class CancelOperationInput extends CancelRequestDto {
  @Field({ type: 'id', maxLength: 64, description: 'Operation.' }) id!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('DrainPlanRequest', 'What to plan.')
export class DrainPlanRequestDto {
  @Field({ type: () => DrainOptionsDto, nullable: true, description: 'How it would be drained.' })
  options?: DrainOptionsDto;

  @Field({
    type: 'string',
    list: true,
    maxItems: 100,
    nullable: true,
    description: 'More nodes that would be drained at the same time: budgets are shared.',
  })
  alsoNodes?: string[];
}

@QueryShape()
export class WaitQuery {
  @Field({
    type: 'int',
    min: 0,
    max: 60,
    nullable: true,
    description: 'Answer when the operation has ended, or after so many seconds.',
  })
  wait?: number;
}
