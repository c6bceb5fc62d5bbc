import pg from 'pg';
import { DatabaseTimeoutError } from './bounded-client.js';
import { countdown } from './countdown.js';

type Given = (error: Error | undefined, client: pg.PoolClient | undefined, release: (broken?: unknown) => void) => void;

export interface BoundedPoolOptions extends pg.PoolConfig {
  readonly connectLimitMs: number;
}

/** A pool in which nobody waits longer than the limit for a connection, be it a new one or one that others use. */
export class BoundedPool extends pg.Pool {
  private readonly limitMs: number;

  constructor(options: BoundedPoolOptions) {
    // The pool's own limit drops those from its queue who have long been told.
    super({ ...options, connectionTimeoutMillis: 3 * options.connectLimitMs });
    this.limitMs = options.connectLimitMs;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(given: Given): void;
  override connect(given?: Given): Promise<pg.PoolClient> | undefined {
    if (!given) {
      return new Promise((resolve, reject) => {
        this.connect((error, client) => (client ? resolve(client) : reject(error)));
      });
    }
    let isOver = false;
    const stop = countdown(this.limitMs, () => {
      isOver = true;
      given(new DatabaseTimeoutError(`no connection was free in ${this.limitMs} ms`), undefined, () => undefined);
    });
    super.connect((error, client, release) => {
      stop();
      // Where the pool's own limit ends the wait there is nothing to give back.
      if (isOver) release?.();
      else given(error, client, release);
    });
    return undefined;
  }
}
