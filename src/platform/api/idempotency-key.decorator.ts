import { createParamDecorator, type ExecutionContext, type ParamDecoratorEnhancer } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { DomainError } from '../../kernel/domain-error.js';
import { requestOf } from './request-of.js';

const SANE_KEY = /^[\x21-\x7e]{1,255}$/;

const readKey = (_data: unknown, context: ExecutionContext): string | undefined => {
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
};

/** Publishes the header on the handler whose parameter is decorated, so that no endpoint can forget to document it. */
const documentHeader: ParamDecoratorEnhancer = (target, key, _index) => {
  const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
  if (!descriptor) return;
  const description = 'Makes a retry safe: the same key and body gives the first answer again, for 24 hours.';
  ApiHeader({ name: 'Idempotency-Key', required: false, description })(target, key as string, descriptor);
};

/**
 * The caller's idempotency key or undefined: the Idempotency-Key header, or `clientMutationId` of a GraphQL input.
 * Several mutations of one GraphQL document share the header, so there the input's own id wins.
 */
export const IdempotencyKey = createParamDecorator(readKey, [documentHeader]);
