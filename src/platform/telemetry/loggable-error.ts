const MAX_CAUSES = 5;
/** What Postgres quotes behind a colon came as a parameter: `invalid input syntax for type uuid: "…"`. */
const QUOTED_VALUE = /: ".*"/gs;

export interface LoggableError {
  type: string;
  message: string;
  stack: string;
  code?: string | number;
  cause?: LoggableError;
}

/** What a log may hold of an error. Never its other members: queries with their parameters, commands, answers, headers. */
export function loggableError(error: unknown, depth = 0): LoggableError {
  const { name, message, stack, code, cause, query } = (error instanceof Error ? error : {}) as Partial<Error> & {
    code?: unknown;
    query?: unknown;
  };
  const said = message ?? String(error);
  const shown = query === undefined && !isPostgres(error) ? said : said.replace(QUOTED_VALUE, ': "…"');
  const type = error instanceof Error ? error.constructor.name : (name ?? typeof error);
  return {
    type,
    message: shown,
    stack: (stack ?? '').replace(said, () => shown),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: loggableError(cause, depth + 1) }),
  };
}

/** Errors of the server name their severity. */
const isPostgres = (error: unknown): boolean => typeof error === 'object' && error !== null && 'severity' in error;
