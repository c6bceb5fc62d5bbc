import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const LONG_NAME = 'c'.repeat(2_000);

describe('10.13 in production', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    api = await startApiApp(cluster.kubeconfigPath, { NODE_ENV: 'production' });
  });
  afterAll(async () => {
    await api?.close();
    await cluster?.close();
  });

  /** The first error of a subscription, as text. */
  async function overSocket(query: string): Promise<string> {
    const socket = new WebSocket(`${api.client.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const send = (message: object) => socket.send(JSON.stringify(message));
    const answered = new Promise<string>((resolve, reject) => {
      socket.addEventListener('close', ({ code }) => reject(new Error(`closed: ${code}`)));
      socket.addEventListener('message', ({ data }) => {
        const { type } = JSON.parse(String(data)) as { type: string };
        if (type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query } });
        if (type === 'error') resolve(String(data));
      });
    });
    socket.addEventListener('open', () =>
      send({ type: 'connection_init', payload: { authorization: `Bearer ${api.tokens.admin}` } }),
    );
    return answered.finally(() => socket.close());
  }

  const SUGGESTED = /Did you mean|\bnodes\b|\boperationEvents\b/;

  it('no error suggests the name of a field: REST, GraphQL over HTTP and over a socket', async () => {
    const path = '/api/v1/clusters/demo/nodes/worker-1/cordon';
    const rest = await api.client.rest('POST', path, { body: { reasn: 'typo', reason: 'test' } });
    expect(rest.status).toBe(400);
    const http = await api.client.rest('POST', '/graphql', { body: { query: '{ nods(cluster: "demo") { id } }' } });
    const socket = await overSocket('subscription { operationEvent(id: "1") { id } }');
    for (const text of [JSON.stringify(rest.body), JSON.stringify(http.body), socket]) {
      expect(text).toMatch(/reasn|nods|operationEvent/);
      expect(text).not.toMatch(SUGGESTED);
    }
  });

  it.each([
    ['cordonNode', 'CordonNodeInput', { node: 'worker-1' }],
    ['startMaintenanceRun', 'StartMaintenanceRunInput', { action: 'CORDON', nodes: ['worker-1'] }],
  ])('a denied %s leaves a record, however long the name of the cluster', async (mutation, type, more) => {
    const { body: made } = await api.client.rest('POST', '/api/v1/api-tokens', {
      body: { name: 'denied', bindings: [{ role: 'viewer', clusters: ['*'] }] },
    });
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`;
    const input = { cluster: LONG_NAME, reason: 'test', ...more };
    const { data, errors } = await api.client.graphql(query, { input }, { token: made.token });
    const code = errors[0]?.extensions.code ?? data[mutation].userErrors[0].code;
    expect(
      ['FORBIDDEN', 'NOT_FOUND', 'CLUSTER_NOT_FOUND', 'VALIDATION_FAILED'],
      JSON.stringify([data, errors]),
    ).toContain(code);
    // What is refused by its form has been decided by nobody.
    if (code === 'VALIDATION_FAILED') return;
    const { body: trail } = await api.client.rest('GET', `/api/v1/audit-events?actor=token:${made.id}&kind=DENIED`);
    expect(trail.items, code).toHaveLength(1);
  });
});
