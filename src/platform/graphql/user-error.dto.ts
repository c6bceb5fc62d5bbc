import type { ErrorCode } from '../../kernel/domain-error.js';
import { Field } from '../api/field.decorator.js';
import { ErrorCodeEnum } from '../api/problem.dto.js';
import { OutputType } from '../api/shape.decorator.js';

@OutputType('UserError', 'Something the caller can put right.')
export class UserErrorDto {
  @Field({ enum: ErrorCodeEnum, description: 'Stable code.' })
  code!: ErrorCode;

  @Field({ description: 'What is wrong, for people.' })
  message!: string;

  @Field({ list: true, type: 'string', nullable: true, description: 'Path of the input field; null if it is none.' })
  path!: string[] | null;

  @Field({
    type: 'json',
    nullable: true,
    description: 'More facts, such as the id of the operation that holds the node.',
  })
  details!: Record<string, unknown> | null;
}

/**
 * Base of every mutation's payload. Resolvers return only their own member (`return { operation }`):
 * UserErrorsInterceptor adds `userErrors` and turns the errors that a caller can cause into entries.
 */
@OutputType('MutationPayload', undefined, { abstract: true })
export abstract class MutationPayload {
  @Field({ type: () => UserErrorDto, list: true, description: 'Why nothing was done; empty on success.' })
  userErrors?: UserErrorDto[];
}
