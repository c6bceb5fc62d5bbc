import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { ClientStalledError } from './client-stalled-error.js';
import { domainErrorOf } from './domain-error-of.js';
import { problemOf } from './problem.js';

export interface StreamedEvent {
  /** Durable sequence: what Last-Event-ID resumes after. Left out for lines that can't be resumed. */
  id?: string | number;
  event: string;
  data: unknown;
}

export interface StreamOptions {
  /** Whose credential bounds the stream. */
  caller: Caller;
  heartbeatMs?: number;
  /** Waits this long at most for a client that doesn't read, then cuts it off. */
  drainTimeoutMs?: number;
}

const HEARTBEAT_MS = 15_000;
const DRAIN_TIMEOUT_MS = 60_000;

/**
 * Answers with server-sent events until the source ends, the client leaves or its credential expires; the source's
 * signal aborts then. Check access and existence before: after this, errors can only be told as an `error` event.
 * One event is held at a time and the next is taken when the socket has drained: a slow client slows its source down
 * and never fills memory.
 */
export async function streamEvents(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<StreamedEvent>,
  { caller, heartbeatMs = HEARTBEAT_MS, drainTimeoutMs = DRAIN_TIMEOUT_MS }: StreamOptions,
): Promise<void> {
  const abort = new AbortController();
  const socket = reply.raw;
  socket.once('close', () => abort.abort());
  const open = openStreams(reply.server.server);
  open.add(abort);
  openStream(reply);
  // Heartbeats only into an idle socket: behind a slow client they would pile up.
  const heartbeat = setInterval(() => {
    if (!socket.writableNeedDrain) socket.write(':\n\n');
  }, heartbeatMs);
  const expiry = whenExpired(caller, () =>
    abort.abort(new DomainError('UNAUTHENTICATED', 'The credential has expired.')),
  );
  try {
    for await (const event of untilAborted(source(abort.signal), abort.signal)) {
      if (!socket.write(frame(event))) await drained(socket, abort, drainTimeoutMs);
    }
    const reason: unknown = abort.signal.reason;
    if (reason instanceof DomainError) throw reason;
  } catch (error) {
    if (!socket.destroyed) {
      socket.write(frame({ event: 'error', data: problemOf(domainErrorOf(error), caller.request.requestId) }));
    }
  } finally {
    clearInterval(heartbeat);
    clearTimeout(expiry);
    abort.abort();
    open.delete(abort);
    socket.end();
  }
}

const streamsOf = new WeakMap<object, Set<AbortController>>();

/** Streams of a server that are open, to be ended when it goes down. */
export function openStreams(server: object): Set<AbortController> {
  const known = streamsOf.get(server) ?? new Set();
  streamsOf.set(server, known);
  return known;
}

/** Ends all event streams of a server that is going down; clients come back with Last-Event-ID, to another process. */
export function endStreams(server: object): void {
  for (const abort of openStreams(server)) abort.abort();
}

function openStream(reply: FastifyReply): void {
  const socket = reply.raw;
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) socket.setHeader(name, value);
  }
  socket.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  socket.flushHeaders();
}

function frame({ id, event, data }: StreamedEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Ends at once when the signal aborts, also while the source is waiting for its next event. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    while (true) {
      const next = iterator.next();
      // Kept from becoming an unhandled rejection if the abort wins and the source then fails because of it.
      next.catch(() => undefined);
      const result = await Promise.race([next, aborted]);
      if (result === undefined || result.done) return;
      yield result.value;
    }
  } finally {
    iterator.return?.()?.then(undefined, () => undefined);
  }
}

/** @throws when the client has not read for too long; a stalled reader must not hold its source for ever. */
async function drained(socket: ServerResponse, abort: AbortController, timeoutMs: number): Promise<void> {
  const { signal } = abort;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    await once(socket, 'drain', { signal: AbortSignal.any([signal, timeout]) });
  } catch (error) {
    if (timeout.aborted) {
      abort.abort(new ClientStalledError());
      socket.destroy();
    }
    if (!signal.aborted && !timeout.aborted) throw error;
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `end` when the caller's credential expires. */
export function whenExpired({ actor }: Caller, end: () => void): NodeJS.Timeout | undefined {
  if (!actor.credentialExpiresAt) return undefined;
  return setTimeout(end, Math.min(MAX_TIMER_MS, Math.max(0, actor.credentialExpiresAt.getTime() - Date.now())));
}

/** The event to resume after: Last-Event-ID, or the query parameter `after` for clients that can't set headers. */
export function lastEventId(header: unknown, after?: string): number {
  const text = typeof header === 'string' && header !== '' ? header : (after ?? '0');
  const id = Number(text);
  if (!/^\d{1,15}$/.test(text) || !Number.isSafeInteger(id)) {
    throw new DomainError('VALIDATION_FAILED', 'Last-Event-ID is not an id of this stream.', {
      violations: [{ pointer: '?after', code: 'INVALID_FORMAT', message: 'must be the id of an event of this stream' }],
    });
  }
  return id;
}
