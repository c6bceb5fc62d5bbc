import type { TypeormUnitOfWork } from './unit-of-work.js';

/** An event of one thing; `seq` has no gaps within it. */
export interface LoggedEvent {
  readonly seq: number;
}

/** How far the log of one thing goes, and whether the thing has ended. */
export interface LogHead {
  readonly lastSeq: number;
  readonly over: boolean;
}

/** Numbered events of all things of one kind. */
export interface EventLog<E extends LoggedEvent> {
  /** In order. */
  after(id: string, seq: number, limit: number): Promise<E[]>;
  /** Of those ids that exist. */
  heads(ids: readonly string[]): Promise<ReadonlyMap<string, LogHead>>;
}

/** Where a subscriber is in what one log publishes: first the transaction, then the number within all of them. */
export interface EventPosition {
  readonly xid: string;
  readonly position: string;
}

export interface PublishedEvent<E extends LoggedEvent> extends EventPosition {
  /** The thing whose event it is. */
  readonly thing: string;
  readonly event: E;
}

/** The events of all things of one kind, in one order. */
export interface PublishedLog<E extends LoggedEvent> {
  /** Notified when events were added. */
  readonly channel: string;
  /** In order, and only what no later commit can still put something in front of. */
  published(after: EventPosition, limit: number): Promise<PublishedEvent<E>[]>;
}

/** One that decisions write to. What they append is published with it. */
export interface WrittenEventLog<E extends LoggedEvent, N extends object> extends EventLog<E>, PublishedLog<E> {
  /** Joins the running UnitOfWork, which holds the lock of the thing. */
  append(id: string, events: readonly N[]): Promise<void>;
}

export interface EventLogTable {
  /** Table of the events. */
  readonly events: string;
  /** Its column with the id of the thing, and how an event calls it. */
  readonly owner: string;
  readonly ownerName: string;
  /** Columns between `seq` and `at`, with their types. */
  readonly columns: Readonly<Record<string, 'text' | 'jsonb'>>;
  /** Table of the things; has `last_seq`. */
  readonly things: string;
  /** Its column that says whether a thing has ended. */
  readonly state: string;
  /** Notified with the id of the thing when events were added. */
  readonly channel: string;
  readonly isOver: (state: never) => boolean;
}

/** The event log of one kind in Postgres. Statements join the running UnitOfWork. */
export class PostgresEventLog<E extends LoggedEvent, N extends object> implements WrittenEventLog<E, N> {
  constructor(
    private readonly unitOfWork: TypeormUnitOfWork,
    private readonly table: EventLogTable,
  ) {}

  get channel(): string {
    return this.table.channel;
  }

  /** The lock on the thing's row makes the numbers gapless. Readers are woken at commit. */
  async append(id: string, events: readonly N[]): Promise<void> {
    if (events.length === 0) return;
    const { events: table, owner, columns, things, channel } = this.table;
    const names = Object.keys(columns);
    const types = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
    await this.unitOfWork.manager.query(
      `WITH thing AS (
         UPDATE ${things} SET last_seq = last_seq + $3::integer WHERE id = $1 RETURNING last_seq - $3::integer AS seq)
       INSERT INTO ${table} (${owner}, seq, ${names.join(', ')}, at)
       SELECT $1, thing.seq + r.n, ${names.map((name) => `r.${name}`).join(', ')}, clock_timestamp()
       FROM thing, jsonb_to_recordset($2::jsonb) AS r (n integer, ${types.join(', ')})`,
      [id, JSON.stringify(events.map((event, index) => ({ ...event, n: index + 1 }))), events.length],
    );
    await this.unitOfWork.manager.query('SELECT pg_notify($1, $2)', [channel, id]);
  }

  after(id: string, seq: number, limit: number): Promise<E[]> {
    const { events, owner, ownerName, columns } = this.table;
    return this.unitOfWork.manager.query(
      `SELECT ${owner} AS "${ownerName}", seq, ${Object.keys(columns).join(', ')}, at FROM ${events}
       WHERE ${owner} = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [id, seq, limit],
    );
  }

  async published({ xid, position }: EventPosition, limit: number): Promise<PublishedEvent<E>[]> {
    const { events, owner, ownerName, columns } = this.table;
    const rows: (E & EventPosition & Record<string, string>)[] = await this.unitOfWork.manager.query(
      `SELECT ${owner} AS "${ownerName}", seq, ${Object.keys(columns).join(', ')}, at, xid::text, position::text FROM ${events}
       WHERE (xid, position) > ($1::xid8, $2::bigint) AND position > 0 AND xid < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY xid, position LIMIT $3`,
      [xid, position, limit],
    );
    return rows.map(({ xid, position, ...event }) => ({
      xid,
      position,
      thing: event[ownerName] as string,
      event: event as unknown as E,
    }));
  }

  async heads(ids: readonly string[]): Promise<ReadonlyMap<string, LogHead>> {
    const { things, state, isOver } = this.table;
    const rows: { id: string; last_seq: number; state: never }[] = await this.unitOfWork.manager.query(
      `SELECT id, last_seq, ${state} AS state FROM ${things} WHERE id = ANY($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, { lastSeq: row.last_seq, over: isOver(row.state) }]));
  }
}
