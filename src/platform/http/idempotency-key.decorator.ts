import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '../../kernel/domain-error.js';
import { requestOf } from './request-of.js';

const SANE_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The caller's idempotency key or undefined: the Idempotency-Key header, or `clientMutationId` of a GraphQL input.
 * Several mutations of one GraphQL document share the header, so there the input's own id wins.
 */
export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined => {
  const isGraphql = context.getType<string>() === 'graphql';
  const input = isGraphql ? context.getArgByIndex<{ input?: { clientMutationId?: unknown } }>(1).input : undefined;
  const header = requestOf(context).raw?.headers['idempotency-key'];
  const key = input?.clientMutationId ?? header;
  if (key === undefined || key === null) return undefined;
  if (typeof key === 'string' && SANE_KEY.test(key)) return key;
  const message = 'must be 1 to 255 printable ASCII characters without spaces';
  throw new DomainError('VALIDATION_FAILED', `The idempotency key ${message}.`, {
    violations: [{ pointer: isGraphql ? '/clientMutationId' : '/Idempotency-Key', code: 'INVALID_FORMAT', message }],
  });
});
