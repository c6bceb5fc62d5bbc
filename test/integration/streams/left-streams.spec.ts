import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { ReadEndings } from '../../../src/features/nodes/application/logs/read-endings.service.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { type Asked, leaveAnswer, leaveSubscription, MOMENTS } from '../../support/leaving-readers.js';
import { callerWith } from '../../support/operations-worker.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { TcpLink } from '../../support/tcp-link.js';
import { waitFor } from '../../support/wait-for.js';

interface PodLike {
  metadata: { name: string; namespace: string };
  spec: { nodeName: string };
  status: { phase: string };
}

const SSE = { accept: 'text/event-stream' };
const INTENTS = '/api/v1/audit-events?dangling=true';

let cluster: SimulatedCluster;
let api: ApiApp;
let pool: pg.Pool;
let link: TcpLink;
let pod: PodLike;
let ids: { operation: string; run: string; change: string };
const warnings: Error[] = [];
const warned = (warning: Error) => warnings.push(warning);

beforeAll(async () => {
  process.on('warning', warned);
  cluster = await startTestCluster();
  const { url } = await testDatabase();
  link = await TcpLink.to(url);
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: link.urlOf(url) });
  pool = new pg.Pool({ connectionString: url, max: 2 });
  const pods = cluster.store.list('Pod') as unknown as PodLike[];
  pod = pods.find(({ status, spec }) => status.phase === 'Running' && spec.nodeName?.startsWith('worker')) as PodLike;
  ids = { operation: randomUUID(), run: await startRun(), change: await startChange() };
  await pool.query(
    `INSERT INTO operations (id, type, cluster, node_name, node_uid, node_labels, state, reason, actor_id, caller, created_at)
     VALUES ($1::uuid, 'CORDON', 'demo', 'worker-1', $1::uuid::text, '{}', 'RUNNING', 'test', 'token:test', $2, now())`,
    [ids.operation, JSON.stringify(callerWith())],
  );
  await pool.query(
    `INSERT INTO operation_events (operation_id, seq, type, message, data, at) VALUES ($1, 1, 'STEP', 'a step', '{}', now())`,
    [ids.operation],
  );
  await pool.query('UPDATE operations SET last_seq = 1 WHERE id = $1', [ids.operation]);
});
afterAll(async () => {
  process.off('warning', warned);
  await api?.close();
  await link?.close();
  await pool?.end();
  await cluster?.close();
});

async function startRun(): Promise<string> {
  const body = { reason: 'test', action: 'CORDON', nodes: ['worker-2'] };
  const { status, body: run } = await api.client.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
  expect(status, JSON.stringify(run)).toBe(202);
  return run.id;
}

async function startChange(): Promise<string> {
  const body = { cluster: 'demo', nodes: ['worker-2'], patch: { maxPods: 90 }, reason: 'test' };
  const { status, body: change } = await api.client.rest('POST', '/api/v1/kubelet-config-changes', { body });
  expect(status, JSON.stringify(change)).toBe(201);
  const submitted = await api.client.rest('POST', `/api/v1/kubelet-config-changes/${change.id}/submit`);
  expect(submitted.status, JSON.stringify(submitted.body)).toBe(200);
  return change.id;
}

/** Every answer over HTTP that goes on, as its end can be waited for. Those that end by an event do at the end of the test. */
function answers(): Record<string, Asked> {
  const node = `/api/v1/clusters/demo/nodes/${pod.spec.nodeName}/logs`;
  const ofPod = `/api/v1/clusters/demo/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/logs`;
  const query = (text: string): Asked => ({
    method: 'POST',
    path: '/graphql',
    body: { query: `{ ${text} { endedBy } }` },
  });
  const cordon = '/api/v1/clusters/demo/nodes/worker-1/cordon?wait=1';
  return {
    'events of an operation': { path: `/api/v1/operations/${ids.operation}/events`, headers: SSE },
    'events of a run': { path: `/api/v1/maintenance-runs/${ids.run}/events`, headers: SSE },
    'events of a change': { path: `/api/v1/kubelet-config-changes/${ids.change}/events`, headers: SSE },
    'node log': { path: node },
    'node log as events': { path: node, headers: SSE },
    'node log followed': { path: `${node}?follow=true&limitSeconds=2` },
    'node log followed as events': { path: `${node}?follow=true&limitSeconds=2`, headers: SSE },
    'pod log': { path: ofPod },
    'pod log as events': { path: ofPod, headers: SSE },
    'pod log followed': { path: `${ofPod}?follow=true&limitSeconds=2` },
    'pod log followed as events': { path: `${ofPod}?follow=true&limitSeconds=2`, headers: SSE },
    'wait for an operation': { path: `/api/v1/operations/${ids.operation}?wait=1` },
    'start with a wait': {
      method: 'POST',
      path: cordon,
      headers: { 'idempotency-key': 'once' },
      body: { reason: 'test' },
    },
    'node log by GraphQL': query(`nodeLog(cluster: "demo", node: "${pod.spec.nodeName}")`),
    'pod log by GraphQL': query(
      `podLog(cluster: "demo", namespace: "${pod.metadata.namespace}", pod: "${pod.metadata.name}")`,
    ),
  };
}

