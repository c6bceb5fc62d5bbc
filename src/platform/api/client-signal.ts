import type { FastifyReply } from 'fastify';

/**
 * Aborts when the client leaves; at once if it has left before this was asked. Ask before the first await of whatever is
 * to end with its reader.
 */
export function clientSignal({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  if (raw.destroyed || raw.closed) left.abort();
  else raw.once('close', () => left.abort());
  return left.signal;
}
