import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode } from '../../kernel/domain-error.js';
import { databaseUnavailable } from '../postgres/database-unavailable.js';

const BY_STATUS: Record<number, [ErrorCode, string]> = {
  400: ['VALIDATION_FAILED', 'The request can not be read.'],
  401: ['UNAUTHENTICATED', 'Send a valid token as "Authorization: Bearer …".'],
  403: ['FORBIDDEN', 'Not allowed.'],
  404: ['NOT_FOUND', 'There is nothing at this path.'],
  405: ['METHOD_NOT_ALLOWED', 'The method is not allowed here.'],
  408: ['REQUEST_TIMEOUT', 'The request did not come in time.'],
  413: ['PAYLOAD_TOO_LARGE', 'The body may have at most 256 KiB.'],
  414: ['URI_TOO_LONG', 'A part of the path may have at most 512 characters.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'],
  417: ['EXPECTATION_FAILED', 'The expectation can not be met.'],
  429: ['RATE_LIMITED', 'Too many requests.'],
  431: ['HEADERS_TOO_LARGE', 'The path and the headers may have at most 16 KiB together.'],
  503: ['SERVICE_UNAVAILABLE', 'Try again later.'],
};

/** Turns whatever was thrown into the error a caller is told. Unknown errors become INTERNAL and keep their cause for the log. */
export function domainErrorOf(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const database = databaseUnavailable(error);
  if (database) return database;
  const status = statusOf(error);
  // Whatever else the HTTP server holds against a request is the request's fault.
  const known = BY_STATUS[status] ?? (status >= 400 && status < 500 ? BY_STATUS[400] : undefined);
  if (known) return new DomainError(known[0], known[1], { cause: error });
  return new DomainError('INTERNAL', 'Something went wrong here. The request id finds it in the log.', {
    cause: error,
  });
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Only errors of the HTTP server itself: a status on any other error says nothing about the caller's request.
  const { code, statusCode, message } = (error ?? {}) as { code?: unknown; statusCode?: unknown; message?: unknown };
  // What Node says of a body whose sender has left, or has sent what is none.
  if (code === 'ECONNRESET' && message === 'aborted') return 400;
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number' ? statusCode : 500;
}
