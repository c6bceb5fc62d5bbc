import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from '../../kernel/domain-error.js';
import { domainErrorOf } from '../api/domain-error-of.js';
import { HttpMetrics } from '../api/http-metrics.js';
import { retryAfterOf } from '../api/problem-table.js';
import { Logger } from '../telemetry/logger.js';
import { problemOf } from './problem.js';

/** Answers every REST error as problem+json. GraphQL errors pass on to its own formatting. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: HttpMetrics,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const known = domainErrorOf(error);
    this.metrics.denied.inc({ code: known.code });
    if (known.code === 'INTERNAL') this.logger.error({ err: known.details.cause ?? known }, 'request failed');
    if (host.getType<string>() === 'graphql') throw known;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    sendProblem(request, reply, known);
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: DomainError): void {
  if (reply.sent || reply.raw.headersSent) {
    // An open event stream can't become a problem document any more: it ends.
    reply.raw.destroy();
    return;
  }
  const problem = problemOf(error, String(request.id));
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer realm="node-steward"');
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  reply.header('cache-control', 'no-store');
  reply.code(problem.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
