import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresEventLog } from '../../../src/platform/postgres/event-log.js';
import type { EventSubscriber } from '../../../src/platform/postgres/event-subscriptions.js';
import type { PromptQueries } from '../../../src/platform/postgres/prompt-queries.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { SubscriptionReader } from '../../../src/platform/postgres/subscription-reader.js';
import { TypeormUnitOfWork } from '../../../src/platform/postgres/unit-of-work.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { testDatabase } from '../../support/postgres.js';
import { eventually } from '../../support/workloads.js';

interface TestEvent {
  readonly thingId: string;
  readonly seq: number;
  readonly text: string;
}

describe('11.5 events that are published', () => {
  let dataSource: DataSource;
  let pool: pg.Pool;
  let unitOfWork: TypeormUnitOfWork;
  let log: PostgresEventLog<TestEvent, { text: string }>;
  let stops: AbortController[];

  beforeAll(async () => {
    const { url } = await testDatabase();
    await runMigrations(url);
    dataSource = await new DataSource({ type: 'postgres', url, poolSize: 8 }).initialize();
    pool = new pg.Pool({ connectionString: url });
    await dataSource.query(
      'CREATE TABLE things (id text PRIMARY KEY, state text, last_seq integer NOT NULL DEFAULT 0)',
    );
    await dataSource.query(`
      CREATE TABLE thing_events (thing_id text, seq integer, text text, at timestamptz,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(), position bigint NOT NULL DEFAULT nextval('event_positions'))`);
    unitOfWork = new TypeormUnitOfWork(dataSource);
    log = new PostgresEventLog(unitOfWork, {
      events: 'thing_events',
      owner: 'thing_id',
      ownerName: 'thingId',
      columns: { text: 'text' },
      things: 'things',
      state: 'state',
      channel: 'things',
      isOver: () => false,
    });
  });
  afterAll(async () => {
    await pool?.end();
    await dataSource?.destroy();
  });
  beforeEach(async () => {
    stops = [];
    await dataSource.query('DELETE FROM event_subscriptions');
    await dataSource.query(`INSERT INTO things (id) VALUES ('a'), ('b') ON CONFLICT DO NOTHING`);
  });
  afterEach(() => {
    for (const stop of stops) stop.abort();
  });

  const append = (thing: string, ...texts: string[]) =>
    unitOfWork.run(() =>
      log.append(
        thing,
        texts.map((text) => ({ text })),
      ),
    );
  const queries = { run: async (text: string, values: unknown[]) => (await pool.query(text, values)).rows };
  /** A process that serves it. It is killed by never answering again: it gives nothing back. */
  const serve = async (holder: string, handle: EventSubscriber<TestEvent>['handle']) => {
    const stop = new AbortController();
    stops.push(stop);
    const subscriber = { name: 'test', log, handle } as unknown as EventSubscriber<TestEvent>;
    const reader = new SubscriptionReader(
      subscriber,
      holder,
      queries as PromptQueries,
      createLogger({ log: SILENT } as never),
    );
    // No notification ever comes: the regular look finds all.
    const notifications = { listen: async () => () => undefined };
    void reader.run(notifications, stop.signal);
    await eventually(async () => (await dataSource.query('SELECT 1 FROM event_subscriptions')).length === 1);
  };

  it('reach a subscriber in the order of each thing, beginning with what happens from then on', async () => {
    const seen: string[] = [];
    await append('a', 'before');
    await serve('one', async ({ text }) => void seen.push(text));
    for (let n = 0; n < 20; n++) await append(n % 2 ? 'a' : 'b', `${n}`);
    await eventually(() => seen.length === 20);
    const ofThing = (odd: number) => seen.map(Number).filter((n) => n % 2 === odd);
    for (const odd of [0, 1]) expect(ofThing(odd)).toEqual([...ofThing(odd)].sort((x, y) => x - y));
  });

  it('are not passed over where an older transaction commits after a younger one', async () => {
    const seen: string[] = [];
    await serve('one', async ({ text }) => void seen.push(text));
    const older = await pool.connect();
    await older.query('BEGIN');
    await older.query(`INSERT INTO thing_events (thing_id, seq, text) VALUES ('late', 1, 'older')`);
    await append('a', 'younger');
    // It is committed, and still waits: what is in front of it may come.
    expect((await log.published({ xid: '0', position: '0' }, 1000)).map(({ event }) => event.text)).not.toContain(
      'younger',
    );
    await older.query('COMMIT');
    older.release();
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['older', 'younger']);
  });

  it('are handled again by another process where one was killed, and none that was done is lost or repeated for long', async () => {
    const first: string[] = [];
    const second: string[] = [];
    let killed = false;
    await serve('killed', async ({ text }) => {
      if (killed || text === '2') {
        killed = true;
        // As a process that is killed: it holds its claim, says nothing more, and what it was about to do is not done.
        stops = [];
        await new Promise(() => undefined);
      }
      first.push(text);
    });
    await append('a', '0');
    await eventually(() => first.length === 1);
    await eventually(async () => (await position()) !== '0');
    await append('a', '1', '2', '3');
    await eventually(() => killed);
    // Its renewals end with it.
    await dataSource.query(`UPDATE event_subscriptions SET claimed_by = 'dead' WHERE claimed_by = 'killed'`);
    await serve('other', async ({ text }) => void second.push(text));
    await eventually(() => second.includes('3'), 30_000);
    expect(first).toEqual(['0', '1']);
    expect(second.filter((text) => text !== '1')).toEqual(['2', '3']);
  });

  it('are tried again until they are handled, and hold up no other thing', async () => {
    const seen: string[] = [];
    let failures = 0;
    await serve('one', async ({ text }) => {
      if (text === 'hard' && failures++ < 2) throw new Error('not yet');
      seen.push(text);
    });
    await unitOfWork.run(async () => {
      await log.append('a', [{ text: 'hard' }, { text: 'after it' }]);
      await log.append('b', [{ text: 'easy' }]);
    });
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(['easy', 'hard', 'after it']);
  });

  const position = async () => (await dataSource.query('SELECT position::text FROM event_subscriptions'))[0]?.position;
});

const SILENT = { level: 'silent', format: 'json' };
