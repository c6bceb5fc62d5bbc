import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import { monotonicNow } from '../../../kernel/monotonic.js';

interface Bucket {
  tokens: number;
  filledAt: number;
  pausedUntil: number;
}

/** A node's worth of pods may leave at once; what follows keeps to the rate. */
const BURST_SECONDS = 3;

/**
 * How many removals this process sends to a cluster: a token bucket for each, since the churn that an API server and its
 * controllers bear is a matter of the cluster, not of the node.
 */
@Injectable()
export class EvictionRate {
  private readonly buckets = new Map<string, Bucket>();
  private readonly perSecond: number;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.perSecond = config.worker.evictionsPerSecond;
  }

  /** Takes a token. Null on success, else in how many milliseconds to ask again. */
  take(cluster: string): number | null {
    const now = monotonicNow();
    const bucket = this.bucket(cluster, now);
    if (bucket.pausedUntil > now) return bucket.pausedUntil - now;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.perSecond) * 1000);
    bucket.tokens -= 1;
    return null;
  }

  /** The API server asked for quiet. */
  pause(cluster: string, milliseconds: number): void {
    const now = monotonicNow();
    const bucket = this.bucket(cluster, now);
    bucket.pausedUntil = Math.max(bucket.pausedUntil, now + milliseconds);
  }

  private bucket(cluster: string, now: number): Bucket {
    const most = Math.max(1, this.perSecond * BURST_SECONDS);
    const bucket = this.buckets.get(cluster) ?? { tokens: most, filledAt: now, pausedUntil: 0 };
    this.buckets.set(cluster, bucket);
    const elapsed = Math.max(0, now - bucket.filledAt) / 1000;
    bucket.tokens = Math.min(most, bucket.tokens + elapsed * this.perSecond);
    bucket.filledAt = Math.max(now, bucket.filledAt);
    return bucket;
  }
}
