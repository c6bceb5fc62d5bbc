import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../kernel/monotonic.js';
import type { Logger } from '../telemetry/logger.js';
import type { EventPosition, LoggedEvent, PublishedEvent } from './event-log.js';
import type { EventSubscriber } from './event-subscriptions.js';
import type { Notifications } from './notifications.js';
import type { PromptQueries } from './prompt-queries.js';
import { Wakeup } from './wakeup.js';

const BATCH = 100;
/** Covers a lost notification, and events that wait for an older transaction to end. */
const LOOK_AGAIN_MS = 1_000;
const CLAIM_SECONDS = 6;
const RENEW_MS = 2_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Serves one subscriber while this process holds it. */
export class SubscriptionReader {
  private begun = false;
  private held: EventPosition | null = null;
  private renewAt = 0;

  constructor(
    private readonly subscriber: EventSubscriber<LoggedEvent>,
    private readonly holder: string,
    private readonly queries: PromptQueries,
    private readonly logger: Logger,
  ) {}

  /** Until the signal; resolves when nothing is handled any more. */
  async run(notifications: Pick<Notifications, 'listen'>, signal: AbortSignal): Promise<void> {
    const wakeup = new Wakeup(signal);
    const { name, log } = this.subscriber;
    const leave = await notifications.listen(log.channel, () => wakeup.call()).catch(() => undefined);
    while (!signal.aborted) {
      try {
        const more = await this.serve(signal);
        if (!more) await wakeup.next(LOOK_AGAIN_MS);
      } catch (error) {
        this.logger.warn({ err: error, subscriber: name }, 'events could not be read or handled; trying again');
        await wakeup.next(LOOK_AGAIN_MS);
      }
    }
    leave?.();
    await this.release().catch(() => undefined);
  }

  /** One batch. True if there may be more. */
  private async serve(stop: AbortSignal): Promise<boolean> {
    this.held = await this.claim();
    const from = this.held;
    if (!from) return false;
    const batch = await this.subscriber.log.published(from, BATCH);
    if (batch.length === 0) return false;
    const lost = new AbortController();
    const signal = AbortSignal.any([stop, lost.signal]);
    const things = Map.groupBy(batch, ({ thing }) => thing);
    const done = new Set<PublishedEvent<LoggedEvent>>();
    const reached = (): EventPosition => {
      const first = batch.findIndex((event) => !done.has(event));
      return batch[(first === -1 ? batch.length : first) - 1] ?? from;
    };
    const renewal = setInterval(() => {
      this.advance(reached()).then(
        (held) => held || lost.abort(),
        () => undefined,
      );
    }, RENEW_MS);
    try {
      await Promise.all([...things.values()].map((events) => this.handleInOrder(events, done, signal)));
    } finally {
      clearInterval(renewal);
    }
    const at = reached();
    this.held = (await this.advance(at)) ? at : null;
    return !signal.aborted;
  }

  private async handleInOrder(
    events: readonly PublishedEvent<LoggedEvent>[],
    done: Set<PublishedEvent<LoggedEvent>>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const published of events) {
      for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
        try {
          await this.subscriber.handle(published.event, signal);
          done.add(published);
          break;
        } catch (error) {
          const { name } = this.subscriber;
          this.logger.warn({ err: error, subscriber: name, thing: published.thing }, 'an event is handled once more');
          await sleep(pause, undefined, { signal }).catch(() => undefined);
        }
      }
      if (signal.aborted) return;
    }
  }

  /** Where to go on from; null while another process serves it. */
  private async claim(): Promise<EventPosition | null> {
    if (this.held && monotonicNow() < this.renewAt) return this.held;
    const { name } = this.subscriber;
    if (!this.begun) await this.begin();
    this.renewAt = monotonicNow() + RENEW_MS;
    const rows = await this.queries.run<{ xid: string; position: string }>(
      `UPDATE event_subscriptions SET claimed_by = $2, claimed_until = clock_timestamp() + make_interval(secs => $3)
       WHERE name = $1 AND (claimed_by = $2 OR claimed_until IS NULL OR claimed_until < clock_timestamp())
       RETURNING xid::text, position::text`,
      [name, this.holder, CLAIM_SECONDS],
    );
    return rows[0] ?? null;
  }

  /** The position of a new one, and of one whose database was restored into a server that is younger than it. */
  private async begin(): Promise<void> {
    await this.queries.run(
      `INSERT INTO event_subscriptions (name, xid, position) VALUES ($1, pg_snapshot_xmin(pg_current_snapshot()), 0)
       ON CONFLICT (name) DO UPDATE SET xid = excluded.xid, position = 0
         WHERE event_subscriptions.xid > pg_snapshot_xmax(pg_current_snapshot())`,
      [this.subscriber.name],
    );
    this.begun = true;
  }

  /** False: another process has taken over, which begins where this one was last written down. */
  private async advance({ xid, position }: EventPosition): Promise<boolean> {
    const rows = await this.queries.run(
      `UPDATE event_subscriptions
       SET xid = $3::xid8, position = $4, claimed_until = clock_timestamp() + make_interval(secs => $5)
       WHERE name = $1 AND claimed_by = $2 AND (xid, position) <= ($3::xid8, $4::bigint)
       RETURNING name`,
      [this.subscriber.name, this.holder, xid, position, CLAIM_SECONDS],
    );
    return rows.length > 0;
  }

  private async release(): Promise<void> {
    await this.queries.run(
      'UPDATE event_subscriptions SET claimed_by = NULL, claimed_until = NULL WHERE name = $1 AND claimed_by = $2',
      [this.subscriber.name, this.holder],
    );
  }
}
