import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { WatchCredentials } from '../../../src/features/access/application/watch-credentials.service.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { callerWith } from '../../support/operations-worker.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

interface PodLike {
  metadata: { name: string; namespace: string };
  spec: { nodeName?: string };
  status: { phase: string };
}

let cluster: SimulatedCluster;
let first: ApiApp;
let second: ApiApp;
let pool: pg.Pool;
let operation: string;
let pod: PodLike;
let paths: string[];

beforeAll(async () => {
  cluster = await startTestCluster();
  const { url } = await testDatabase();
  first = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: url });
  second = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: url });
  // The second start made new seed tokens, which the first one knows as well.
  first.client.as(second.tokens.admin);
  pool = new pg.Pool({ connectionString: url, max: 2 });
  operation = await queued();
  const pods = cluster.store.list('Pod') as unknown as PodLike[];
  pod = pods.find(({ status, spec }) => status.phase === 'Running' && spec.nodeName?.startsWith('worker')) as PodLike;
  paths = [
    `/api/v1/operations/${operation}/events`,
    `/api/v1/clusters/demo/nodes/${pod.spec.nodeName}/logs?follow=true`,
    `/api/v1/clusters/demo/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/logs?follow=true`,
  ];
});
afterAll(async () => {
  await first?.close();
  await second?.close();
  await pool?.end();
  await cluster?.close();
});

/** Of another node each time; no worker runs, so that it goes on. */
async function queued(): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO operations (id, type, cluster, node_name, node_uid, node_labels, state, reason, actor_id, caller, created_at)
     VALUES ($1::uuid, 'CORDON', 'demo', 'worker-1', $1::uuid::text, '{}', 'RUNNING', 'test', 'token:test', $2, now())`,
    [id, JSON.stringify(callerWith())],
  );
  return id;
}

interface Token {
  id: string;
  text: string;
}

async function makeToken(more: Record<string, unknown> = {}): Promise<Token> {
  const body = { name: 'streams', actorType: 'bot', bindings: [{ role: 'log-reader', clusters: ['*'] }], ...more };
  body.bindings = [...(body.bindings as unknown[]), { role: 'operator', clusters: ['*'] }] as never;
  const answer = await first.client.rest('POST', '/api/v1/api-tokens', { body, token: second.tokens.admin });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { id: answer.body.id, text: answer.body.token };
}

/** The code of the error event, or how else the stream ended. */
async function ending(path: string, token: string, accept: string, begun: () => void): Promise<string> {
  const answer = await fetch(`${second.client.url}${path}`, { headers: { authorization: `Bearer ${token}`, accept } });
  begun();
  if (answer.status !== 200) return `status ${answer.status}`;
  let text = '';
  try {
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? [])
      text = (text + chunk).slice(-2000);
  } catch {
    return 'cut';
  }
  return /event: error\ndata: .*"code":"(\w+)"/.exec(text)?.[1] ?? 'ended';
}

/** A graphql-ws connection with one subscription, spoken by hand to see what comes back. */
function openSocket(token: string) {
  const socket = new WebSocket(`${second.client.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const received: Record<string, unknown>[] = [];
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  const query = `subscription { operationEvents(id: "${operation}") { seq } }`;
  const subscribe = (id: string) => socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  });
  const acknowledged = new Promise<void>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data));
      received.push(message);
      if (message.type !== 'connection_ack') return;
      subscribe('1');
      resolve();
    });
  });
  return { closed, subscribe, acknowledged, received };
}

const cases: [string, (token: Token) => Promise<unknown>, string, number][] = [
  [
    'revoked, on another process',
    ({ id }) => first.client.rest('DELETE', `/api/v1/api-tokens/${id}`, { token: second.tokens.admin }),
    'UNAUTHENTICATED',
    4401,
  ],
  [
    'rotated without overlap, on another process',
    ({ id }) =>
      first.client.rest('POST', `/api/v1/api-tokens/${id}/rotations`, {
        token: second.tokens.admin,
        body: { overlapSeconds: 0 },
      }),
    'UNAUTHENTICATED',
    4401,
  ],
  [
    'rotated, when the overlap is over',
    ({ id }) =>
      first.client.rest('POST', `/api/v1/api-tokens/${id}/rotations`, {
        token: second.tokens.admin,
        body: { overlapSeconds: 1 },
      }),
    'UNAUTHENTICATED',
    4401,
  ],
  [
    'expired by hand',
    ({ id }) => pool.query('UPDATE api_tokens SET expires_at = now() WHERE id = $1', [id]),
    'UNAUTHENTICATED',
    4401,
  ],
  ['deleted by hand', ({ id }) => pool.query('DELETE FROM api_tokens WHERE id = $1', [id]), 'UNAUTHENTICATED', 4401],
  [
    'bound to other addresses',
    ({ id }) => pool.query(`UPDATE api_tokens SET cidrs = '{10.0.0.0/8}' WHERE id = $1`, [id]),
    'UNAUTHENTICATED',
    4401,
  ],
  [
    're-scoped',
    ({ id }) =>
      pool.query(`UPDATE api_tokens SET bindings = '[{"role": "viewer", "clusters": ["other"]}]' WHERE id = $1`, [id]),
    'FORBIDDEN',
    4403,
  ],
];

