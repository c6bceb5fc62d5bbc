import type pg from 'pg';
import { BoundedClient, type BoundedClientOptions } from './bounded-client.js';
import type { DatabaseLink } from './database-link.js';

/** How long each step may take. */
export interface DatabaseLimits {
  /** For a new connection, and for one of the pool to be free. */
  readonly connectMs: number;
  /** The server ends a statement that runs longer. */
  readonly statementMs: number;
  /** Without an answer for so long the connection is given up: a little later than the server would. */
  readonly answerMs: number;
}

/** People and programs wait for the API: with what comes on top, they have their answer within three seconds. */
export const API_LIMITS: DatabaseLimits = { connectMs: 2_000, statementMs: 2_000, answerMs: 2_300 };
/** Work in the background would rather wait for a busy database than begin again. */
export const WORKER_LIMITS: DatabaseLimits = { connectMs: 3_000, statementMs: 5_000, answerMs: 5_500 };
/** Its tables are made at the first start, one process after the other. */
export const QUEUE_LIMITS: DatabaseLimits = { connectMs: 3_000, statementMs: 30_000, answerMs: 30_000 };

/** A process that stands still, or whose link went silent, must not keep others from the rows that it has locked. */
const IDLE_IN_TRANSACTION_MS = 3_000;

/** Settings of a pool. */
export function boundedPool(limits: DatabaseLimits, link?: DatabaseLink): object {
  return {
    ...boundedClient(limits, link),
    Client: BoundedClient,
    // Not as a startup parameter: poolers between here and the server refuse those.
    onConnect: (client: pg.Client) =>
      client.query(
        `SET statement_timeout = ${limits.statementMs}; SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`,
      ),
  };
}

/** Settings of one connection. */
export function boundedClient(
  limits: DatabaseLimits,
  link?: DatabaseLink,
): Pick<BoundedClientOptions, 'connectLimitMs' | 'queryLimitMs' | 'keepAlive' | 'link'> {
  return {
    connectLimitMs: limits.connectMs,
    queryLimitMs: limits.answerMs,
    keepAlive: true,
    ...(link ? { link } : {}),
  };
}
