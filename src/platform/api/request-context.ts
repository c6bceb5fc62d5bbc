import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../../kernel/actor.js';

const SANE_ID = /^[A-Za-z0-9._:-]{8,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const MAX_USER_AGENT = 256;

/** The caller's X-Request-Id if it can go into logs and headers as it is, else a new one. */
export function requestIdOf(raw: Pick<IncomingMessage, 'headers'>): string {
  const given = raw.headers['x-request-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}

export function requestContextOf(
  raw: Pick<IncomingMessage, 'headers'>,
  requestId: string,
  sourceIp: string | undefined,
): RequestContext {
  const traceId = TRACEPARENT.exec(String(raw.headers.traceparent ?? ''))?.[1];
  const userAgent = raw.headers['user-agent']?.slice(0, MAX_USER_AGENT);
  return {
    requestId,
    ...(traceId && !/^0+$/.test(traceId) ? { traceId } : {}),
    ...(sourceIp === undefined ? {} : { sourceIp }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}
