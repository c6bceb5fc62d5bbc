import { createPostgresBackend, Queue, type QueueOptions, Worker, type WorkerOptions, withBackend } from 'bullmq';

const QUEUE_NAME = 'node-steward';
type Run = (
  job: { name: string; data: Record<string, unknown> },
  token?: string,
  signal?: AbortSignal,
) => Promise<void>;
export type BullQueue = Pick<Queue, 'add' | 'upsertJobScheduler' | 'getJobCounts' | 'close' | 'on' | 'waitUntilReady'>;
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
      const connection = { url: this.url, maxRetriesPerRequest: 1, connectTimeout: 3000 };
      return new Queue(QUEUE_NAME, { connection, ...options } satisfies QueueOptions);
    }
    const { Queue: PostgresQueue } = withBackend(createPostgresBackend);
    return new PostgresQueue(QUEUE_NAME, { connection: this.postgres(3), ...options }) as unknown as BullQueue;
  }

  createWorker(run: Run, settings: Pick<WorkerOptions, 'concurrency'>): BullWorker {
    // A worker that died is noticed by its lost lock within seconds, not BullMQ's default half a minute.
    const options = { ...settings, lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 };
    // BullMQ passes the abort signal only to processors that declare three parameters.
    const processor: Run = (job, token, signal) => run(job, token, signal);
    if (this.kind === 'redis') {
      return new Worker(QUEUE_NAME, processor, {
        connection: { url: this.url, maxRetriesPerRequest: null },
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
    return { connectionString: this.url, schema: 'bullmq', migrate: true, max };
  }
}