describe('10.16 streams and sockets of a credential', () => {
  it.each(cases)('%s: all end at once, with a word why', async (_name, change, code, closeCode) => {
    const token = await makeToken();
    const socket = openSocket(token.text);
    let begun = 0;
    const note = () => {
      begun += 1;
    };
    const events = paths.map((path) => ending(path, token.text, 'text/event-stream', note));
    const texts = paths.slice(1).map((path) => ending(path, token.text, 'text/plain', note));
    await socket.acknowledged;
    await waitFor(() => expect(begun).toBe(events.length + texts.length));
    await change(token);
    expect(await Promise.all(events)).toEqual(events.map(() => code));
    expect(await Promise.all(texts)).toEqual(texts.map(() => 'cut'));
    expect(await socket.closed).toBe(closeCode);
  });

  it.each(cases.filter(([name]) => /^(revoked|expired|re-scoped)/.test(name)))(
    '%s: waits and log queries of GraphQL end at once, with a word why',
    async (_name, change, code) => {
      const token = await makeToken();
      const { namespace, name } = pod.metadata;
      const node = pod.spec.nodeName as string;
      await cluster.kubelets.control(node, { fault: { kind: 'hang' } });
      const rest = (method: string, path: string) =>
        second.client
          .rest(method, path, { token: token.text, body: method === 'POST' ? { reason: 'test' } : undefined })
          .then(({ status, body }) => [status, body.code]);
      const query = (field: string) =>
        second.client
          .graphql(`{ ${field} { endedBy } }`, {}, { token: token.text })
          .then(({ errors }) => errors[0]?.extensions.code);
      const watches = second.app.get(WatchCredentials, { strict: false });
      const asked = [
        rest('GET', `/api/v1/operations/${operation}?wait=60`),
        rest('POST', `/api/v1/operations/${await queued()}/cancel?wait=60`),
        query(`nodeLog(cluster: "demo", node: "${node}")`),
        query(`podLog(cluster: "demo", namespace: "${namespace}", pod: "${name}")`),
      ];
      await waitFor(() => expect(watches.size).toBe(asked.length));
      await change(token);
      const status = code === 'UNAUTHENTICATED' ? 401 : 403;
      expect(await Promise.all(asked)).toEqual([[status, code], [status, code], code, code]);
      expect(watches.size).toBe(0);
      await cluster.kubelets.control(node, { fault: null });
      const ends = await pool.query(
        `SELECT DISTINCT after->>'endedBy' AS by FROM audit_events WHERE kind = 'OUTCOME' AND action LIKE '%.logs.read' AND actor_id = $1`,
        [`token:${token.id}`],
      );
      expect(ends.rows).toEqual([{ by: 'CREDENTIAL_EXPIRED' }]);
    },
    60_000,
  );

  it('an open socket starts no subscription on a credential that is over', async () => {
    const token = await makeToken();
    const socket = openSocket(token.text);
    await socket.acknowledged;
    await first.client.rest('DELETE', `/api/v1/api-tokens/${token.id}`, { token: second.tokens.admin });
    socket.subscribe('2');
    expect(await socket.closed).toBe(4401);
    expect(socket.received.filter(({ id, type }) => id === '2' && type === 'next')).toEqual([]);
  });

  it('goes on while the credential holds, also through a rotation that overlaps', async () => {
    const token = await makeToken();
    const left = new AbortController();
    const stream = second.client.sse(paths[0] as string, { token: token.text, signal: left.signal });
    const next = stream.next();
    const body = { overlapSeconds: 600 };
    await first.client.rest('POST', `/api/v1/api-tokens/${token.id}/rotations`, { token: second.tokens.admin, body });
    await pool.query('UPDATE api_tokens SET last_used_at = now() WHERE id = $1', [token.id]);
    await pool.query(
      `WITH next AS (UPDATE operations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq)
       INSERT INTO operation_events (operation_id, seq, type, message, data, at)
       SELECT $1, last_seq, 'STEP', 'step', '{}', now() FROM next`,
      [operation],
    );
    await pool.query(`SELECT pg_notify('node_steward_operation_events', $1)`, [operation]);
    expect((await next).value).toMatchObject({ event: 'step' });
    left.abort();
  });
});
