import { afterAll, beforeAll, expect, it } from 'vitest';
import { statefulSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { KubeObject } from '../../../packages/simulated-cluster/src/store/kube-object.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, eventually } from '../../support/workloads.js';

const DRIVER = 'csi.simulation.node-steward.dev';
const NODES = ['full-1', 'full-2'];

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'empty', kubelets: false });
  addNodes(cluster, ...NODES);
  for (const name of NODES) cluster.store.create('CSINode', { metadata: { name }, ...limited(name, 1) });
  const claims = [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ];
  const set = statefulSet({ name: 'data', replicas: 3, claims, podManagementPolicy: 'Parallel' } as never);
  cluster.store.create('StatefulSet', set as never);
  await eventually(() => placed().length === 2 && waiting() !== undefined, 60_000);
  await eventually(() => cluster.store.list('VolumeAttachment').length === 2, 60_000);
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const limited = (nodeID: string, count: number) => ({
  spec: { drivers: [{ name: DRIVER, nodeID, allocatable: { count } }] },
});
const placed = (): KubeObject[] => cluster.store.list('Pod').filter(({ spec }) => spec?.nodeName);
const waiting = (): KubeObject | undefined =>
  cluster.store
    .list('Pod')
    .find(({ status }) => status?.conditions?.some((each: { reason?: string }) => each.reason === 'Unschedulable'));

async function replacementOn(node: string): Promise<{ state: string; detail: string | null }> {
  const body = { options: { deleteEmptyDirData: true } };
  const answer = await api.client.rest('POST', `/api/v1/clusters/demo/nodes/${node}/drain-plan`, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.nodes[0].pods[0].replacement;
}

it('12.7 a plan and the simulated scheduler obey what the drivers of a node allow', async () => {
  const condition = waiting()?.status.conditions.find(({ type }: { type: string }) => type === 'PodScheduled');
  expect(condition.message).toContain('2 node(s) exceed max volume count');
  const refused = await replacementOn(NODES[0] as string);
  expect(refused).toMatchObject({
    state: 'PENDING',
    detail: expect.stringContaining(`too many volumes of ${DRIVER}`),
  });

  cluster.store.modify('CSINode', undefined, NODES[1] as string, (one) => ({
    ...one,
    ...limited(NODES[1] as string, 3),
  }));
  await eventually(() => placed().length === 3, 60_000);
  await eventually(() => cluster.store.list('VolumeAttachment').length === 3, 60_000);
  expect(placed().filter(({ spec }) => spec?.nodeName === NODES[1])).toHaveLength(2);
  expect(await replacementOn(NODES[0] as string)).toMatchObject({ state: 'FITS' });
});

it('12.7 a plan says UNKNOWN where the limits may not be read, and why', async () => {
  cluster.faults.set({
    id: 'no-right',
    match: { resource: 'csinodes' },
    effect: {
      status: 403,
      reason: 'Forbidden',
      message: 'csinodes is forbidden: User "x" cannot list resource "csinodes" in API group "storage.k8s.io"',
    },
  });
  const unknown = await replacementOn(NODES[0] as string);
  cluster.faults.clear();
  expect(unknown).toMatchObject({ state: 'UNKNOWN', detail: expect.stringContaining('could not be read') });
});
