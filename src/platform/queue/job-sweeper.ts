import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '../telemetry/logger.js';
import { JobHandlers } from './job-handler.js';
import { JobQueue } from './job-queue.js';

const SWEEP_MS = 500;

/**
 * Queues again what no living worker holds: after a crash, and after the queue lost its jobs. Runs in each worker process
 * by its own timer, since a schedule inside the queue would be lost with it; the job's id keeps it from being doubled.
 */
@Injectable()
export class JobSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | null = null;

  constructor(
    private readonly handlers: JobHandlers,
    private readonly queue: JobQueue,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), SWEEP_MS);
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private wake(): void {
    this.running ??= this.sweep().finally(() => {
      this.running = null;
    });
  }

  private async sweep(): Promise<void> {
    for (const handler of this.handlers.all()) {
      try {
        for (const lost of (await handler.lost?.()) ?? []) {
          await this.queue.add(lost);
          this.logger.info({ job: lost.job, jobId: lost.jobId }, 'a job without a worker is queued again');
        }
      } catch (error) {
        this.logger.warn({ err: error, job: handler.job }, 'lost jobs could not be looked for');
      }
    }
  }
}