function subscriptions(): Record<string, string> {
  const { namespace, name } = pod.metadata;
  return {
    operationEvents: `subscription { operationEvents(id: "${ids.operation}") { type } }`,
    maintenanceRunEvents: `subscription { maintenanceRunEvents(id: "${ids.run}") { type } }`,
    kubeletConfigChangeEvents: `subscription { kubeletConfigChangeEvents(id: "${ids.change}") { type } }`,
    nodeLogLines: `subscription { nodeLogLines(cluster: "demo", node: "${pod.spec.nodeName}", limitSeconds: 2) { endedBy } }`,
    podLogLines: `subscription { podLogLines(cluster: "demo", namespace: "${namespace}", pod: "${name}", limitSeconds: 2) { endedBy } }`,
  };
}

const authorized = (asked: Asked): Asked => ({
  ...asked,
  headers: { ...asked.headers, authorization: `Bearer ${api.tokens.admin}` },
});
/** Only these end while nothing happens. */
const ends = (name: string) => !/^events of|Events$/.test(name);

async function leaveAll(moments: typeof MOMENTS): Promise<void> {
  const { url } = api.client;
  const authorization = `Bearer ${api.tokens.admin}`;
  for (const moment of moments) {
    const possible = ([name]: [string, unknown]) => moment !== 'end' || ends(name);
    const overHttp = Object.entries(answers())
      .filter(possible)
      .map(([, asked]) => leaveAnswer(url, authorized(asked), moment));
    const overSockets = Object.entries(subscriptions())
      .filter(possible)
      .flatMap(([, query]) =>
        [false, true].map((again) => leaveSubscription(url, { authorization, query }, moment, again)),
      );
    const [statuses, messages] = await Promise.all([Promise.all(overHttp), Promise.all(overSockets)]);
    if (moment !== 'end' && moment !== 'data') continue;
    // Those who stay to see something do.
    expect(statuses.filter((status) => status !== 200 && status !== 202)).toEqual([]);
    expect(messages.filter((received) => !received.includes('next'))).toEqual([]);
  }
}

async function openStreams(): Promise<Record<string, number>> {
  const { body } = await api.client.rest<string>('GET', '/metrics');
  const found = [...body.matchAll(/^node_steward_open_streams\{kind="(\w+)"\} (\d+)/gm)];
  return Object.fromEntries(found.map(([, kind, count]) => [kind, Number(count)]));
}

const NOTHING_OPEN = { events: 0, text: 0, socket: 0, subscription: 0 };

/** Requests to a kubelet, and for logs to the API server, that go on. */
function openReads(): number {
  const nodes = cluster.store.list('Node').map(({ metadata }) => cluster.kubelets.server(metadata.name));
  const kubelets = nodes.reduce((sum, server) => sum + (server?.openRequests ?? 0), 0);
  const { recent } = cluster.api.requests;
  return kubelets + recent.filter(({ subresource, code }) => /log|proxy/.test(subresource) && code === 0).length;
}

/** The simulated cluster's timers come and go. Of each reader who leaves one behind there would be dozens. */
const CLUSTER_TIMERS = 8;
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

