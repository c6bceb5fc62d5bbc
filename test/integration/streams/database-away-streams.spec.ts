import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { WebSocket } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import type { HttpClient } from '../../support/http-client.js';
import { callerWith } from '../../support/operations-worker.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

const KINDS = ['operation', 'kubeletConfigChange', 'maintenanceRun', 'approvalRequest'] as const;
type Kind = (typeof KINDS)[number];
const PATHS: Record<Kind, string> = {
  operation: 'operations',
  kubeletConfigChange: 'kubelet-config-changes',
  maintenanceRun: 'maintenance-runs',
  approvalRequest: 'approval-requests',
};
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };

let server: PostgresServer;
let cluster: SimulatedCluster;
let api: ApiApp;
let operator: HttpClient;
let database: string;
let thaw: (() => unknown) | undefined;
/** Things that nobody moves: there is no worker. */
let ids: Record<Kind, string>;

beforeAll(async () => {
  [server, cluster] = await Promise.all([PostgresServer.start(), startTestCluster()]);
  ({ url: database } = await server.createDatabase());
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: database });
  operator = api.client.as(api.tokens.operator);
  ids = await makeThings();
});
afterEach(async () => {
  await thaw?.();
  thaw = undefined;
  await waitFor(async () => expect((await api.client.rest('GET', '/api/v1/operations')).status).toBe(200));
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
  await server?.stop();
});

async function makeThings(): Promise<Record<Kind, string>> {
  const make = async (path: string, body: object) => {
    const answer = await operator.rest('POST', path, { body: { reason: 'test', ...body } });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body;
  };
  const rules = [{ id: 'all', groups: ['approvers'], count: 1, when: { kinds: ['MAINTENANCE_RUN'] } }];
  const policy = { body: { rules, ...TTLS }, headers: { 'if-match': '*' } };
  expect((await api.client.rest('PUT', '/api/v1/approval-policies', policy)).status).toBe(200);
  const run = await make('/api/v1/clusters/demo/maintenance-runs', { nodes: ['worker-2'], action: 'CORDON' });
  const patch = { containerLogMaxSize: '50Mi' };
  const change = await make('/api/v1/kubelet-config-changes', { cluster: 'demo', nodes: ['worker-1'], patch });
  const operation = await runningOperation();
  return { operation, kubeletConfigChange: change.id, maintenanceRun: run.id, approvalRequest: run.approvalId };
}

async function runningOperation(): Promise<string> {
  const id = randomUUID();
  await query(
    `INSERT INTO operations (id, type, cluster, node_name, node_uid, node_labels, state, reason, actor_id, caller, created_at)
     VALUES ($1::uuid, 'CORDON', 'demo', 'worker-1', $1::uuid::text, '{}', 'RUNNING', 'test', 'token:test', $2, now())`,
    [id, JSON.stringify(callerWith())],
  );
  return id;
}

async function query(statement: string, parameters: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(statement, parameters);
  await client.end();
}

async function openStreams(kind: string): Promise<number> {
  const { body } = await api.client.rest<string>('GET', '/metrics');
  return Number(new RegExp(`^node_steward_open_streams\\{kind="${kind}"\\} (\\d+)`, 'm').exec(body)?.[1]);
}

/** The code of the error that a stream ended with, or its last event. */
async function streamEnding(kind: Kind): Promise<unknown> {
  let last: unknown;
  for await (const { event, data } of api.client.sse(`/api/v1/${PATHS[kind]}/${ids[kind]}/events`)) {
    last = event === 'error' ? JSON.parse(data).code : event;
  }
  return last;
}

async function subscriptionEnding(kind: Kind): Promise<unknown> {
  const document = `subscription ($id: ID!) { ${kind}Events(id: $id) { __typename } }`;
  let last: unknown;
  try {
    for await (const result of api.client.subscribe(document, { id: ids[kind] })) last = result;
  } catch (error) {
    last = { errors: error };
  }
  const { errors } = last as { errors?: { extensions?: { code?: string } }[] };
  return errors?.[0]?.extensions?.code ?? last;
}

/** Signs in over a socket and says how it was closed. */
function signIn(token: string): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(`${api.client.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  });
  return new Promise((resolve) =>
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason: String(reason) })),
  );
}

describe('10.5 while the database is away', () => {
  it('a socket that signs in is closed with 1013, to try again later, and says DATABASE_UNAVAILABLE', async () => {
    const body = { name: 'unseen', bindings: [{ role: 'viewer', clusters: ['*'] }] };
    const made = await api.client.rest('POST', '/api/v1/api-tokens', { body });
    thaw = server.freeze();
    expect(await signIn(made.body.token)).toEqual({
      code: 1013,
      reason: expect.stringMatching(/^DATABASE_UNAVAILABLE: The database can not be used now/),
    });
  });

  it('10.16 a stream that needs no database ends when its token expires, and says so', async () => {
    const bindings = [
      { role: 'log-reader', clusters: ['*'] },
      { role: 'operator', clusters: ['*'] },
    ];
    const made = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'short', bindings } });
    await query(`UPDATE api_tokens SET expires_at = clock_timestamp() + interval '5 s' WHERE id = $1`, [made.body.id]);
    const path = '/api/v1/clusters/demo/nodes/worker-1/logs?follow=true';
    const events = api.client.sse(path, { token: made.body.token });
    let last: unknown;
    const read = (async () => {
      for await (const { event, data } of events) last = event === 'error' ? JSON.parse(data).code : event;
    })();
    await waitFor(async () => expect(await openStreams('events')).toBe(1));
    thaw = server.freeze();
    await read;
    expect(last).toBe('UNAUTHENTICATED');
  }, 120_000);

  it.each(['frozen', 'cut off'])('every stream and subscription ends with DATABASE_UNAVAILABLE: %s', async (how) => {
    const streams = Promise.all(KINDS.map(streamEnding));
    const subscriptions = Promise.all(KINDS.map(subscriptionEnding));
    await waitFor(async () => expect([await openStreams('events'), await openStreams('subscription')]).toEqual([4, 4]));
    thaw = how === 'frozen' ? server.freeze() : await refuseConnections();
    expect(await streams).toEqual(KINDS.map(() => 'DATABASE_UNAVAILABLE'));
    expect(await subscriptions).toEqual(KINDS.map(() => 'DATABASE_UNAVAILABLE'));
  });
});

/** Ends all connections and lets nobody in, until the returned function is called. */
async function refuseConnections(): Promise<() => Promise<void>> {
  const name = new URL(database).pathname.slice(1);
  const other = new pg.Client({ connectionString: database.replace(/\/\w+$/, '/postgres') });
  await other.connect();
  await other.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await other.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  return async () => {
    await other.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await other.end();
  };
}
