import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { eventually } from '../../support/cluster-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster?.close());

/** No worker runs, so that it never ends. */
async function cordonOf(api: ApiApp, query = ''): Promise<Response> {
  const url = new URL(`/api/v1/clusters/demo/nodes/worker-1/cordon${query}`, api.client.url);
  const headers = { authorization: `Bearer ${api.tokens.admin}`, 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ reason: 'test' }) });
}

describe('an API process that stops', () => {
  it('10.10 ends every wait with the operation as it is and Retry-After, and every stream in order', async () => {
    const api = await startApiApp(cluster.kubeconfigPath);
    const started = cordonOf(api, '?wait=60');
    const id = await eventually(async () => {
      const { body } = await api.client.rest('GET', '/api/v1/operations');
      return body.items[0]?.id as string | undefined;
    }, 'the operation');
    const events = api.client.sse(`/api/v1/operations/${id}/events`);
    await events.next();
    const socket = api.client.subscribe(`subscription { operationEvents(id: "${id}") { type } }`);
    await socket.next();
    const polled = api.client.rest('GET', `/api/v1/operations/${id}?wait=60`);
    const rest = (async () => {
      for await (const _event of events);
    })();
    const subscription = (async () => {
      for await (const _result of socket);
    })().catch((error: { code?: number }) => error.code);
    await api.close();
    const [posted, got] = await Promise.all([started, polled]);
    expect([posted.status, posted.headers.get('retry-after')]).toEqual([202, '1']);
    expect(await posted.json()).toMatchObject({ id, state: 'QUEUED' });
    expect([got.status, got.headers.get('retry-after'), got.body.state]).toEqual([200, '1', 'QUEUED']);
    await rest;
    expect(await subscription).toBe(1001);
  });
});

describe('another protocol', () => {
  let api: ApiApp;
  beforeAll(async () => {
    api = await startApiApp(cluster.kubeconfigPath);
  });
  afterAll(() => api?.close());

  it.each([
    ['/', 'websocket'],
    ['/api/v1/operations', 'websocket'],
    ['/healthz', 'h2c'],
    ['/graphql', 'h2c'],
    ['/graphqlx', 'websocket'],
    ['/subscriptions', 'websocket'],
    ['/api/v1/operations', 'TLS/1.0'],
  ])('10.10 is refused at once, and the connection closed: %s as %s', async (path, protocol) => {
    const { port } = new URL(api.client.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4(00|26) /);
  });
});
