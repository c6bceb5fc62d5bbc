import pg from 'pg';
import { countdown } from './countdown.js';
import type { DatabaseLink } from './database-link.js';
import { storable } from './storable.js';

export interface BoundedClientOptions extends pg.ClientConfig {
  /** Limit of opening the connection; the driver's own would count while this process was busy. */
  readonly connectLimitMs?: number;
  /** A query without an answer for so long ends with its connection. */
  readonly queryLimitMs?: number;
  readonly link?: DatabaseLink;
}

type Callback = (error: Error | null, result?: unknown) => void;
type AnyQuery = (...args: unknown[]) => unknown;

/** The database did not answer in time, or had no connection to spare. */
export class DatabaseTimeoutError extends Error {
  override readonly name = 'DatabaseTimeoutError';
}

const connectFailures = new WeakSet<object>();

/** Whether this is why a connection to the database could not be opened: its code alone could be that of any server. */
export function isConnectFailure(error: unknown): boolean {
  return typeof error === 'object' && error !== null && connectFailures.has(error);
}

/**
 * A connection that ends when a query gets no answer in time: the limit of the server does not fire in a server that is
 * frozen or behind a silent link. The driver's own `query_timeout` leaves the query running and gives the connection
 * back, so that the next one who gets it waits behind it, or works in a transaction that somebody else has begun.
 */
export class BoundedClient extends pg.Client {
  private readonly connectLimitMs: number;
  private readonly limitMs: number;
  private readonly link: DatabaseLink | undefined;

  constructor(options: BoundedClientOptions = {}) {
    super(options);
    this.connectLimitMs = options.connectLimitMs ?? 0;
    this.limitMs = options.queryLimitMs ?? 0;
    this.link = options.link;
    // Those who wait for a query are told by it; without a listener the process would end.
    this.on('error', () => this.link?.noteSilence());
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<this> | undefined {
    const stop = this.connectLimitMs === 0 ? () => undefined : countdown(this.connectLimitMs, () => this.refuse());
    const note = (error: Error | null | undefined) => {
      stop();
      if (!error) return;
      connectFailures.add(error);
      this.link?.noteSilence();
    };
    if (callback) {
      super.connect((error: Error) => {
        note(error);
        callback(error);
      });
      return undefined;
    }
    return super.connect().then(
      () => {
        note(null);
        return this;
      },
      (error: Error) => {
        note(error);
        throw error;
      },
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: the driver's overloads, which this hands on as they came
  override query(...args: any[]): any {
    const settle = this.watch();
    args.splice(0, 2, ...storableQuery(args[0], args[1]));
    const last = args.findLastIndex((arg) => typeof arg === 'function');
    if (last >= 0) {
      const callback = args[last] as Callback;
      args[last] = (error: Error | null, result?: unknown) => {
        settle();
        callback(error, result);
      };
    }
    const pending = (super.query as AnyQuery).apply(this, args);
    if (pending instanceof Promise) pending.then(settle, settle);
    else if (last < 0) settle(); // a stream of rows, which has no one answer
    return pending;
  }

  /** Counts down for one query. Returns what to call with its answer, whether good or bad. */
  private watch(): () => void {
    if (this.limitMs === 0) return () => undefined;
    const stop = countdown(this.limitMs, () => this.abandon());
    return () => {
      stop();
      if (!this.socket.destroyed) this.link?.noteAnswer();
    };
  }

  private abandon(): void {
    this.link?.noteSilence();
    this.socket.destroy(new DatabaseTimeoutError(`a query got no answer in ${this.limitMs} ms`));
  }

  private refuse(): void {
    this.socket.destroy(new DatabaseTimeoutError(`no connection in ${this.connectLimitMs} ms`));
  }

  private get socket(): { destroyed: boolean; destroy(error: Error): void } {
    return (this as unknown as { connection: { stream: { destroyed: boolean; destroy(error: Error): void } } })
      .connection.stream;
  }
}

/** The first two arguments of a query; the parameters come beside its text, or in an object with it. */
function storableQuery(query: unknown, parameters: unknown): unknown[] {
  if (Array.isArray(parameters)) return [query, parameters.map(storable)];
  const { values, submit } = (query ?? {}) as { values?: unknown; submit?: unknown };
  // A stream of rows is an object of its own kind, and writes nothing.
  const taken =
    Array.isArray(values) && submit === undefined ? { ...(query as object), values: values.map(storable) } : query;
  return parameters === undefined ? [taken] : [taken, parameters];
}
