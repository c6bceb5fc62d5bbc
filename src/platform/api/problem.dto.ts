import type { ErrorCode } from '../../kernel/domain-error.js';
import { defineEnum } from './define-enum.js';
import { Field } from './field.decorator.js';
import { PROBLEMS } from './problem-table.js';
import { OutputType } from './shape.decorator.js';

export const ErrorCodeEnum = defineEnum(
  'ErrorCode',
  Object.fromEntries(Object.entries(PROBLEMS).map(([code, { title }]) => [code, `${title}.`])) as Record<
    ErrorCode,
    string
  >,
  'Stable error codes.',
);

@OutputType('Violation', 'One fault in the input.')
export class ViolationDto {
  @Field({ description: 'JSON pointer into the body, or ?name for a query parameter.', example: '/options/force' })
  pointer!: string;
  @Field({ description: 'Kind of fault.', example: 'UNKNOWN_FIELD' }) code!: string;
  @Field({ description: 'What is wrong, for people.' }) message!: string;
}

@OutputType('Problem', 'Problem document (RFC 9457). Some codes add members of their own.')
export class ProblemDto {
  @Field({ description: 'URN of the kind of problem.', example: 'urn:node-steward:problem:node-not-found' })
  type!: string;
  @Field({ description: 'The kind of problem, for people.' }) title!: string;
  @Field({ type: 'int', description: 'HTTP status.' }) status!: number;
  @Field({ enum: ErrorCodeEnum, description: 'Stable code.' }) code!: ErrorCode;
  @Field({ description: 'This problem, for people.' }) detail!: string;
  @Field({ description: 'The request, as in X-Request-Id and in the log.' }) requestId!: string;
}
