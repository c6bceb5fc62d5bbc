import type { ObjectStore } from '../store/object-store.js';
import { reportMistake } from '../store/report-mistake.js';
import type { SeededRandom } from '../store/seeded-random.js';
import { ClusterClient } from './cluster-client.js';

export interface RuntimeOptions {
  /** Two means that simulated durations pass twice as fast. Time stamps stay those of the wall clock. */
  timeScale?: number;
}

type Work = () => void;

/** Delays beyond this are kept even while a cluster's first state is made: deadlines and jobs that run for hours. */
const LONGEST_SKIPPED_MS = 60_000;

/**
 * What all controllers share: one queue of keyed work, run in order on the event loop, and timers that follow the time
 * scale. One queue for all keeps a run repeatable: the same store events lead to the same order of reactions.
 */
export class ControllerRuntime {
  readonly client: ClusterClient;
  readonly random: SeededRandom;
  readonly timeScale: number;
  /** While true nothing takes time: the first state of a cluster is there at once. */
  private bootstrapping = false;
  private stopped = false;
  private scheduled = false;
  private readonly queue = new Map<string, Work>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly cleanups: Work[] = [];
  private readonly idleWaiters: Work[] = [];

  constructor(store: ObjectStore, options: RuntimeOptions = {}) {
    this.client = new ClusterClient(store);
    this.random = store.random;
    this.timeScale = options.timeScale ?? 1;
  }

  get isBootstrapping(): boolean {
    return this.bootstrapping;
  }

  /** Queues work under a key; a key that waits already is not queued twice. */
  enqueue(key: string, work: Work): void {
    if (this.stopped || this.queue.has(key)) return;
    this.queue.set(key, work);
    if (!this.scheduled && !this.bootstrapping) {
      this.scheduled = true;
      setImmediate(() => this.run());
    }
  }

  /** Runs `work` through the queue after a simulated delay. Returns the function that cancels it. */
  after(milliseconds: number, key: string, work: Work): () => void {
    if (milliseconds <= (this.bootstrapping ? LONGEST_SKIPPED_MS : 0)) {
      this.enqueue(key, work);
      return () => this.queue.delete(key);
    }
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        this.enqueue(key, work);
      },
      Math.min(milliseconds / this.timeScale, 2 ** 31 - 1),
    );
    timer.unref();
    this.timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  /** Runs `work` again and again, first after one interval. */
  every(milliseconds: number, key: string, work: Work): void {
    if (this.stopped) return;
    const timer = setInterval(() => this.enqueue(key, work), Math.max(20, milliseconds / this.timeScale));
    timer.unref();
    this.cleanups.push(() => clearInterval(timer));
  }

  onStop(cleanup: Work): void {
    this.cleanups.push(cleanup);
  }

  /** Lets the controllers bring a freshly loaded store to rest at once, with no simulated time passing. */
  bootstrap(load: Work): void {
    this.bootstrapping = true;
    try {
      load();
      this.drainQueue();
    } finally {
      this.bootstrapping = false;
    }
  }

  /** Resolves when no work is queued; timers may still be due later. */
  idle(): Promise<void> {
    if (this.queue.size === 0 || this.stopped) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    for (const cleanup of this.cleanups.splice(0)) cleanup();
    this.queue.clear();
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  private run(): void {
    this.scheduled = false;
    // In slices, so that requests are served while a big change settles.
    const until = performance.now() + 8;
    while (this.queue.size > 0 && performance.now() < until) this.step();
    if (this.queue.size > 0) {
      this.scheduled = true;
      setImmediate(() => this.run());
      return;
    }
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  private drainQueue(): void {
    while (this.queue.size > 0) this.step();
  }

  private step(): void {
    const [key, work] = this.queue.entries().next().value as [string, Work];
    this.queue.delete(key);
    try {
      work();
    } catch (error) {
      // A client may change an object between two steps of a controller; the next event brings the key back.
      if (!isConflict(error)) reportMistake(key, error);
    }
  }
}

const isConflict = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && (error.code === 409 || error.code === 404);
