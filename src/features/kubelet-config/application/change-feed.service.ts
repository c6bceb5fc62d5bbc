import { Injectable } from '@nestjs/common';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { TERMINAL_STATUSES } from '../domain/approval/approval-state.js';
import type { ChangeEvent } from './change-record.js';
import { ChangeRepository } from './ports/change-repository.port.js';

/** Postgres channel that is notified with a change's id when it has new events. */
export const CHANGE_EVENTS_CHANNEL = 'node_steward_kubelet_config_changes';

const BATCH = 200;
/** Covers a lost notification. */
const LOOK_AGAIN_MS = 5_000;

/** Live news of one change, from Postgres, in any process. Check access before. */
@Injectable()
export class ChangeFeed {
  private readonly wakers = new Map<string, Set<() => void>>();
  private listening: Promise<unknown> | null = null;

  constructor(
    private readonly changes: ChangeRepository,
    private readonly notifications: Notifications,
  ) {}

  /** Every event after `afterSeq`, in order and without gaps, until the change can't move any more or the signal aborts. */
  async *events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<ChangeEvent> {
    let rung = true;
    let wake: (() => void) | null = null;
    const ring = () => {
      rung = true;
      wake?.();
    };
    signal.addEventListener('abort', ring, { once: true });
    const leave = await this.follow(id, ring);
    let seq = afterSeq;
    try {
      while (!signal.aborted) {
        rung = false;
        const batch = await this.changes.events(id, seq, BATCH);
        for (const event of batch) {
          yield event;
          seq = event.seq;
        }
        if (batch.length > 0) continue;
        const change = await this.changes.find(id);
        if (!change) return;
        if (TERMINAL_STATUSES.includes(change.approval.status) && change.lastSeq <= seq) return;
        if (rung || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_AGAIN_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = null;
      }
    } finally {
      leave();
    }
  }

  private async follow(id: string, ring: () => void): Promise<() => void> {
    const known = this.wakers.get(id) ?? new Set();
    this.wakers.set(id, known.add(ring));
    const leave = () => {
      known.delete(ring);
      if (known.size === 0 && this.wakers.get(id) === known) this.wakers.delete(id);
    };
    try {
      this.listening ??= this.notifications.listen(CHANGE_EVENTS_CHANNEL, (changed) => this.dispatch(changed));
      await this.listening;
    } catch (error) {
      this.listening = null;
      leave();
      throw error;
    }
    return leave;
  }

  /** After a lost connection the id is empty: anything may have happened. */
  private dispatch(id: string): void {
    const groups = id === '' ? [...this.wakers.values()] : [this.wakers.get(id) ?? []];
    for (const group of groups) for (const ring of group) ring();
  }
}
