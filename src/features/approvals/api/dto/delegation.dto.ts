import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';

@OutputType('Delegation', 'Somebody stands in for somebody; neither may review what the other asks for.')
export class DelegationDto {
  @Field({ type: 'id', description: 'Id.' }) id!: string;
  @Field({ description: 'Subject who is stood in for.' }) person!: string;
  @Field({ description: 'Subject who stands in.' }) delegate!: string;
  @Field({ description: 'Until when.' }) until!: Date;
  @Field({ description: 'Why.' }) reason!: string;
  @Field({ description: 'Who made it.' }) createdBy!: string;
  @Field({ description: 'When.' }) createdAt!: Date;
  @Field({ type: 'dateTime', nullable: true, description: 'When the delegate agreed; until then it does not count.' })
  acceptedAt!: Date | null;
}

@OutputType('DelegationList')
export class DelegationListDto {
  @Field({ type: () => DelegationDto, list: true, description: 'In force, newest first.' }) items!: DelegationDto[];
}

@InputShape('NewDelegation')
export class NewDelegationDto {
  @Field({ nullable: true, minLength: 1, maxLength: 253, description: 'For whom; left out: the caller.' })
  person?: string;
  @Field({ minLength: 1, maxLength: 253, description: 'Subject who stands in.', example: 'token:0192…' })
  delegate!: string;
  @Field({ description: 'Until when, at most 366 days.' }) until!: Date;
  @Field({ minLength: 3, maxLength: 500, description: 'Why.' }) reason!: string;
}

@InputShape('CreateDelegation')
export class CreateDelegationInput extends NewDelegationDto {
  @Field({ nullable: true, maxLength: 255, description: 'Makes a retry safe.' }) clientMutationId?: string;
}

@InputShape('EndDelegation')
export class EndDelegationInput {
  @Field({ type: 'id', maxLength: 64, description: 'Delegation.' }) id!: string;
}

@InputShape('AcceptDelegation')
export class AcceptDelegationInput {
  @Field({ type: 'id', maxLength: 64, description: 'Delegation.' }) id!: string;
}

@OutputType('DelegationPayload')
export class DelegationPayload extends MutationPayload {
  @Field({ type: () => DelegationDto, nullable: true, description: 'The delegation; null once it has ended.' })
  delegation!: DelegationDto | null;
}
