import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { DomainError } from '../../kernel/domain-error.js';

/**
 * Requests of one principal in a window, counted in this process: with n API processes behind a balancer a principal
 * gets up to n times the quota. It protects the process from a runaway client; it is not a billing meter.
 */
@Injectable()
export class RateLimiter {
  private readonly limiter: RateLimiterMemory;
  private readonly quota: AppConfig['rateLimit'];

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.quota = config.rateLimit;
    this.limiter = new RateLimiterMemory({ points: this.quota.requests, duration: this.quota.windowSeconds });
  }

  /**
   * Counts one request of `principal` and tells the rest in RateLimit headers (draft-ietf-httpapi-ratelimit-headers).
   * @throws DomainError RATE_LIMITED with the seconds to wait
   */
  async spend(principal: string, reply: FastifyReply | undefined): Promise<void> {
    const { requests, windowSeconds } = this.quota;
    const result = await this.limiter.consume(principal).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const resetSeconds = Math.ceil(result.msBeforeNext / 1000);
    reply?.header('ratelimit-policy', `"default";q=${requests};w=${windowSeconds}`);
    reply?.header('ratelimit', `"default";r=${Math.max(0, result.remainingPoints)};t=${resetSeconds}`);
    if (result.consumedPoints > requests) {
      throw new DomainError('RATE_LIMITED', `At most ${requests} requests in ${windowSeconds} s.`, {
        retryAfterSeconds: Math.max(1, resetSeconds),
      });
    }
  }
}