async function nothingIsLeft(timersBefore: number): Promise<void> {
  await waitFor(async () => expect(await openStreams()).toEqual(NOTHING_OPEN));
  await waitFor(() => expect(openReads()).toBe(0));
  await waitFor(async () =>
    expect((await api.client.rest('GET', `${INTENTS}&action=node.logs.read`)).body.items).toEqual([]),
  );
  await waitFor(async () =>
    expect((await api.client.rest('GET', `${INTENTS}&action=pod.logs.read`)).body.items).toEqual([]),
  );
  await waitFor(() => expect(timers()).toBeLessThanOrEqual(timersBefore + CLUSTER_TIMERS));
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
}

describe('10.21 readers who leave early', () => {
  it('leave nothing behind, whatever they read and whenever they go', async () => {
    await leaveAll(['data']);
    await nothingIsLeft(Number.POSITIVE_INFINITY);
    const before = timers();
    await leaveAll(MOMENTS);
    await nothingIsLeft(before);
  }, 300_000);

  it('leave no request behind at a kubelet that does not answer', async () => {
    await cluster.kubelets.control(pod.spec.nodeName, { fault: { kind: 'hang' } });
    const before = timers();
    await leaveAll([3, 20, 40, 80]);
    await nothingIsLeft(before);
    await cluster.kubelets.control(pod.spec.nodeName, { fault: null });
  }, 300_000);

  it('that are there when what they follow ends, leave nothing behind', async () => {
    const events = Object.entries({ ...answers() }).filter(([name]) => name === 'events of an operation');
    const readers = events.map(([, asked]) => leaveAnswer(api.client.url, authorized(asked), 'end'));
    const results = api.client.subscribe(subscriptions().operationEvents as string);
    const reads = (async () => {
      for await (const _ of results);
    })();
    await waitFor(async () => expect(await openStreams()).toMatchObject({ events: 1, subscription: 1 }));
    await pool.query(`UPDATE operations SET state = 'SUCCEEDED' WHERE id = $1`, [ids.operation]);
    await pool.query(`SELECT pg_notify('node_steward_operation_events', $1)`, [ids.operation]);
    expect(await Promise.all(readers)).toEqual([200]);
    await reads;
    await waitFor(async () => expect(await openStreams()).toEqual(NOTHING_OPEN));
  });
});

describe('10.21 the end of a read', () => {
  const intent = async () => {
    const { rows } = await pool.query(
      `SELECT id, (SELECT outcome FROM audit_events o WHERE o.intent_id = i.id) AS outcome,
         (SELECT after->>'endedBy' FROM audit_events o WHERE o.intent_id = i.id) AS ended
       FROM audit_events i WHERE kind = 'INTENT' AND action = 'pod.logs.read' ORDER BY at DESC, id DESC LIMIT 1`,
    );
    return rows[0] as { id: string; outcome: string | null; ended: string | null };
  };

  it('that comes while the database is away is recorded when it is back, and the reader gets all', async () => {
    const { 'pod log followed': asked } = answers();
    const reading = leaveAnswer(api.client.url, authorized(asked as Asked), 'end');
    await waitFor(async () => expect(await openStreams()).toMatchObject({ text: 1 }));
    await link.cut();
    expect(await reading).toBe(200);
    expect((await intent()).outcome).toBeNull();
    await link.restore();
    await waitFor(async () => expect(await intent()).toMatchObject({ outcome: 'SUCCEEDED', ended: 'LIMIT_SECONDS' }));
  }, 120_000);

  it('of a process that died is found when the time of the read is over, not before', async () => {
    const endings = api.app.get(ReadEndings, { strict: false });
    const add = async (at: string) => {
      const { rows } = await pool.query(
        `INSERT INTO audit_events SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'at', now() - $1::interval))).*
         FROM audit_events e WHERE id = $2 RETURNING id`,
        [at, (await intent()).id],
      );
      return rows[0].id as string;
    };
    const outcome = async (id: string) =>
      (await pool.query('SELECT outcome FROM audit_events WHERE intent_id = $1', [id])).rows[0]?.outcome;
    const [running, dead] = [await add('1 minute'), await add('11 minutes')];
    await endings.endAbandoned();
    expect([await outcome(running), await outcome(dead)]).toEqual([undefined, 'UNKNOWN']);
  });
});
