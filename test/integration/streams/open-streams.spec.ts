import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { callerWith } from '../../support/operations-worker.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

const SUBSCRIPTIONS = 100;
const MOST = 110;

let cluster: SimulatedCluster;
let api: ApiApp;
let operation: string;

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'empty', kubelets: false });
  const { url } = await testDatabase();
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: url, MAX_OPEN_STREAMS: String(MOST) });
  operation = randomUUID();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await pool.query(
    `INSERT INTO operations (id, type, cluster, node_name, node_uid, node_labels, state, reason, actor_id, caller, created_at)
     VALUES ($1::uuid, 'CORDON', 'demo', 'worker-1', $1::uuid::text, '{}', 'RUNNING', 'test', 'token:test', $2, now())`,
    [operation, JSON.stringify(callerWith())],
  );
  await pool.end();
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: { extensions: Record<string, unknown>; message: string }[];
}

/** A graphql-ws connection, spoken by hand. */
async function openSocket(token: string) {
  const socket = new WebSocket(`${api.client.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const received: Message[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason: String(reason) })),
  );
  socket.addEventListener('message', ({ data }) => received.push(JSON.parse(String(data)) as Message));
  await new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()));
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const query = `subscription { operationEvents(id: "${operation}") { seq } }`;
  const subscribe = (id: string) => send({ id, type: 'subscribe', payload: { query } });
  return { socket, closed, received, send, subscribe };
}

async function opened(): Promise<Record<string, number>> {
  const { body } = await api.client.rest<string>('GET', '/metrics');
  const found = [...body.matchAll(/^node_steward_open_streams\{kind="(\w+)"\} (\d+)/gm)];
  return Object.fromEntries(found.map(([, kind, count]) => [kind, Number(count)]));
}

describe('10.21 what one principal may have open', () => {
  it('is a hundred subscriptions on one socket, and so many streams and sockets in all', async () => {
    const { socket, received, send, subscribe } = await openSocket(api.tokens.operator);
    await waitFor(() => expect(received).toMatchObject([{ type: 'connection_ack' }]));
    for (let n = 1; n <= SUBSCRIPTIONS; n++) subscribe(`s${n}`);
    await waitFor(async () => expect(await opened()).toMatchObject({ socket: 1, subscription: SUBSCRIPTIONS }));
    subscribe('too-many');
    await waitFor(() => expect(received.some(({ id }) => id === 'too-many')).toBe(true));
    const [refusal] = received.filter(({ id }) => id === 'too-many');
    expect(refusal?.payload?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED' });
    expect(refusal?.payload?.[0]?.message).toContain('up to 100 subscriptions');
    // One that has ended makes room for another.
    send({ id: 's1', type: 'complete' });
    await waitFor(async () => expect(await opened()).toMatchObject({ subscription: SUBSCRIPTIONS - 1 }));
    subscribe('again');
    await waitFor(async () => expect(await opened()).toMatchObject({ subscription: SUBSCRIPTIONS }));

    const path = `/api/v1/operations/${operation}/events`;
    const headers = { authorization: `Bearer ${api.tokens.operator}`, accept: 'text/event-stream' };
    const left = MOST - SUBSCRIPTIONS - 1;
    const leave = new AbortController();
    for (let n = 0; n < left; n++) {
      const { status } = await fetch(`${api.client.url}${path}`, { headers, signal: leave.signal });
      expect(status).toBe(200);
    }
    const refused = await fetch(`${api.client.url}${path}`, { headers });
    const problem = (await refused.json()) as { code: string; detail: string };
    expect([refused.status, problem.code, refused.headers.get('retry-after')]).toEqual([429, 'RATE_LIMITED', '5']);
    expect(problem.detail).toContain(`may have ${MOST}: close some first`);
    const another = await openSocket(api.tokens.operator);
    expect(await another.closed).toEqual({ code: 4429, reason: expect.stringMatching(/^RATE_LIMITED: You have 110/) });
    // Others have their own.
    const stranger = { ...headers, authorization: `Bearer ${api.tokens.admin}` };
    const answer = await fetch(`${api.client.url}${path}`, { headers: stranger, signal: leave.signal });
    expect(answer.status).toBe(200);
    leave.abort();
    await waitFor(async () => expect(await opened()).toMatchObject({ events: 0 }));
    const second = await fetch(`${api.client.url}${path}`, { headers, signal: AbortSignal.timeout(30_000) });
    expect(second.status).toBe(200);
    await second.body?.cancel();
    socket.close();
    await waitFor(async () => expect(await opened()).toEqual({ events: 0, text: 0, socket: 0, subscription: 0 }));
  });
});
