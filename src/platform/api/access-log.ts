import type { FastifyInstance } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import type { ClientAddress } from './client-address.js';
import type { HttpMetrics } from './http-metrics.js';
import { apiRequest } from './request-of.js';

const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** One line and one measurement for each request. Paths without their query: filters may hold what is not for logs. */
export function installAccessLog(
  server: FastifyInstance,
  logger: Logger,
  metrics: HttpMetrics,
  addresses: ClientAddress,
): void {
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { statusCode } = reply;
    metrics.http.observe({ method: request.method, route, status: String(statusCode) }, reply.elapsedTime / 1000);
    const { caller } = apiRequest(request, reply);
    const fields = {
      requestId: request.id,
      method: request.method,
      path: request.url.split('?', 1)[0],
      status: statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(caller ? { actor: caller.actor.id } : {}),
      ...(caller?.request.traceId ? { traceId: caller.request.traceId } : {}),
      ip: addresses.of(request.raw),
    };
    if (QUIET.has(route) && statusCode < 500) logger.debug(fields, 'request');
    else logger.info(fields, 'request');
  });
}
