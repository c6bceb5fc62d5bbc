import { startRedis } from '../../support/redis.js';
import type { ChaosCase } from '../chaos-case.js';
import { queueOutage } from '../queue-outage.js';

export const chaosCase: ChaosCase = {
  name: 'redis-away',
  summary: 'Redis is away for 5, 20 and 45 s; what was queued begins soon after its return',
  rounds: { short: 1, long: 3 },
  run: (options) =>
    queueOutage(options, async () => {
      const redis = await startRedis();
      if (!redis) throw new Error('no redis-server can be had on this machine: install one or set TEST_REDIS_URL');
      return redis;
    }),
};
