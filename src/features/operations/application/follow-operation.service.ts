import { Injectable } from '@nestjs/common';
import { isTerminal, type OperationState } from '../domain/operation/operation.js';
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
  async *events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StoredOperationEvent> {
    const bell = new Bell(signal);
    const leave = await this.feed.follow(id, () => bell.ring());
    let seq = afterSeq;
    try {
      while (!signal.aborted) {
        const batch = await this.operations.events(id, seq, BATCH);
        for (const event of batch) {
          yield event;
          seq = event.seq;
          if (event.type === 'STATE' && isTerminal(event.data.state as OperationState)) return;
        }
        if (batch.length > 0) continue;
        const operation = await this.operations.find(id);
        if (!operation || (isTerminal(operation.state) && operation.lastSeq <= seq)) return;
        if (operation.lastSeq <= seq) await bell.next(LOOK_AGAIN_MS);
      }
    } finally {
      leave();
    }
  }

  /** The operation as soon as it has ended, or as it is when the time is up. */
  async wait(id: string, seconds: number, signal: AbortSignal): Promise<OperationRecord> {
    const until = Date.now() + seconds * 1000;
    const bell = new Bell(signal);
    const leave = await this.feed.follow(id, () => bell.ring());
    try {
      while (true) {
        const operation = await this.operations.find(id);
        if (!operation) throw operationNotFound(id);
        const left = until - Date.now();
        if (isTerminal(operation.state) || left <= 0 || signal.aborted) return operation;
        await bell.next(Math.min(left, LOOK_AGAIN_MS));
      }
    } finally {
      leave();
    }
  }
}

/** Remembers a ring that came while nobody waited. */
class Bell {
  private rung = false;
  private wake: (() => void) | null = null;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  async next(timeoutMs: number): Promise<void> {
    if (!this.rung && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
    this.rung = false;
  }
}
