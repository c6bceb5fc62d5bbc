/** A job to run at least once, soon. Handlers must be idempotent: a job only wakes work up, Postgres holds the truth. */
export interface JobRequest {
  job: string;
  /** The same id is not queued again while a job with it waits or runs. Must not contain `:`. */
  jobId: string;
  payload: Record<string, unknown>;
  delayMs?: number;
}

export interface QueueHealth {
  backend: 'redis' | 'postgres';
  waiting: number;
  active: number;
  delayed: number;
}

/** Where use cases put work; the relay is its usual caller. */
export abstract class JobQueue {
  abstract add(request: JobRequest): Promise<void>;
  /** Queues `job` now and every `everyMs`, unless it waits or runs already, for as long as this process runs. */
  abstract schedule(job: string, everyMs: number): void;
  /** Depth by state. @throws when the backend can't be reached. */
  abstract health(): Promise<QueueHealth>;
}
