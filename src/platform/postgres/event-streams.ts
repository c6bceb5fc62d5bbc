import type { EventLog, LoggedEvent } from './event-log.js';
import { LogReader } from './log-reader.js';
import type { Notifications } from './notifications.js';

/** Covers a lost notification. */
const LOOK_AGAIN_MS = 5_000;
/** Sequence numbers are 32-bit integers in Postgres. */
const MAX_SEQ = 2 ** 31 - 1;
/** One look may fail, as in a failover; after two nothing is known of what happens. */
const FAILED_LOOKS = 2;

/**
 * Live events of the things of one kind, in any process. There is one reader for each thing that somebody follows; it
 * reads once for each notification, however many follow. A look for all of them at once covers notifications that were
 * lost, so that idle streams cost one statement each few seconds in all.
 */
export class EventStreams<E extends LoggedEvent> {
  private readonly readers = new Map<string, LogReader<E>>();
  private listening: Promise<unknown> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private failedLooks = 0;

  constructor(
    private readonly log: EventLog<E>,
    private readonly notifications: Pick<Notifications, 'listen'>,
    private readonly channel: string,
    private readonly lookAgainMs = LOOK_AGAIN_MS,
  ) {}

  /** Things that somebody follows here. */
  get size(): number {
    return this.readers.size;
  }

  /**
   * Every event after `afterSeq`, in order and without gaps, until the thing has ended or the signal aborts. Who is slow
   * reads from Postgres what the shared reader has let go of: nothing is held for a single follower.
   * Check access before.
   */
  async *follow(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<E> {
    if (signal.aborted) return;
    const reader = this.join(id);
    try {
      let seq = Math.min(afterSeq, MAX_SEQ);
      while (true) {
        const batch = await reader.after(seq, signal);
        if (batch.length === 0) return;
        for (const event of batch) {
          if (signal.aborted) return;
          yield event;
          seq = event.seq;
        }
      }
    } finally {
      this.leave(id, reader);
    }
  }

  private join(id: string): LogReader<E> {
    const known = this.readers.get(id);
    if (known && !known.failed) {
      known.followers += 1;
      return known;
    }
    const reader = new LogReader(id, this.log);
    reader.followers = 1;
    this.readers.set(id, reader);
    void reader.start(this.listen());
    this.timer ??= setInterval(() => void this.look(), this.lookAgainMs).unref();
    return reader;
  }

  private leave(id: string, reader: LogReader<E>): void {
    reader.followers -= 1;
    if (reader.followers > 0 || this.readers.get(id) !== reader) return;
    this.readers.delete(id);
    if (this.readers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private listen(): Promise<unknown> {
    this.listening ??= this.notifications.listen(this.channel, this.notified).catch((error: unknown) => {
      this.listening = null;
      throw error;
    });
    return this.listening;
  }

  /** After a lost connection the id is empty: anything may have happened. */
  private readonly notified = (id: string): void => {
    if (id === '') void this.look();
    else this.readers.get(id)?.wake();
  };

  private async look(): Promise<void> {
    if (this.looking || this.readers.size === 0) return;
    this.looking = true;
    try {
      const heads = await this.log.heads([...this.readers.keys()]);
      this.failedLooks = 0;
      for (const [id, reader] of this.readers) {
        if (reader.isBehind(heads.get(id))) reader.wake();
      }
    } catch (error) {
      this.failedLooks += 1;
      if (this.failedLooks >= FAILED_LOOKS) for (const reader of this.readers.values()) reader.fail(error);
    } finally {
      this.looking = false;
    }
  }
}
