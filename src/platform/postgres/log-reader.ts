import { databaseUnavailable } from './database-unavailable.js';
import type { EventLog, LoggedEvent, LogHead } from './event-log.js';

const BATCH = 200;
/** The newest events, for all followers. Who is further back reads pages from Postgres. */
const KEPT = 500;

/** Reads the log of one thing for all who follow it: once for each notification. */
export class LogReader<E extends LoggedEvent> {
  followers = 0;
  /** Without gaps, from the one after `base` to `last`. */
  private kept: E[] = [];
  private base = 0;
  private last = 0;
  private started = false;
  private over = false;
  private failure: unknown = null;
  private reading = true;
  private again = false;
  private readonly waiting = new Set<() => void>();
  private readonly pages = new Map<number, Promise<E[]>>();

  constructor(
    private readonly id: string,
    private readonly log: EventLog<E>,
  ) {}

  get failed(): boolean {
    return this.failure !== null;
  }

  /** Reads from where the log ends now; `listening` first, so that nothing is added unseen. */
  async start(listening: Promise<unknown>): Promise<void> {
    try {
      await listening;
      const head = (await this.log.heads([this.id])).get(this.id);
      this.last = head?.lastSeq ?? 0;
      this.base = this.last;
      this.over = head?.over ?? true;
      this.started = true;
    } catch (error) {
      this.fail(error);
    }
    this.reading = false;
    this.announce();
    if (this.again) this.wake();
  }

  /** There may be more. */
  wake(): void {
    if (this.reading) this.again = true;
    else void this.read();
  }

  isBehind(head: LogHead | undefined): boolean {
    return this.started && (head?.lastSeq !== this.last || head.over !== this.over);
  }

  fail(cause: unknown): void {
    this.failure ??= databaseUnavailable(cause) ?? cause;
    this.announce();
  }

  /** The next events after `seq`, as soon as there are some; none when the thing has ended or the signal aborts. */
  async after(seq: number, signal: AbortSignal): Promise<E[]> {
    let from = seq;
    while (!signal.aborted) {
      if (this.failure) throw this.failure;
      if (this.started && from < this.base) {
        const page = await this.page(from);
        if (page.length > 0) return page;
        from = this.base;
      }
      if (from < this.last) return this.kept.filter((event) => event.seq > from);
      if (this.over) return [];
      await this.change(signal);
    }
    return [];
  }

  /** Followers that come at the same time share one read. */
  private page(seq: number): Promise<E[]> {
    const known = this.pages.get(seq);
    if (known) return known;
    const page = this.log.after(this.id, seq, BATCH).finally(() => this.pages.delete(seq));
    this.pages.set(seq, page);
    return page;
  }

  private async read(): Promise<void> {
    this.reading = true;
    try {
      do {
        this.again = false;
        await this.readEvents();
        const head = (await this.log.heads([this.id])).get(this.id);
        this.over = !head || (head.over && head.lastSeq <= this.last);
      } while (this.again);
    } catch (error) {
      this.fail(error);
    }
    this.reading = false;
    this.announce();
  }

  private async readEvents(): Promise<void> {
    let batch: E[];
    do {
      batch = await this.log.after(this.id, this.last, BATCH);
      if (batch.length === 0) return;
      this.kept = [...this.kept, ...batch].slice(-KEPT);
      this.last = batch.at(-1)?.seq ?? this.last;
      this.base = (this.kept[0]?.seq ?? this.last + 1) - 1;
      this.announce();
    } while (batch.length === BATCH);
  }

  private announce(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resume of waiting) resume();
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        signal.removeEventListener('abort', resume);
        this.waiting.delete(resume);
        resolve();
      };
      this.waiting.add(resume);
      signal.addEventListener('abort', resume, { once: true });
    });
  }
}
