import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor, Caller, RequestContext } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { Authenticator, TICKET_PARAMETER } from './authenticator.js';
import { BrowserOrigins } from './browser-origins.js';
import { ClientAddress } from './client-address.js';
import { RateLimiter } from './rate-limiter.js';
import { requestContextOf, requestIdOf } from './request-context.js';
import type { ApiRequest } from './request-of.js';
import { SignInLimiter } from './sign-in-limiter.js';

/** Paths of streams, which alone take tickets. */
const STREAM = /\/(events|logs)$/;

/** The gate of every request over either API: credentials first, then the principal's quota. */
@Injectable()
export class Admission {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly rateLimiter: RateLimiter,
    private readonly signIns: SignInLimiter,
    private readonly addresses: ClientAddress,
    private readonly origins: BrowserOrigins,
  ) {}

  /** Sets the request's caller, once. @throws DomainError UNAUTHENTICATED or RATE_LIMITED */
  async admit(request: ApiRequest): Promise<Caller> {
    const { raw } = request;
    if (request.caller) return request.caller;
    if (!raw)
      throw new DomainError('UNAUTHENTICATED', 'Send { "authorization": "Bearer …" } as connection parameters.');
    const context = requestContextOf(raw.raw, String(raw.id), this.addresses.of(raw.raw));
    const actor = await this.actorOf(raw, context);
    await this.rateLimiter.spend(actor.id, request.reply);
    request.caller = this.callerOf(actor, context);
    return request.caller;
  }

  /**
   * The same for a socket, whose connection parameters hold what a header holds elsewhere: when it is opened, and again
   * for each subscription.
   */
  async admitSocket(authorization: string | undefined, opening: IncomingMessage): Promise<Caller> {
    this.origins.requireAllowed(opening);
    const context = requestContextOf(opening, requestIdOf(opening), this.addresses.of(opening));
    const actor = await this.authenticate(authorization, context);
    await this.rateLimiter.spend(actor.id, undefined);
    return this.callerOf(actor, context);
  }

  /** The ticket is taken out of the query: nothing behind this sees it. */
  private actorOf({ method, url, headers, query }: FastifyRequest, context: RequestContext): Promise<Actor> {
    const { authorization } = headers;
    const { [TICKET_PARAMETER]: ticket } = (query ?? {}) as Record<string, unknown>;
    const path = url.split('?', 1)[0] ?? '';
    if (ticket === undefined || method !== 'GET' || !STREAM.test(path))
      return this.authenticate(authorization, context);
    if (authorization !== undefined || typeof ticket !== 'string') {
      throw new DomainError('UNAUTHENTICATED', 'Send either a token or one ticket.');
    }
    delete (query as Record<string, unknown>)[TICKET_PARAMETER];
    const work = () => this.authenticator.authenticateTicket(ticket, path, context);
    return this.signIns.attempt(context.sourceIp, ticket, work);
  }

  private async authenticate(authorization: string | undefined, context: RequestContext): Promise<Actor> {
    const work = () => this.authenticator.authenticate(authorization, context);
    // Without credentials there is nothing to guess and nothing to look up.
    if (authorization === undefined) return work();
    if (this.authenticator.recognizes(authorization, context)) return work();
    return this.signIns.attempt(context.sourceIp, authorization, work);
  }

  private callerOf(actor: Actor, request: RequestContext): Caller {
    return { actor, request, whenCredentialLost: (end) => this.authenticator.whenLost(actor, end) };
  }
}
