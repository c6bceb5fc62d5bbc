import { Injectable } from '@nestjs/common';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { Bell, tell } from '../../../platform/postgres/story.js';
import { isTerminal } from '../domain/operation/operation.js';
import type { StoredOperationEvent } from './operation-event.js';
import { OperationFeed } from './operation-feed.service.js';
import type { OperationRecord } from './operation-record.js';
import { OperationRepository } from './ports/operation-repository.port.js';
import { operationNotFound } from './read-operations.service.js';

const BATCH = 200;
/** Covers a lost notification. */
const LOOK_AGAIN_MS = 5_000;

/** Live news of one operation, from Postgres, in any process. Check access before (ReadOperations.get). */
@Injectable()
export class FollowOperation {
  constructor(
    private readonly operations: OperationRepository,
    private readonly feed: OperationFeed,
  ) {}

  /** Every event after `afterSeq`, in order and without gaps, until the operation has ended or the signal aborts. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StoredOperationEvent> {
    const { operations, feed } = this;
    const story = {
      follow: (wake: () => void) => feed.follow(id, wake),
      after: (seq: number) => operations.events(id, seq, BATCH),
      endsAt: async (seq: number) => {
        const operation = await operations.find(id);
        return operation && isTerminal(operation.state) && operation.lastSeq <= seq;
      },
      // A log level is set back after its operation has ended, so no event is known to be the last.
      isLast: () => false,
    };
    return tell(story, afterSeq, signal);
  }

  /** The operation as soon as it has ended, or as it is when the time is up. */
  async wait(id: string, seconds: number, signal: AbortSignal): Promise<OperationRecord> {
    const until = monotonicNow() + seconds * 1000;
    const bell = new Bell(signal);
    const leave = await this.feed.follow(id, () => bell.ring());
    try {
      while (true) {
        const operation = await this.operations.find(id);
        if (!operation) throw operationNotFound(id);
        const left = until - monotonicNow();
        if (isTerminal(operation.state) || left <= 0 || signal.aborted) return operation;
        await bell.next(Math.min(left, LOOK_AGAIN_MS));
      }
    } finally {
      leave();
    }
  }
}
