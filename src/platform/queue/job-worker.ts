import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { Logger } from '../telemetry/logger.js';
import { BullmqBackend, type BullWorker } from './bullmq-backend.js';
import { JobHandlers } from './job-handler.js';
import { queuedJobs } from './queued-job.js';

const CLOSE_TIMEOUT_MS = 8_000;

/** Takes jobs off the queue and runs their handlers; on shutdown it aborts them, so that another worker resumes them. */
@Injectable()
export class JobWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private worker: BullWorker | null = null;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly backend: BullmqBackend,
    private readonly handlers: JobHandlers,
    private readonly logger: Logger,
  ) {}

  /** @throws StartupError where a job could come that nothing here can do */
  onApplicationBootstrap(): void {
    this.handlers.requireReady(queuedJobs());
    const worker = this.backend.createWorker(
      async (job, _token, signal) => {
        await this.handlers.get(job.name).run(job.data, signal ?? new AbortController().signal);
      },
      { concurrency: this.config.worker.concurrency },
    );
    worker.on('error', (error: Error) => this.logger.warn({ err: error }, 'worker connection failed'));
    worker.on('failed', (job, error) =>
      this.logger.error({ err: error, job: job?.name, jobId: job?.id }, 'job failed'),
    );
    worker.on('lockRenewalFailed', () => worker.cancelAllJobs('the lock of a job could not be renewed'));
    this.worker = worker;
    this.logger.info({ jobs: this.handlers.names(), backend: this.backend.kind }, 'worker takes jobs');
  }

  /** Before the others shut down: handlers still need the database to hand their work over. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.worker) return;
    this.worker.cancelAllJobs('the process stops');
    // close() waits for handlers without a limit of its own.
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.worker.close(), limit]);
    clearTimeout(timer);
  }
}
