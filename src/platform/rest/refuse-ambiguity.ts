import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../kernel/domain-error.js';

/** Of these Node keeps the first and drops the rest without a word; who stands in front may have gone by the last. */
const ONCE = ['authorization', 'content-type', 'host'];
/** RFC 3986 host and port. */
const HOST = /^[\w.~!$&'()*+,;=:[\]%-]*$/;

/** Refuses requests that another reader of the same bytes would take for another request. */
export function refuseAmbiguity(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ headers, raw }: FastifyRequest) => {
    const names = raw.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    for (const name of ONCE) {
      if (names.indexOf(name) !== names.lastIndexOf(name)) throw refused(`The header ${name} is there more than once.`);
    }
    if (headers.host === undefined && raw.httpVersion === '1.1') throw refused('The request has no Host header.');
    if (!HOST.test(headers.host ?? '')) throw refused('The Host header is not a name with a port.');
  });
}

const refused = (message: string) => new DomainError('VALIDATION_FAILED', message);
