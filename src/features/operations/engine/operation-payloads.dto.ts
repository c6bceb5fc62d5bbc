import { Field } from '../../../platform/api/field.decorator.js';
import { OutputType } from '../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../platform/graphql/user-error.dto.js';
import { OperationDto } from './operation.dto.js';

@OutputType('OperationPayload', 'Answer of every mutation that starts or cancels an operation.')
export class OperationPayload extends MutationPayload {
  @Field({ type: () => OperationDto, nullable: true, description: 'The operation; null if nothing was done.' })
  operation!: OperationDto | null;
}
