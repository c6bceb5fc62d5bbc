import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { ClientStalledError } from './client-stalled-error.js';
import { openStreams, whenExpired } from './event-stream.js';

const STALLED_MS = 60_000;
const CHECK_MS = 5_000;

/**
 * Answers with plain text as the source brings it, until the source ends, the client leaves, stops reading for a minute
 * or its credential expires. A slow client slows the source down: a few chunks are held, never more. A source that fails
 * cuts the connection, so that a cut text is never taken for a whole one.
 */
export async function streamText(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<string | Buffer>,
  { caller }: { caller: Caller },
): Promise<void> {
  const abort = new AbortController();
  const socket = reply.raw;
  const open = openStreams(reply.server.server);
  open.add(abort);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) socket.setHeader(name, value);
  }
  socket.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  socket.flushHeaders();
  const expiry = whenExpired(caller, () =>
    abort.abort(new DomainError('UNAUTHENTICATED', 'The credential has expired.')),
  );
  let stalled = 0;
  const watch = setInterval(() => {
    stalled = socket.writableNeedDrain ? stalled + CHECK_MS : 0;
    if (stalled >= STALLED_MS) abort.abort(new ClientStalledError());
  }, CHECK_MS);
  try {
    const lines = Readable.from(source(abort.signal), { objectMode: true, highWaterMark: 2 });
    await pipeline(lines, socket, { signal: abort.signal });
  } catch {
    socket.destroy();
  } finally {
    clearTimeout(expiry);
    clearInterval(watch);
    abort.abort();
    open.delete(abort);
  }
}
