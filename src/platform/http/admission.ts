import { Injectable } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { Authenticator } from './authenticator.js';
import { RateLimiter } from './rate-limiter.js';
import { requestContextOf } from './request-context.js';
import type { ApiRequest } from './request-of.js';

/** The gate of every request over either API: credentials first, then the principal's quota. */
@Injectable()
export class Admission {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly rateLimiter: RateLimiter,
  ) {}

  /** Sets the request's caller, once. @throws DomainError UNAUTHENTICATED or RATE_LIMITED */
  async admit(request: ApiRequest): Promise<Caller> {
    const { raw } = request;
    if (request.caller) return request.caller;
    if (!raw)
      throw new DomainError('UNAUTHENTICATED', 'Send { "authorization": "Bearer …" } as connection parameters.');
    const actor = await this.authenticator
      .authenticate(raw.headers.authorization, raw.ip)
      .catch(async (error: unknown) => {
        // Guessing is bounded by address, or it would cost a look-up in the database each time.
        await this.rateLimiter.spend(`ip:${raw.ip}`, request.reply);
        throw error;
      });
    await this.rateLimiter.spend(actor.id, request.reply);
    request.caller = { actor, request: requestContextOf(raw.raw, String(raw.id), raw.ip) };
    return request.caller;
  }

  /** The same for a socket, whose connection parameters hold what a header holds elsewhere. */
  async admitSocket(
    authorization: string | undefined,
    request: Omit<Caller['request'], 'requestId'> & { requestId: string },
  ): Promise<Caller> {
    const actor = await this.authenticator.authenticate(authorization, request.sourceIp);
    await this.rateLimiter.spend(actor.id, undefined);
    return { actor, request };
  }
}
