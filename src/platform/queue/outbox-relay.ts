import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { monotonicNow } from '../../kernel/monotonic.js';
import { Notifications } from '../postgres/notifications.js';
import { OUTBOX_CHANNEL } from '../postgres/typeorm-outbox.js';
import { Logger } from '../telemetry/logger.js';
import { JobQueue } from './job-queue.js';

const BATCH = 100;
/** Catches what a lost notification or a queue that was away left behind. */
const FALLBACK_MS = 2_000;
/** After a failure: what is queued must not wait long once the queue and the database are back. */
const RETRY_MS = 500;
/** What is taken by a slow queue until then is deleted: the database ends a transaction that is idle for 3 s. */
const BATCH_MS = 1_000;

interface OutboxRow {
  id: string;
  job: string;
  job_id: string;
  payload: Record<string, unknown>;
  /** Milliseconds until it may be queued, by the database. */
  delay: string | null;
}

/**
 * Moves committed outbox rows to the queue. Every process runs one; row locks share the work out. A row is deleted only
 * after the queue took it, so a crash in between queues it twice under one job id, which the queue drops.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly notifications: Notifications,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(OUTBOX_CHANNEL, () => this.wake());
    this.timer = setInterval(() => this.wake(), FALLBACK_MS);
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    await this.running;
  }

  private wake(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = this.drain()
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'outbox rows wait: the queue or database is away');
        this.retry = setTimeout(() => this.wake(), RETRY_MS).unref();
      })
      .finally(() => {
        this.running = null;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  private async drain(): Promise<void> {
    while (!this.stopped && (await this.relayBatch()));
  }

  /** Whether more may wait. */
  private relayBatch(): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const rows: OutboxRow[] = await manager.query(
        `SELECT id, job, job_id, payload, extract(epoch FROM not_before - clock_timestamp()) * 1000 AS delay FROM outbox ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
      );
      const taken: string[] = [];
      const until = monotonicNow() + BATCH_MS;
      for (const row of rows) {
        if (monotonicNow() > until) break;
        const delayMs = Math.ceil(Number(row.delay ?? 0));
        await this.queue.add({ job: row.job, jobId: row.job_id, payload: row.payload, delayMs });
        taken.push(row.id);
      }
      if (taken.length > 0) await manager.query('DELETE FROM outbox WHERE id = ANY($1)', [taken]);
      return rows.length === BATCH || taken.length < rows.length;
    });
  }
}
