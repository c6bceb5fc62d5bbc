import { Injectable } from '@nestjs/common';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { EventStreams } from '../../../platform/postgres/event-streams.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { Wakeup } from '../../../platform/postgres/wakeup.js';
import { isTerminal } from './operation.js';
import type { StoredOperationEvent } from './operation-event.js';
import { OPERATION_EVENTS_CHANNEL } from './operation-events-channel.js';
import { OperationFeed } from './operation-feed.service.js';
import type { OperationRecord } from './operation-record.js';
import { OperationRepository } from './operation-repository.port.js';
import { operationNotFound } from './read-operations.service.js';

/** Covers a lost notification. */
const LOOK_AGAIN_MS = 5_000;

/** Live news of one operation, from Postgres, in any process. Check access before (ReadOperations.get). */
@Injectable()
export class FollowOperation {
  private readonly streams: EventStreams<StoredOperationEvent>;

  constructor(
    private readonly operations: OperationRepository,
    private readonly feed: OperationFeed,
    notifications: Notifications,
  ) {
    this.streams = new EventStreams(operations.log, notifications, OPERATION_EVENTS_CHANNEL);
  }

  /** Every event after `afterSeq`, in order and without gaps, until the operation has ended or the signal aborts. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StoredOperationEvent> {
    return this.streams.follow(id, afterSeq, signal);
  }

  /** Whether nothing comes after `afterSeq` any more; a log level is set back after its operation has ended, though. */
  isOver({ state, lastSeq }: OperationRecord, afterSeq: number): boolean {
    return isTerminal(state) && lastSeq <= afterSeq;
  }

  /** The operation as soon as it has ended, or as it is when the time is up. */
  async wait(id: string, seconds: number, signal: AbortSignal): Promise<OperationRecord> {
    const until = monotonicNow() + seconds * 1000;
    const wakeup = new Wakeup(signal);
    const leave = await this.feed.follow(id, () => wakeup.call());
    try {
      while (true) {
        const operation = await this.operations.find(id);
        if (!operation) throw operationNotFound(id);
        const left = until - monotonicNow();
        if (isTerminal(operation.state) || left <= 0 || signal.aborted) return operation;
        await wakeup.next(Math.min(left, LOOK_AGAIN_MS));
      }
    } finally {
      leave();
    }
  }
}
