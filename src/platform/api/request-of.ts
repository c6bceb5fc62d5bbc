import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../kernel/actor.js';

/** What guards and decorators keep on a request; on a GraphQL subscription it stands for the socket's connection. */
export interface ApiRequest {
  caller?: Caller;
  raw?: FastifyRequest;
  reply?: FastifyReply;
  /** What `?fields=` names, of a list. */
  fields?: unknown;
  /** What an answer leaves out, and why: GraphQL says it in `extensions.warnings`. */
  warnings?: Set<string>;
}

/** Context of one GraphQL operation. */
export interface GraphqlContext {
  request: ApiRequest;
}

const requests = new WeakMap<FastifyRequest, ApiRequest>();

export function apiRequest(raw: FastifyRequest, reply: FastifyReply): ApiRequest {
  const known = requests.get(raw);
  if (known) return known;
  const made: ApiRequest = { raw, reply };
  requests.set(raw, made);
  return made;
}

/** The request behind a controller's or a resolver's execution. */
export function requestOf(context: ExecutionContext): ApiRequest {
  if (context.getType<string>() === 'graphql') return context.getArgByIndex<GraphqlContext>(2).request;
  const http = context.switchToHttp();
  return apiRequest(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
}
