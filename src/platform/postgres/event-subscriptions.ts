import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { WORKER_NAME } from '../lease/worker-name.js';
import { Logger } from '../telemetry/logger.js';
import type { LoggedEvent, PublishedLog } from './event-log.js';
import { Notifications } from './notifications.js';
import { PromptQueries } from './prompt-queries.js';
import { SubscriptionReader } from './subscription-reader.js';

/** Does something of its own with what is published. It knows the events; who publishes them does not know it. */
export interface EventSubscriber<E extends LoggedEvent> {
  /** Names its position in Postgres: never change it, never use it for another. A new one begins with what happens from then on. */
  readonly name: string;
  readonly log: PublishedLog<E>;
  /**
   * Each event at least once, those of one thing in order, those of different things beside each other. Tried again until it
   * returns, while what came later waits: what can't be done in reasonable time is for the subscriber to give up.
   */
  handle(event: E, signal: AbortSignal): Promise<void>;
}

/**
 * Subscribers that are registered in this process. Of all processes one serves a subscriber at a time; another goes on within
 * seconds where it stops, even by kill -9, since the position is in Postgres and moves only past what was handled.
 */
@Injectable()
export class EventSubscriptions implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly readers: SubscriptionReader[] = [];
  private readonly stop = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly queries: PromptQueries,
    private readonly notifications: Notifications,
    private readonly logger: Logger,
  ) {}

  /** Before the process has started: in a module's constructor or onModuleInit. */
  register<E extends LoggedEvent>(subscriber: EventSubscriber<E>): void {
    this.readers.push(
      new SubscriptionReader(
        subscriber as unknown as EventSubscriber<LoggedEvent>,
        WORKER_NAME,
        this.queries,
        this.logger,
      ),
    );
  }

  onApplicationBootstrap(): void {
    const { signal } = this.stop;
    this.running = Promise.all(this.readers.map((reader) => reader.run(this.notifications, signal)));
  }

  /** What is being handled is handled to its end or aborted before the database goes. */
  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }
}
