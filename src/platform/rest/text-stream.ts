import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import { OpenAnswer, type OpenAnswerOptions } from '../api/open-answer.js';

/**
 * Answers with plain text as the source brings it, until the source ends, the client leaves, takes nothing for a minute
 * or its credential ends. A slow client slows the source down: a few chunks are held, never more. A source that fails
 * cuts the connection, so that a cut text is never taken for a whole one.
 */
export async function streamText(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<string | Buffer>,
  options: OpenAnswerOptions,
): Promise<void> {
  const answer = new OpenAnswer(reply, 'text', 'text/plain; charset=utf-8', options);
  try {
    const lines = Readable.from(source(answer.signal), { objectMode: true, highWaterMark: 2 });
    await pipeline(lines, reply.raw, { signal: answer.signal });
  } catch {
    reply.raw.destroy();
  } finally {
    answer.close();
  }
}
