import { DomainError } from '../../kernel/domain-error.js';
import { DatabaseTimeoutError, isConnectFailure } from './bounded-client.js';

/** Why the database could not be used, so that the one who reads it knows where to look. */
export type DatabaseTrouble =
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'STARTING_OR_STOPPING'
  | 'TOO_MANY'
  | 'DISK_FULL'
  | 'READ_ONLY'
  | 'STORAGE';

const SENTENCES: Record<DatabaseTrouble, string> = {
  CONNECTION: 'it can not be reached',
  TIMEOUT: 'it does not answer in time',
  STARTING_OR_STOPPING: 'it is starting or stopping',
  TOO_MANY: 'it has no room for more connections or work',
  DISK_FULL: 'its disk is full',
  READ_ONLY: 'it only takes reads',
  STORAGE: 'it can not read or write its files',
};

/** SQLSTATE codes and classes of https://www.postgresql.org/docs/current/errcodes-appendix.html, the exact ones first. */
const BY_SQLSTATE: readonly (readonly [string, DatabaseTrouble])[] = [
  ['53100', 'DISK_FULL'],
  ['25006', 'READ_ONLY'],
  ['57014', 'TIMEOUT'],
  ['55P03', 'TIMEOUT'],
  ['25P03', 'TIMEOUT'],
  ['25P04', 'TIMEOUT'],
  ['08', 'CONNECTION'],
  ['28', 'CONNECTION'],
  ['3D', 'CONNECTION'],
  ['53', 'TOO_MANY'],
  ['57', 'STARTING_OR_STOPPING'],
  ['58', 'STORAGE'],
  ['XX001', 'STORAGE'],
  ['XX002', 'STORAGE'],
];

/** What the driver and its pool say without a code. */
const BY_TEXT: readonly (readonly [RegExp, DatabaseTrouble])[] = [
  [/^timeout (expired|exceeded when trying to connect)|connection timeout|Query read timeout/i, 'TIMEOUT'],
  [/^Connection terminated|not queryable|after calling end on the pool|Query runner already released/i, 'CONNECTION'],
  [
    /could not (extend|write|open|create|fsync|read|access)\b.*: (File too large|No space|Input\/output|Read-only)/,
    'STORAGE',
  ],
];

interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly driverError?: unknown;
}

/** The error that callers are told when it is the database that failed, not the request; null for everything else. */
export function databaseUnavailable(error: unknown): DomainError | null {
  const trouble = databaseTrouble(error);
  if (!trouble) return null;
  return new DomainError('DATABASE_UNAVAILABLE', `The database can not be used now: ${SENTENCES[trouble]}.`, {
    extensions: { cause: trouble },
    cause: error,
  });
}

/** What is wrong with the database, as far as this error says; null when it is not about that. */
export function databaseTrouble(error: unknown): DatabaseTrouble | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof DatabaseTimeoutError) return 'TIMEOUT';
  const { driverError, code, message = '', name } = error as DriverError;
  // TypeORM wraps what the driver threw for a query.
  if (driverError && driverError !== error)
    return databaseTrouble(driverError) ?? (hasNetworkCode(driverError) ? 'CONNECTION' : null);
  const text = BY_TEXT.find(([pattern]) => pattern.test(message));
  if (typeof code === 'string' && isSqlState(code, error)) {
    const known = BY_SQLSTATE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? text?.[1];
    return known ?? (endsConnection(error) ? 'CONNECTION' : null);
  }
  if (isConnectFailure(error)) return 'CONNECTION';
  return name === 'DomainError' ? null : (text?.[1] ?? null);
}

/** Five characters alone are also a code of Node's, as EPIPE; the server's errors name their severity too. */
function isSqlState(code: string, error: object): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && 'severity' in error;
}

/** Whatever its code: the server let nobody in, or has closed the connection. */
function endsConnection(error: object): boolean {
  const { severity } = error as { severity?: unknown };
  return isConnectFailure(error) || severity === 'FATAL' || severity === 'PANIC';
}

function hasNetworkCode(error: unknown): boolean {
  return /^E[A-Z_]+$/.test(String((error as DriverError).code ?? ''));
}
