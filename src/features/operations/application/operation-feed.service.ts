import { Injectable } from '@nestjs/common';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { OPERATION_EVENTS_CHANNEL } from './operation-events-channel.js';

/** Wakes up whoever waits for news of an operation, from whichever process they come. A hint only: read Postgres then. */
@Injectable()
export class OperationFeed {
  private readonly listeners = new Map<string, Set<() => void>>();
  private listening: Promise<unknown> | null = null;

  constructor(private readonly notifications: Notifications) {}

  /** Calls `wake` on each change until the returned function is called. Resolves once nothing can be missed. */
  async follow(id: string, wake: () => void): Promise<() => void> {
    const known = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, known.add(wake));
    const leave = () => {
      known.delete(wake);
      if (known.size === 0 && this.listeners.get(id) === known) this.listeners.delete(id);
    };
    try {
      this.listening ??= this.notifications.listen(OPERATION_EVENTS_CHANNEL, (changed) => this.dispatch(changed));
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
    const groups = id === '' ? [...this.listeners.values()] : [this.listeners.get(id) ?? []];
    for (const group of groups) for (const wake of group) wake();
  }
}
