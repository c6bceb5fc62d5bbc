import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { callerWith } from '../../support/operations-worker.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { countStatements } from '../../support/statements.js';
import { waitFor } from '../../support/wait-for.js';

let cluster: SimulatedCluster;
let api: ApiApp;
let pool: pg.Pool;

beforeAll(async () => {
  cluster = await startTestCluster();
  const { url } = await testDatabase();
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: url });
  pool = new pg.Pool({ connectionString: url, max: 2 });
});
afterAll(async () => {
  await api?.close();
  await pool?.end();
  await cluster?.close();
});

/** An operation that no worker knows of, so that nothing moves it but the test. */
async function operation(state = 'RUNNING'): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO operations (id, type, cluster, node_name, node_uid, node_labels, state, reason, actor_id, caller, created_at)
     VALUES ($1::uuid, 'CORDON', 'demo', 'worker-1', $1::uuid::text, '{}', $2, 'test', 'token:test', $3, now())`,
    [id, state, JSON.stringify(callerWith())],
  );
  await append(id);
  return id;
}

async function append(id: string, state?: string): Promise<void> {
  await pool.query(
    `WITH next AS (UPDATE operations SET last_seq = last_seq + 1, state = coalesce($2, state) WHERE id = $1 RETURNING last_seq)
     INSERT INTO operation_events (operation_id, seq, type, message, data, at)
     SELECT $1, last_seq, 'STEP', 'step ' || last_seq, '{}', now() FROM next`,
    [id, state ?? null],
  );
  await pool.query(`SELECT pg_notify('node_steward_operation_events', $1)`, [id]);
}

const eventsOf = (id: string) => `/api/v1/operations/${id}/events`;

/** Follows until the stream ends. */
function follow(id: string, lastEventId?: string) {
  const seen: (string | undefined)[] = [];
  const ended = (async () => {
    for await (const event of api.client.sse(eventsOf(id), { lastEventId })) seen.push(event.id);
  })();
  return { seen, ended };
}

describe('10.9 event streams', () => {
  it('of one operation, 300 of them, are read once for each notification', async () => {
    const id = await operation();
    const streams = Array.from({ length: 300 }, () => follow(id));
    await waitFor(() => expect(streams.every(({ seen }) => seen.length === 1)).toBe(true));
    const statements = countStatements(api.app, /operation/);
    for (let more = 2; more <= 6; more++) {
      await append(id);
      await waitFor(() => expect(streams.every(({ seen }) => seen.length === more)).toBe(true));
    }
    await append(id, 'SUCCEEDED');
    await Promise.all(streams.map(({ ended }) => ended));
    // A read of the events and of the head for each of six, and a look in between now and then.
    expect(statements.stop()).toBeLessThan(40);
    for (const { seen } of streams) expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('of 500 operations that are idle cost next to no statements', async () => {
    const ids = await Promise.all(Array.from({ length: 500 }, () => operation()));
    const streams = ids.map((id) => follow(id));
    await waitFor(() => expect(streams.every(({ seen }) => seen.length === 1)).toBe(true));
    expect(await openStreams('events')).toBe(ids.length);
    const statements = countStatements(api.app, /operation|api_tokens/);
    await waitFor(() => expect(statements.matching(/last_seq/)).toBeGreaterThanOrEqual(2));
    expect(statements.stop()).toBeLessThan(20);
    await Promise.all(ids.map((id) => append(id, 'SUCCEEDED')));
    await Promise.all(streams.map(({ ended }) => ended));
    for (const { seen } of streams) expect(seen).toEqual(['1', '2']);
    expect(await openStreams('events')).toBe(0);
  });

  it('that have ended answer 204 when asked again, so that EventSource clients stop; subscriptions complete', async () => {
    const id = await operation();
    await append(id, 'SUCCEEDED');
    const asked = async (lastEventId: string) => {
      const answer = await api.client.rest('GET', eventsOf(id), { headers: { 'last-event-id': lastEventId } });
      return [answer.status, answer.body === undefined];
    };
    expect(await asked('2')).toEqual([204, true]);
    expect(await asked('3')).toEqual([204, true]);
    expect(await asked('1')).toEqual([200, false]);
    const answer = await api.client.rest('GET', `${eventsOf(id)}?after=2`);
    expect(answer.status).toBe(204);
    const results = api.client.subscribe(
      'subscription ($id: ID!, $after: Int) { operationEvents(id: $id, after: $after) { id: seq } }',
      { id, after: 2 },
    );
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });
});

describe('10.21 readers who leave early', () => {
  it('leave no stream behind, at whatever moment', async () => {
    const id = await operation();
    const leaving = Array.from({ length: 100 }, async (_, index) => {
      const left = new AbortController();
      const headers = { authorization: `Bearer ${api.tokens.admin}` };
      const answer = fetch(`${api.client.url}${eventsOf(id)}`, { headers, signal: left.signal });
      for (let turn = 0; turn < index % 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (index % 4 === 0) await answer;
      left.abort();
      await answer.catch(() => undefined);
    });
    await Promise.all(leaving);
    await waitFor(async () => expect(await openStreams('events')).toBe(0));
  });
});

async function openStreams(kind: string): Promise<number> {
  const { body } = await api.client.rest<string>('GET', '/metrics');
  return Number(new RegExp(`^node_steward_open_streams\\{kind="${kind}"\\} (\\d+)`, 'm').exec(body)?.[1]);
}
