import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '../telemetry/logger.js';
import { BullmqBackend, type BullQueue } from './bullmq-backend.js';
import { JobQueue, type JobRequest, type QueueHealth } from './job-queue.js';

@Injectable()
export class BullmqJobQueue extends JobQueue implements OnApplicationShutdown {
  private opened: BullQueue | null = null;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly backend: BullmqBackend,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async add({ job, jobId, payload, delayMs }: JobRequest): Promise<void> {
    await this.queue().add(job, payload, {
      jobId,
      ...(delayMs !== undefined && delayMs > 0 ? { delay: delayMs } : {}),
    });
  }

  /** By timers here: a schedule inside the queue would be lost with it, and would follow the clocks of its workers. */
  override schedule(job: string, everyMs: number): void {
    const queue = () =>
      this.add({ job, jobId: job, payload: {} }).catch((error: unknown) =>
        this.logger.warn({ err: error, job }, 'a recurring job could not be queued'),
      );
    this.timers.push(setInterval(queue, everyMs).unref());
    void queue();
  }

  override async health(): Promise<QueueHealth> {
    const counts = await this.queue().getJobCounts('waiting', 'active', 'delayed');
    const { waiting = 0, active = 0, delayed = 0 } = counts as Record<string, number>;
    return { backend: this.backend.kind, waiting, active, delayed };
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.opened?.close();
  }

  /** Opened on first use, so that an API process that only reads never connects to the queue. */
  private queue(): BullQueue {
    if (!this.opened) {
      this.opened = this.backend.createQueue();
      this.opened.on('error', (error: Error) => this.logger.warn({ err: error }, 'queue connection failed'));
    }
    return this.opened;
  }
}
