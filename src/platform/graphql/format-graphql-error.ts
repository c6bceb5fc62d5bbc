import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError, type ErrorCode } from '../../kernel/domain-error.js';
import { domainErrorOf } from '../api/domain-error-of.js';
import { problemKind, retryAfterOf } from '../api/problem-table.js';

/** Errors that the GraphQL server raises by itself, before a resolver runs. */
const SERVER_CODES: Record<string, ErrorCode> = {
  GRAPHQL_PARSE_FAILED: 'VALIDATION_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'VALIDATION_FAILED',
  BAD_USER_INPUT: 'VALIDATION_FAILED',
  BAD_REQUEST: 'VALIDATION_FAILED',
  OPERATION_RESOLUTION_FAILURE: 'VALIDATION_FAILED',
  PERSISTED_QUERY_NOT_FOUND: 'VALIDATION_FAILED',
  PERSISTED_QUERY_NOT_SUPPORTED: 'VALIDATION_FAILED',
  QUERY_LIMIT_EXCEEDED: 'VALIDATION_FAILED',
};

/** The same codes as REST in `extensions.code`; no stack trace and no message of an unexpected error leaves here. */
export function formatGraphqlError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const original = (error as { originalError?: unknown } | undefined)?.originalError ?? error;
  const serverCode = String(formatted.extensions?.code ?? '');
  const code = SERVER_CODES[serverCode] ?? (isRequestError(error) ? 'VALIDATION_FAILED' : undefined);
  const { locations, path } = formatted;
  const message = shortened(formatted.message);
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (code && !(original instanceof DomainError)) {
    return {
      message,
      ...place,
      extensions: { code, status: problemKind(code).status, reason: serverCode || 'BAD_USER_INPUT' },
    };
  }
  const known = domainErrorOf(original);
  return { message: known.message, ...place, extensions: graphqlExtensions(known) };
}

/** Words of the language show the names and values they are about, whole; these may be as long as the request. */
const MOST_CHARACTERS = 300;

function shortened(message: string): string {
  return message.length <= MOST_CHARACTERS ? message : `${message.slice(0, MOST_CHARACTERS).toWellFormed()}…`;
}

/** Whether the language or the server refused what was sent, without a code: variables, arguments, a wrong hash. */
function isRequestError(error: unknown): boolean {
  if (!(error instanceof GraphQLError)) return false;
  // Errors of the compiled queries may have none.
  const { status } = (error.extensions?.http ?? {}) as { status?: number };
  if (status !== undefined) return status >= 400 && status < 500;
  // What resolvers throw has a path, and values of ours that can't be written have no place in the document.
  if (error.path === undefined && error.nodes !== undefined) return true;
  return isRequestError(error.originalError);
}

export function graphqlExtensions(error: DomainError): Record<string, unknown> {
  const { extensions, violations } = error.details;
  const retryAfterSeconds = retryAfterOf(error);
  return {
    ...extensions,
    code: error.code,
    status: problemKind(error.code).status,
    ...(violations ? { errors: violations } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Where the schema is not shown, neither are the names in it that are near to a wrong one. */
export function withoutSuggestions(format: typeof formatGraphqlError): typeof formatGraphqlError {
  return (formatted, error) => {
    const told = format(formatted, error);
    return { ...told, message: told.message.replace(/ ?Did you mean [^?]*\?/g, '') };
  };
}
