import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode } from '../../kernel/domain-error.js';
import { databaseUnavailable } from '../postgres/database-unavailable.js';

const BY_STATUS: Record<number, [ErrorCode, string]> = {
  400: ['VALIDATION_FAILED', 'The request can not be read.'],
  401: ['UNAUTHENTICATED', 'Send a valid token as "Authorization: Bearer …".'],
  403: ['FORBIDDEN', 'Not allowed.'],
  404: ['NOT_FOUND', 'There is nothing at this path.'],
  405: ['METHOD_NOT_ALLOWED', 'The method is not allowed here.'],
  413: ['PAYLOAD_TOO_LARGE', 'The body may have at most 256 KiB.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'],
  429: ['RATE_LIMITED', 'Too many requests.'],
  503: ['SERVICE_UNAVAILABLE', 'Try again later.'],
};

/** Turns whatever was thrown into the error a caller is told. Unknown errors become INTERNAL and keep their cause for the log. */
export function domainErrorOf(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const database = databaseUnavailable(error);
  if (database) return database;
  const known = BY_STATUS[statusOf(error)];
  if (known) return new DomainError(known[0], known[1], { cause: error });
  return new DomainError('INTERNAL', 'Something went wrong here. The request id finds it in the log.', {
    cause: error,
  });
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Only errors of the HTTP server itself: a status on any other error says nothing about the caller's request.
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number' ? statusCode : 500;
}
