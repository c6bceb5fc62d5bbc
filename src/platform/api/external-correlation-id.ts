import type { ExecutionContext } from '@nestjs/common';
import { invalidInput } from '../../kernel/invalid-input.js';
import type { FieldOptions } from './field.decorator.js';
import { requestOf } from './request-of.js';

export const CORRELATION_HEADER = 'X-Correlation-Id';
const SANE = /^[\x21-\x7e]{1,128}$/;

/** Options of the field, in inputs and filters. */
export const EXTERNAL_CORRELATION_ID = {
  nullable: true,
  minLength: 1,
  maxLength: 128,
  pattern: SANE,
  example: 'pipeline-4711',
} as const satisfies FieldOptions;

/** Of what is made: the id by which its maker finds all that belongs together, also in the audit trail. */
export const GIVEN_CORRELATION_ID = {
  ...EXTERNAL_CORRELATION_ID,
  description: `Id that you give to what belongs together; the header ${CORRELATION_HEADER} if left out.`,
} as const satisfies FieldOptions;

/**
 * From the input, else from the header, which several inputs of one GraphQL document share. The input's own is validated with
 * the rest of it.
 * @throws DomainError VALIDATION_FAILED for a header that could not be found again as it was sent
 */
export function externalCorrelationIdOf(context: ExecutionContext): string | undefined {
  const { raw } = requestOf(context);
  const isGraphql = context.getType<string>() === 'graphql';
  const input: unknown = isGraphql ? context.getArgByIndex<{ input?: unknown }>(1).input : raw?.body;
  const given = (input as { externalCorrelationId?: unknown } | null | undefined)?.externalCorrelationId;
  if (typeof given === 'string') return given;
  const header = raw?.headers[CORRELATION_HEADER.toLowerCase()];
  if (header === undefined) return undefined;
  if (typeof header === 'string' && SANE.test(header)) return header;
  const message = 'must be 1 to 128 printable ASCII characters without spaces';
  throw invalidInput([{ pointer: `/${CORRELATION_HEADER}`, code: 'INVALID_FORMAT', message }]);
}
