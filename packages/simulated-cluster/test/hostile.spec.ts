import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeRequests } from '../../../test/support/kube-requests.js';
import { startTestCluster } from '../../../test/support/simulated-cluster.js';
import { addNodes, eventually, isReady } from '../../../test/support/workloads.js';
import { replicaSet } from '../src/profiles/manifests.js';
import type { SimulatedCluster } from '../src/start-simulated-cluster.js';

const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'odd' }, spec: { containers: [{ name: 'c' }] } };
const NODE_PATCHES: [string, string, object][] = [
  ['a status without allocatable', 'status', { status: { allocatable: null } }],
  ['no status at all', 'status', { status: null }],
  ['null lists', 'status', { status: { conditions: null, addresses: null, capacity: null, nodeInfo: null } }],
  ['a text as allocatable', 'status', { status: { allocatable: 'much' } }],
  ['odd quantities', 'status', { status: { allocatable: { cpu: 'many', memory: 7, pods: '' } } }],
  ['nested quantities', 'status', { status: { allocatable: { cpu: { a: 1 } } } }],
  ['taints that are none', 'main', { spec: { taints: 'NoSchedule' } }],
  ['taints of text', 'main', { spec: { taints: ['NoSchedule'] } }],
  ['null labels', 'main', { metadata: { labels: null, annotations: null } }],
  ['a null spec', 'main', { spec: null }],
];
const PODS: [string, object][] = [
  ['containers of text', { spec: { containers: ['c'] } }],
  ['null resources', { spec: { containers: [{ name: 'c', resources: null }] } }],
  ['requests that are numbers', { spec: { containers: [{ name: 'c', resources: { requests: { cpu: 1 } } }] } }],
  ['tolerations as an object', { spec: { tolerations: { operator: 'Exists' } } }],
  [
    'an affinity without terms',
    { spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } } },
  ],
  [
    'an affinity of text',
    { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: 'db' } } } },
  ],
  ['volumes without names', { spec: { volumes: [{}] } }],
  ['owners without uid', { metadata: { name: 'odd', ownerReferences: [{ kind: 'ReplicaSet', controller: true }] } }],
];

describe('12.9 the simulated cluster outlives any object', () => {
  let cluster: SimulatedCluster;
  let kube: KubeRequests;
  let count = 0;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty' });
    addNodes(cluster, 'good', 'odd');
    kube = new KubeRequests(cluster.kubeconfigPath);
  });
  afterAll(async () => {
    kube?.close();
    await cluster?.close();
  });

  /** A workload made now still gets its pods placed and run: no controller is stuck on the odd object. */
  async function stillWorks(): Promise<void> {
    count += 1;
    const name = `proof-${count}`;
    cluster.store.create('ReplicaSet', replicaSet({ name, replicas: 2 }) as never);
    const own = () => cluster.store.list('Pod').filter((pod) => pod.metadata.labels?.app === name);
    await eventually(() => own().filter(isReady).length === 2, 30_000);
    expect((await kube.get('/api/v1/nodes')).status).toBe(200);
    expect((await kube.get('/api/v1/pods')).status).toBe(200);
  }

  it.each(NODE_PATCHES)('node: %s', async (_title, part, patch) => {
    const path = part === 'status' ? '/api/v1/nodes/odd/status' : '/api/v1/nodes/odd';
    const { status } = await kube.patch(path, patch, 'merge-patch');
    expect([200, 400, 422]).toContain(status);
    await stillWorks();
  });

  it.each(PODS)('pod: %s', async (_title, changes) => {
    const pod = { ...POD, ...changes, spec: { ...POD.spec, ...(changes as { spec?: object }).spec } };
    const { status } = await kube.send('POST', '/api/v1/namespaces/default/pods', { body: pod });
    expect([201, 400, 422]).toContain(status);
    await stillWorks();
    if (status === 201) cluster.store.delete('Pod', 'default', 'odd', { gracePeriodSeconds: 0 });
  });
});
