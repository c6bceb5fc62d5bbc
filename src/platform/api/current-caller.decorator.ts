import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { externalCorrelationIdOf } from './external-correlation-id.js';
import { requestOf } from './request-of.js';

/** The authenticated caller, in controllers and resolvers alike: `drain(@CurrentCaller() caller: Caller)`. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = requestOf(context);
  if (!caller) throw new DomainError('UNAUTHENTICATED', 'Send a valid token as "Authorization: Bearer …".');
  const externalCorrelationId = externalCorrelationIdOf(context);
  return externalCorrelationId === undefined
    ? caller
    : { ...caller, request: { ...caller.request, externalCorrelationId } };
});
