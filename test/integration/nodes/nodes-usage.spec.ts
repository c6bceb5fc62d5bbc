import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

const NODES = '/api/v1/clusters/demo/nodes';
const METRICS = '/apis/metrics.k8s.io/v1beta1/nodes';
const FIGURES = {
  cpuCores: expect.any(Number),
  memoryBytes: expect.any(Number),
  measuredAt: expect.any(String),
  unavailable: null,
};
let cluster: SimulatedCluster;
let api: ApiApp;

async function start(options: Parameters<typeof startTestCluster>[0] = {}) {
  cluster = await startTestCluster(options);
  api = await startApiApp(cluster.kubeconfigPath);
  await waitFor(async () =>
    expect((await api.client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('LIVE'),
  );
}

async function stop() {
  await api?.close();
  await cluster?.close();
}

const callsOfMetrics = () => cluster.api.requests.recent.filter(({ path }) => path.startsWith(METRICS)).length;

describe('usage of nodes', () => {
  beforeAll(() => start());
  afterAll(stop);

  it('is what the metrics API says, alike in both APIs, in lists and in detail', async () => {
    const { body } = await api.client.rest('GET', `${NODES}?usage=true`);
    for (const { usage } of body.items) expect(usage).toEqual(FIGURES);
    const { data, errors } = await api.client.graphql(
      '{ nodes(cluster: "demo") { nodes { name usage { cpuCores memoryBytes measuredAt unavailable } } } }',
    );
    expect(errors).toEqual([]);
    expect(data.nodes.nodes).toEqual(body.items.map(({ name, usage }: never) => ({ name, usage })));
    const [{ name, usage }] = body.items;
    expect((await api.client.rest('GET', `${NODES}/${name}`)).body.usage).toEqual(usage);
    const detail = await api.client.graphql(`{ node(cluster: "demo", name: "${name}") { usage { cpuCores } } }`);
    expect(detail.data.node.usage).toEqual({ cpuCores: usage.cpuCores });
    expect(usage.cpuCores).toBeGreaterThan(0);
    expect(usage.memoryBytes).toBeGreaterThan(600_000 * 1024);
  });

  it('is left out of REST lists that did not ask, and costs one call for all nodes', async () => {
    const before = callsOfMetrics();
    const { body } = await api.client.rest('GET', NODES);
    for (const { usage } of body.items) expect(usage).toBeNull();
    await api.client.rest('GET', `${NODES}?usage=true`);
    expect(callsOfMetrics()).toBeLessThanOrEqual(Math.max(1, before));
  });
});

describe('a cluster without the metrics API', () => {
  beforeAll(async () => {
    await start();
    cluster.faults.set({
      id: 'no-metrics',
      match: { path: METRICS },
      effect: { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' },
    });
  });
  afterAll(stop);

  it('gives the nodes and says why there are no figures', async () => {
    const nothing = { cpuCores: null, memoryBytes: null, measuredAt: null };
    const unavailable = 'The cluster has no metrics API (metrics.k8s.io).';
    const { status, body } = await api.client.rest('GET', `${NODES}?usage=true`);
    expect(status).toBe(200);
    expect(body.items.length).toBeGreaterThan(0);
    for (const { usage } of body.items) expect(usage).toEqual({ ...nothing, unavailable });
    const { data } = await api.client.graphql(
      '{ nodes(cluster: "demo") { nodes { usage { cpuCores unavailable } } } }',
    );
    expect(data.nodes.nodes[0].usage).toEqual({ cpuCores: null, unavailable });
  });
});
