/** Runs jobs of one name. The signal aborts when the process stops or the job's lock is lost: stop writing then. */
export interface JobHandler {
  readonly job: string;
  run(payload: Record<string, unknown>, signal: AbortSignal): Promise<void>;
}

/** Filled by feature modules at start; the worker refuses to start without a handler for a job that is known to be queued. */
export class JobHandlers {
  private readonly handlers = new Map<string, JobHandler>();

  register(handler: JobHandler): void {
    if (this.handlers.has(handler.job)) throw new Error(`two handlers for the job ${handler.job}`);
    this.handlers.set(handler.job, handler);
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
}
