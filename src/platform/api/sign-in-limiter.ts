import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { DomainError } from '../../kernel/domain-error.js';
import { ipNeighbourhoodOf } from '../../kernel/ip-address.js';
import { monotonicNow } from '../../kernel/monotonic.js';

const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  /** Monotonic, in milliseconds. */
  until: number;
}

/** Bounds how often credentials may be guessed from one address, before anything is looked up for them. */
@Injectable()
export class SignInLimiter {
  private readonly limit: number;
  private readonly failures = new LRUCache<string, Failures>({ max: MAX_ADDRESSES });
  /** Attempts that run now, by address: many at once must not all come before the first has failed. */
  private readonly running = new Map<string, Map<string, number>>();

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.limit = config.rateLimit.signInFailures;
  }

  /** @throws DomainError RATE_LIMITED without a try, when too many have failed; else whatever `work` throws */
  async attempt<T>(address: string | undefined, credential: string, work: () => Promise<T>): Promise<T> {
    const from = ipNeighbourhoodOf(address ?? 'unknown');
    const leave = this.enter(from, credential);
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') this.failed(from);
      throw error;
    } finally {
      leave();
    }
  }

  private enter(from: string, credential: string): () => void {
    const now = monotonicNow();
    const known = this.failures.get(from);
    const failed = known && known.until > now ? known.count : 0;
    const running = this.running.get(from) ?? new Map<string, number>();
    const others = running.size - (running.has(credential) ? 1 : 0);
    if (failed + others >= this.limit) throw tooMany(known && known.until > now ? known.until - now : 1000);
    this.running.set(from, running.set(credential, (running.get(credential) ?? 0) + 1));
    return () => {
      const left = (running.get(credential) ?? 1) - 1;
      if (left > 0) running.set(credential, left);
      else running.delete(credential);
      if (running.size === 0 && this.running.get(from) === running) this.running.delete(from);
    };
  }

  private failed(from: string): void {
    const now = monotonicNow();
    const known = this.failures.get(from);
    if (known && known.until > now) known.count += 1;
    else this.failures.set(from, { count: 1, until: now + WINDOW_MS });
  }
}

function tooMany(waitMs: number): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many failed sign-ins from this address.', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
