import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { domainErrorOf } from '../api/domain-error-of.js';
import { OpenAnswer, type OpenAnswerOptions } from '../api/open-answer.js';
import { problemOf } from './problem.js';

export interface StreamedEvent {
  /** Durable sequence: what Last-Event-ID resumes after. Left out for lines that can't be resumed. */
  id?: string | number;
  event: string;
  data: unknown;
}

export interface StreamOptions extends OpenAnswerOptions {
  heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;

/**
 * Answers with server-sent events until the source ends, the client leaves or its credential ends; the source's signal
 * aborts then. Check access and existence before: after this, errors can only be told as an `error` event.
 * One event is held at a time and the next is taken when the socket has drained: a slow client slows its source down
 * and never fills memory.
 */
export async function streamEvents(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<StreamedEvent>,
  { heartbeatMs = HEARTBEAT_MS, ...options }: StreamOptions,
): Promise<void> {
  const answer = new OpenAnswer(reply, 'events', 'text/event-stream; charset=utf-8', options);
  const { signal } = answer;
  const socket = reply.raw;
  // Heartbeats only into an idle socket: behind a slow client they would pile up.
  answer.every(heartbeatMs, () => {
    if (!socket.writableNeedDrain) socket.write(':\n\n');
  });
  try {
    for await (const event of untilAborted(source(signal), signal)) {
      if (!socket.write(frame(event))) await drained(socket, signal);
    }
    const reason: unknown = signal.reason;
    if (reason instanceof DomainError) throw reason;
  } catch (error) {
    if (!socket.destroyed) {
      const problem = problemOf(domainErrorOf(error), options.caller.request.requestId);
      socket.write(frame({ event: 'error', data: problem }));
    }
  } finally {
    answer.close();
    socket.end();
  }
}

/** The log of one thing, from where a client has it. */
export interface FollowedLog<E extends { readonly seq: number }> {
  readonly caller: Caller;
  /** Nothing comes any more: answered as 204, so that browsers do not ask again. */
  readonly isOver: boolean;
  readonly events: (signal: AbortSignal) => AsyncIterable<E>;
  readonly shown: (event: E) => Omit<StreamedEvent, 'id'>;
}

/** Answers with the events of one thing that has a log. */
export async function streamLog<E extends { readonly seq: number }>(
  reply: FastifyReply,
  { caller, isOver, events, shown }: FollowedLog<E>,
): Promise<void> {
  if (isOver) {
    reply.code(204).send();
    return;
  }
  const source = async function* (signal: AbortSignal): AsyncGenerator<StreamedEvent> {
    for await (const event of events(signal)) yield { id: event.seq, ...shown(event) };
  };
  await streamEvents(reply, source, { caller });
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

/** Resolves when the socket takes more, or there is no use in waiting. */
async function drained(socket: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(socket, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Events of one thing are counted in 32 bits. */
const MAX_EVENT_ID = 2 ** 31 - 1;

/** The event to resume after: Last-Event-ID, or the query parameter `after` for clients that can't set headers. */
export function lastEventId(header: unknown, after?: string): number {
  const text = typeof header === 'string' && header !== '' ? header : (after ?? '0');
  const id = Number(text);
  if (!/^\d{1,10}$/.test(text) || id > MAX_EVENT_ID) {
    throw new DomainError('VALIDATION_FAILED', 'Last-Event-ID is not an id of this stream.', {
      violations: [{ pointer: '?after', code: 'INVALID_FORMAT', message: 'must be the id of an event of this stream' }],
    });
  }
  return id;
}
