import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const API_CSP = "default-src 'none'";
/** The two pages run only what this server serves; Swagger UI and GraphiQL need inline styles. */
const PAGE_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; worker-src 'self' blob:";

export function installSecurityHeaders(server: FastifyInstance, frameAncestors: readonly string[]): void {
  server.addHook('onRequest', async (request, reply) => setSecurityHeaders(request, reply, frameAncestors));
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

/** Headers of every answer, also of errors. The request id is told so that a caller can quote it. */
export function setSecurityHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  frameAncestors: readonly string[],
): void {
  const framing = `frame-ancestors ${frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'"}`;
  const isPage = /^\/(docs|graphiql)(\/|$|\?)/.test(request.url);
  reply.headers({
    'x-request-id': String(request.id),
    'x-content-type-options': 'nosniff',
    // It knows no list of origins; the policy below does.
    ...(frameAncestors.length > 0 ? {} : { 'x-frame-options': 'DENY' }),
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': `${isPage ? PAGE_CSP : API_CSP}; ${framing}`,
  });
  if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
}
