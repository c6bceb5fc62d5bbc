import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * Reads say what they are a version of, and who has it already gets 304. Where an answer has no version of its own it is its
 * content that counts: @fastify/etag would also do that for other methods and for problems, and knows one tag at a time.
 */
export function answerConditionalReads(server: FastifyInstance, prefix: string): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const isRead = request.method === 'GET' && request.url.startsWith(`/${prefix}/`);
    if (!isRead || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    const etag = String(reply.getHeader('etag') ?? tagOf(payload));
    reply.header('etag', etag);
    if (!holds(request.headers['if-none-match'], etag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return '';
  });
}

/** Weak: the same things, whatever bytes they were sent as. */
const tagOf = (payload: string): string => `W/"${createHash('sha1').update(payload).digest('base64url')}"`;

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
