import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/app-config.js';
import { BullmqBackend, type BullWorker } from '../../../src/platform/queue/bullmq-backend.js';
import { BullmqJobQueue } from '../../../src/platform/queue/bullmq-job-queue.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { reportNotRun, startRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';

const JOB = 'look-at-all';
const EVERY_MS = 1_000;

const redis: TestRedis | null = await startRedis();
if (!redis) reportNotRun('recurring jobs', 'no redis-server can be had on this machine');

describe.runIf(redis)('recurring jobs', () => {
  // A database of its own: a Redis that was given to the tests holds other things as well.
  const url = `${redis?.url}/9`;
  const queues: BullmqJobQueue[] = [];
  let worker: BullWorker;
  let client: Redis;
  let running = 0;
  let most = 0;
  let runs = 0;

  beforeAll(() => {
    client = new Redis(url);
    worker = new BullmqBackend(url).createWorker(
      async ({ name }) => {
        expect(name).toBe(JOB);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        runs += 1;
      },
      { concurrency: 4 },
    );
  });
  afterEach(async () => {
    for (const queue of queues.splice(0)) await queue.onApplicationShutdown();
  });
  afterAll(async () => {
    await worker.close();
    await client.quit();
    await redis?.stop();
  });

  function schedule(): void {
    const logger = createLogger(loadConfig({ LOG_LEVEL: 'error', LOG_FORMAT: 'json' }, false));
    const queue = new BullmqJobQueue(new BullmqBackend(url), logger);
    queues.push(queue);
    queue.schedule(JOB, EVERY_MS);
  }

  const twoMore = async () => {
    const before = runs;
    await waitFor(() => expect(runs).toBeGreaterThanOrEqual(before + 2));
  };

  it('10.8 come back after Redis has lost all its data', async () => {
    schedule();
    await twoMore();
    await client.flushdb();
    await twoMore();
  });

  it('run in one process at a time, however many schedule them, and go on when one of those stops', async () => {
    for (let process = 0; process < 3; process++) schedule();
    await twoMore();
    await queues.pop()?.onApplicationShutdown();
    await twoMore();
    expect(most).toBe(1);
  });
});
