import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { KubeObject } from '../../../packages/simulated-cluster/src/store/kube-object.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

const NODE = 'worker-1';
let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  await waitFor(async () =>
    expect((await api.client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('LIVE'),
  );
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const list = async (query: string) => (await api.client.rest('GET', `/api/v1/clusters/demo/nodes${query}`)).body;
const stored = () => cluster.store.get('Node', undefined, NODE) as KubeObject;

describe('a list that was asked for before', () => {
  it('shows a condition that changed, though it neither filters nor sorts by it', async () => {
    const of = async () =>
      (await list('?sort=name')).items
        .find(({ name }: { name: string }) => name === NODE)
        .conditions.find(({ type }: { type: string }) => type === 'DiskPressure');
    expect(await of()).toMatchObject({ status: 'False' });
    const { status } = stored();
    const conditions = status?.conditions.map((each: { type: string }) =>
      each.type === 'DiskPressure' ? { ...each, status: 'True', message: 'full' } : each,
    );
    cluster.store.update('Node', { ...stored(), status: { ...status, conditions } });
    await waitFor(async () => expect(await of()).toMatchObject({ status: 'True', message: 'full' }));
  });

  it('follows labels, cordons and removals', async () => {
    const names = async (query: string) => (await list(query)).items.map(({ name }: { name: string }) => name);
    expect(await names('?labelSelector=colour%3Dblue')).toEqual([]);
    expect(await names('?status=SchedulingDisabled')).not.toContain(NODE);
    const { metadata, spec } = stored();
    const labels = { ...metadata.labels, colour: 'blue' };
    cluster.store.update('Node', {
      ...stored(),
      metadata: { ...metadata, labels },
      spec: { ...spec, unschedulable: true },
    });
    await waitFor(async () => expect(await names('?labelSelector=colour%3Dblue')).toEqual([NODE]));
    expect(await names('?status=SchedulingDisabled')).toContain(NODE);
    await api.client.rest('GET', '/api/v1/clusters/demo/nodes?sort=-podCount');
    cluster.store.delete('Node', undefined, NODE);
    await waitFor(async () => expect(await names('?sort=-podCount')).not.toContain(NODE));
  });
});
