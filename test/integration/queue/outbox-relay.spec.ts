import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { expect, it, vi } from 'vitest';
import { loadConfig } from '../../../src/config/app-config.js';
import { BoundedPool } from '../../../src/platform/postgres/bounded-pool.js';
import { boundedPool, WORKER_LIMITS } from '../../../src/platform/postgres/database-limits.js';
import { Notifications } from '../../../src/platform/postgres/notifications.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { TypeormOutbox } from '../../../src/platform/postgres/typeorm-outbox.js';
import { TypeormUnitOfWork } from '../../../src/platform/postgres/unit-of-work.js';
import { JobQueue, type JobRequest, type QueueHealth } from '../../../src/platform/queue/job-queue.js';
import { OutboxRelay } from '../../../src/platform/queue/outbox-relay.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { testDatabase } from '../../support/postgres.js';

/** A whole batch takes longer than the database lets a transaction be idle. */
const ADD_MS = 60;
const ROWS = 100;

class SlowQueue extends JobQueue {
  readonly added: string[] = [];

  override async add({ jobId }: JobRequest): Promise<void> {
    await sleep(ADD_MS);
    this.added.push(jobId);
  }

  override schedule(): void {
    throw new Error('nothing recurs here');
  }

  override async health(): Promise<QueueHealth> {
    return { backend: 'redis', waiting: 0, active: 0, delayed: 0 };
  }
}

it('10.8 what a slow queue takes is relayed once, although all of it takes longer than a transaction may', async () => {
  const { url } = await testDatabase();
  await runMigrations(url);
  const driver = { ...pg, Pool: BoundedPool };
  const dataSource = new DataSource({ type: 'postgres', url, driver, extra: boundedPool(WORKER_LIMITS) });
  await dataSource.initialize();
  const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: 'error', LOG_FORMAT: 'json' }, false);
  const logger = createLogger(config);
  const notifications = new Notifications(config, logger);
  const queue = new SlowQueue();
  const jobs = Array.from({ length: ROWS }, (_, index) => ({ job: 'look', jobId: `look-${index + 1}`, payload: {} }));
  await new TypeormOutbox(new TypeormUnitOfWork(dataSource)).add(jobs);
  const relay = new OutboxRelay(dataSource, queue, notifications, logger);
  try {
    await relay.onApplicationBootstrap();
    await vi.waitFor(async () => expect(await dataSource.query('SELECT id FROM outbox')).toEqual([]), {
      timeout: 50_000,
      interval: 200,
    });
    expect(queue.added.sort()).toEqual(jobs.map(({ jobId }) => jobId).sort());
  } finally {
    await relay.onApplicationShutdown();
    await notifications.onApplicationShutdown();
    await dataSource.destroy();
  }
});
