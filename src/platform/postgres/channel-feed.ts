import type { Notifications } from './notifications.js';

/** Wakes up whoever waits for news of one thing, from whichever process they come: the channel's payload is its id. A hint only: read Postgres then. */
export class ChannelFeed {
  private readonly listeners = new Map<string, Set<() => void>>();
  private listening: Promise<unknown> | null = null;

  constructor(
    private readonly notifications: Notifications,
    private readonly channel: string,
  ) {}

  /** Calls `wake` on each change until the returned function is called. Resolves once nothing can be missed. */
  async follow(id: string, wake: () => void): Promise<() => void> {
    const known = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, known.add(wake));
    const leave = () => {
      known.delete(wake);
      if (known.size === 0 && this.listeners.get(id) === known) this.listeners.delete(id);
    };
    try {
      this.listening ??= this.notifications.listen(this.channel, this.dispatch);
      await this.listening;
    } catch (error) {
      this.listening = null;
      leave();
      throw error;
    }
    return leave;
  }

  /** After a lost connection the id is empty: anything may have happened. */
  private readonly dispatch = (id: string): void => {
    const groups = id === '' ? [...this.listeners.values()] : [this.listeners.get(id) ?? []];
    for (const group of groups) for (const wake of group) wake();
  };
}
