import { StartupError } from '../../kernel/startup-error.js';
import type { JobRequest } from './job-queue.js';

/** Runs jobs of one name. The signal aborts when the process stops or the job's lock is lost: stop writing then. */
export interface JobHandler {
  readonly job: string;
  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void>;
  /** Asked once, before the first job is taken. @throws StartupError where a job could come that it can't do */
  requireReady?(): void;
  /** Jobs of this name that should be waiting or running while no living worker holds them. Asked again and again. */
  lost?(): Promise<readonly JobRequest[]>;
}

/** Filled by feature modules at start; the worker refuses to start without a handler for a job that is known to be queued. */
export class JobHandlers {
  private readonly handlers = new Map<string, JobHandler>();

  /** @throws StartupError for a job that another one handles already */
  register(handler: JobHandler): void {
    if (this.handlers.has(handler.job)) {
      throw new StartupError(`two handlers claim the job ${handler.job} of the queue: register one of them only`);
    }
    this.handlers.set(handler.job, handler);
  }

  /** @throws StartupError where one of the jobs could come and not be done */
  requireReady(jobs: readonly string[]): void {
    const missing = jobs.filter((job) => !this.handlers.has(job));
    if (missing.length > 0) {
      throw new StartupError(
        `nothing handles these jobs of the queue: ${missing.join(', ')}. Register a JobHandler for each`,
      );
    }
    for (const handler of this.handlers.values()) handler.requireReady?.();
  }

  /** @throws Error for a job nobody handles. */
  get(job: string): JobHandler {
    const handler = this.handlers.get(job);
    if (!handler) throw new Error(`no handler for the job ${job}`);
    return handler;
  }

  names(): string[] {
    return [...this.handlers.keys()];
  }

  all(): readonly JobHandler[] {
    return [...this.handlers.values()];
  }
}
