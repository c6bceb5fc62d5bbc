import { createPostgresBackend, Queue, type QueueOptions, Worker, type WorkerOptions, withBackend } from 'bullmq';
import { BoundedClient } from '../postgres/bounded-client.js';
import { boundedClient, QUEUE_LIMITS } from '../postgres/database-limits.js';

const QUEUE_NAME = 'node-steward';
/** Queued work begins within two seconds after the queue is back: BullMQ itself waits up to 20 s between two attempts. */
const LONGEST_RETRY_MS = 500;
const RECONNECT = {
  connectTimeout: 2_000,
  retryStrategy: (attempt: number) => Math.min(LONGEST_RETRY_MS, 50 * attempt),
};
/** For who adds a job; a worker's commands wait for jobs. */
const COMMAND_TIMEOUT_MS = 3_000;
type Run = (
  job: { name: string; data: Record<string, unknown> },
  token?: string,
  signal?: AbortSignal,
) => Promise<void>;
export type BullQueue = Pick<Queue, 'add' | 'getJobCounts' | 'close' | 'on' | 'waitUntilReady'>;
export type BullWorker = Pick<Worker, 'close' | 'on' | 'cancelAllJobs' | 'waitUntilReady'>;

/**
 * The one setting that chooses the backend: `redis://…` is BullMQ on Redis through ioredis, `postgres://…` BullMQ on
 * Postgres in its own schema. All else is the same for both.
 */
export class BullmqBackend {
  readonly kind: 'redis' | 'postgres';

  constructor(private readonly url: string) {
    this.kind = url.startsWith('redis') ? 'redis' : 'postgres';
  }

  createQueue(): BullQueue {
    const options = { defaultJobOptions: { removeOnComplete: true, removeOnFail: true } } as const;
    if (this.kind === 'redis') {
      // Few retries: a call must fail soon when the queue is away; the outbox keeps its message.
      const connection = { url: this.url, maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS, ...RECONNECT };
      return new Queue(QUEUE_NAME, { connection, ...options } satisfies QueueOptions);
    }
    const { Queue: PostgresQueue } = withBackend(createPostgresBackend);
    return new PostgresQueue(QUEUE_NAME, { connection: this.postgres(3), ...options }) as unknown as BullQueue;
  }

  createWorker(run: Run, settings: Pick<WorkerOptions, 'concurrency'>): BullWorker {
    // A worker that died is noticed by its lost lock within seconds, not BullMQ's default half a minute.
    const locks = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 };
    const options = { ...settings, ...locks, runRetryDelay: LONGEST_RETRY_MS };
    // BullMQ passes the abort signal only to processors that declare three parameters.
    const processor: Run = (job, token, signal) => run(job, token, signal);
    if (this.kind === 'redis') {
      return new Worker(QUEUE_NAME, processor, {
        connection: { url: this.url, maxRetriesPerRequest: null, ...RECONNECT },
        ...options,
      });
    }
    const { Worker: PostgresWorker } = withBackend(createPostgresBackend);
    return new PostgresWorker(QUEUE_NAME, processor, {
      connection: this.postgres(6),
      ...options,
    }) as unknown as BullWorker;
  }

  private postgres(max: number) {
    return {
      connectionString: this.url,
      schema: 'bullmq',
      migrate: true,
      max,
      ...boundedClient(QUEUE_LIMITS),
      Client: BoundedClient,
      // For the connection that listens, which is the driver's own.
      connectionTimeoutMillis: 2 * QUEUE_LIMITS.connectMs,
    };
  }
}
