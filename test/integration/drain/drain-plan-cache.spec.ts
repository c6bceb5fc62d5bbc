import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { ClusterCaches } from '../../../src/features/clusters/index.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

it('10.23 a plan reads the pods of its node live and the rest of the cluster from the cache', async () => {
  const caches = api.app.get(ClusterCaches, { strict: false });
  await eventually(() => caches.of('demo').hasPods && caches.of('demo').hasNodes, 30_000);
  const from = cluster.api.requests.recent.length;
  const body = { options: { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true } };
  const { status, body: plan } = await api.client.rest('POST', '/api/v1/clusters/demo/nodes/worker-1/drain-plan', {
    body,
  });
  expect(status).toBe(200);
  const lists = cluster.api.requests.recent.slice(from).filter(({ verb }) => verb === 'list');
  expect(lists.filter(({ resource }) => resource === 'nodes')).toEqual([]);
  expect(lists.filter(({ resource }) => resource === 'pods')).toHaveLength(1);
  const states = plan.nodes[0].pods.map((pod: { replacement: { state: string } }) => pod.replacement.state);
  expect(states).toContain('FITS');
  expect(states).not.toContain('UNKNOWN');
});
