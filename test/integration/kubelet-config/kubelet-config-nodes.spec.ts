import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { graphqlCaller, type Json } from '../../support/graphql-caller.js';
import { KubeRequests } from '../../support/kube-requests.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const CHANGES = '/api/v1/kubelet-config-changes';
const NODES = '/api/v1/clusters/demo/nodes';

let cluster: SimulatedCluster;
let api: ApiApp;
let kube: KubeRequests;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  kube = new KubeRequests(cluster.kubeconfigPath);
  // the caches of the process are filled by the first list
  expect((await api.client.rest('GET', NODES)).status).toBe(200);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const label = async (node: string, labels: Record<string, string | null>) =>
  expect((await kube.patch(`/api/v1/nodes/${node}`, { metadata: { labels } })).status).toBe(200);
const draft = (body: Json = {}) =>
  api.client.rest('POST', CHANGES, {
    body: { cluster: 'demo', patch: { containerLogMaxFiles: 4 }, reason: 'fewer files', ...body },
  });
const submit = (id: string) => api.client.rest('POST', `${CHANGES}/${id}/submit`, { body: {} });
const asked = (verb: string, resource: string) =>
  cluster.api.requests.recent.filter((each) => each.verb === verb && each.resource === resource && each.code > 0);

describe('12.33 reads of nodes', () => {
  beforeEach(() => cluster.api.requests.reset());

  it('of named nodes read these nodes live and list nothing', async () => {
    const made = await draft({ nodes: ['worker-1', 'worker-2'] });
    expect(made.status).toBe(201);
    const { id } = made.body;
    expect((await api.client.rest('GET', `${CHANGES}/${id}/diff`)).status).toBe(200);
    expect((await submit(id)).body.status).toBe('PENDING');
    const edit = { body: { patch: { containerLogMaxFiles: 3 } }, headers: { 'if-match': '*' } };
    expect((await api.client.rest('PATCH', `${CHANGES}/${id}`, edit)).status).toBe(200);
    expect(asked('list', 'nodes')).toEqual([]);
    const read = asked('get', 'nodes').map(({ name }) => name);
    expect(new Set(read)).toEqual(new Set(['worker-1', 'worker-2']));
    // four steps, each with one read of a node, and the address of each kubelet once
    expect(read.length).toBeLessThanOrEqual(10);
  });

  it('by a selector come from memory and ask the cluster for the chosen kubelets at most', async () => {
    const nodes = (await kube.get('/api/v1/nodes?labelSelector=kubernetes.io/os%3Dlinux')).body.items.length;
    cluster.api.requests.reset();
    const made = await draft({ nodeSelector: 'kubernetes.io/os=linux' });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect([asked('list', 'nodes'), asked('get', 'nodes')]).toEqual([[], []]);
    expect(made.body.targets).toHaveLength(nodes);
    expect((await submit(made.body.id)).body.status).toBe('PENDING');
    expect(asked('list', 'nodes')).toEqual([]);
    expect(asked('get', 'nodes').length).toBeLessThanOrEqual(nodes);
  });

  it('for a start by a selector are live: one list of what it chooses', async () => {
    await label('worker-3', { 'example.com/pick': 'yes' });
    const made = await eventually(async () => {
      const answer = await draft({ nodeSelector: 'example.com/pick=yes' });
      return answer.status === 201 ? answer.body : null;
    });
    const change = (await submit(made.id)).body;
    const review = { decision: 'APPROVE', contentHash: change.contentHash };
    const approver = api.client.as(api.tokens.approver);
    expect((await approver.rest('POST', `${CHANGES}/${made.id}/reviews`, { body: review })).body.status).toBe(
      'APPROVED',
    );
    await label('worker-4', { 'example.com/pick': 'yes' });
    cluster.api.requests.reset();
    const started = await api.client.rest('POST', `${CHANGES}/${made.id}/start`, { body: {} });
    expect([started.status, started.body.code]).toEqual([409, 'CHANGE_STALE']);
    expect(started.body.difference).toEqual([{ node: 'worker-4', kind: 'ADDED', changes: [] }]);
    expect(asked('list', 'nodes')).toHaveLength(1);
  });
});

describe('12.26 what a kubelet reports of its gates', () => {
  const submitted = async (patch: Json) => {
    const { body } = await draft({ nodes: ['worker-1'], patch });
    return submit(body.id);
  };

  it('decides whether a field is taken', async () => {
    const { reportedGates } = cluster.hosts.of('worker-1');
    const refused = await submitted({ cpuCFSQuotaPeriod: '50ms' });
    expect(refused.body.errors).toEqual([
      expect.objectContaining({ pointer: '/patch/cpuCFSQuotaPeriod', code: 'FEATURE_GATE_OFF' }),
    ]);
    reportedGates.set('CustomCPUCFSQuotaPeriod', true);
    expect((await submitted({ cpuCFSQuotaPeriod: '50ms' })).body.status).toBe('PENDING');
    expect((await submitted({ featureGates: { VendorGate: true } })).status).toBe(400);
    reportedGates.set('VendorGate', false);
    expect((await submitted({ featureGates: { VendorGate: true } })).body.status).toBe('PENDING');
  });

  it('and of its host whether failCgroupV1 may be turned on', async () => {
    const host = cluster.hosts.of('worker-1');
    host.cgroupVersion = 1;
    const { body } = await submitted({ failCgroupV1: true });
    expect(body.errors[0]).toMatchObject({ pointer: '/patch/failCgroupV1', code: 'CGROUP_V1_HOST' });
    host.cgroupVersion = 2;
    expect((await submitted({ failCgroupV1: true })).body.status).toBe('PENDING');
  });
});

describe('12.30 a kubelet without debugging handlers', () => {
  const switchOff = (node: string) => {
    const host = cluster.hosts.of(node);
    const path = host.flags.config as string;
    host.write(path, `${host.read(path)}\nenableDebuggingHandlers: false\n`);
    host.restartKubelet();
  };

  it('is named as such by everything that needs them', async () => {
    switchOff('worker-5');
    const read = (what: string) => api.client.rest('GET', `${NODES}/worker-5/${what}`);
    for (const path of ['kubelet-config', 'kubelet-flags', 'posture']) {
      const { status, body } = await read(path);
      expect([path, status, body.code]).toEqual([path, 501, 'KUBELET_FEATURE_DISABLED']);
      expect(body.fields).toContain('enableDebuggingHandlers');
      expect(body.detail).toContain('enableDebuggingHandlers');
    }
    const { body } = await draft({ nodes: ['worker-5'] });
    const refused = await submit(body.id);
    expect(refused.body.errors[0]).toMatchObject({ pointer: '/nodes/0', code: 'TARGET_UNREADABLE' });
    expect(refused.body.errors[0].message).toContain('enableDebuggingHandlers');
  });

  it('is warned about by a change that switches them off, which is of high risk', async () => {
    const { body } = await draft({ nodes: ['worker-2'], patch: { enableDebuggingHandlers: false } });
    const change = (await submit(body.id)).body;
    expect([change.status, change.risk]).toEqual(['PENDING', 'high']);
    expect(change.notices).toContainEqual(
      expect.objectContaining({ pointer: '/patch/enableDebuggingHandlers', code: 'BLINDS_THIS_SERVICE' }),
    );
  });
});

describe.each([
  ['Windows', 'gpu-1', { 'kubernetes.io/os': 'windows' }, /Windows/],
  ['virtual', 'worker-6', { type: 'virtual-kubelet' }, /virtual node/],
  ['Fargate', 'worker-4', { 'eks.amazonaws.com/compute-type': 'fargate' }, /virtual node/],
])('12.18 on a %s node', (_kind, node, labels, why) => {
  const gql = () => graphqlCaller(api.client);
  let sent: number;

  beforeAll(async () => {
    await label(node, labels);
    // a change reads nodes by name live, a selector when the cache has the label
    await eventually(async () => {
      const { body } = await api.client.rest('GET', `${NODES}?labelSelector=${Object.entries(labels)[0]?.join('%3D')}`);
      return body.items.length > 0 ? body : null;
    });
  });
  beforeEach(() => {
    cluster.api.requests.reset();
    sent = cluster.hosts.of(node).restarts;
  });

  const expectRefusal = ({ status, body }: { status: number; body: Json }) => {
    expect([status, body.code]).toEqual([422, 'NOT_POSSIBLE_ON_NODE']);
    expect(body.detail).toMatch(why);
    expect(body.nodes).toContain(node);
    expectNothingSent();
  };
  const expectNothingSent = () => {
    const writes = cluster.api.requests.recent.filter(({ verb }) =>
      ['create', 'update', 'patch', 'delete'].includes(verb),
    );
    expect(writes).toEqual([]);
    expect(cluster.hosts.of(node).restarts).toBe(sent);
  };
  const action = (name: string, body: Json) => api.client.rest('POST', `${NODES}/${node}/${name}`, { body });

  it('a restart of the kubelet is not possible', async () => {
    expectRefusal(await action('restart-kubelet', { reason: 'try it' }));
    const input = { cluster: 'demo', node, reason: 'try it' };
    const error = await gql().refused('restartKubelet', 'RestartKubeletInput!', input);
    expect(error).toMatchObject({ code: 'NOT_POSSIBLE_ON_NODE', message: expect.stringMatching(why) });
    expectNothingSent();
  });

  it('a change of verbosity is not possible', async () => {
    const options = { level: 4, revertAfterSeconds: 60 };
    expectRefusal(await action('verbosity', { reason: 'try it', options }));
    const input = { cluster: 'demo', node, reason: 'try it', options };
    const error = await gql().refused('setVerbosity', 'SetVerbosityInput!', input);
    expect(error).toMatchObject({ code: 'NOT_POSSIBLE_ON_NODE' });
    expectNothingSent();
  });

  it('a change of configuration is not possible, by name or by selector', async () => {
    const named = await draft({ nodes: [node] });
    expectRefusal(named);
    expect(named.body.errors).toEqual([expect.objectContaining({ pointer: '/nodes/0', code: 'NOT_POSSIBLE_ON_NODE' })]);
    const [key, value] = Object.entries(labels)[0] as [string, string];
    expectRefusal(await draft({ nodeSelector: `${key}=${value}` }));
    const input = { cluster: 'demo', nodes: [node], patch: { maxPods: 90 }, reason: 'try it' };
    const error = await gql().refused('createKubeletConfigChange', 'CreateKubeletConfigChangeInput!', input);
    expect(error).toMatchObject({ code: 'NOT_POSSIBLE_ON_NODE' });
    expectNothingSent();
  });

  it('a run that restarts kubelets is not started', async () => {
    const spec = { nodes: ['worker-1', node], action: 'RESTART_KUBELET', reason: 'try it' };
    expectRefusal(await api.client.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body: spec }));
    const input = { cluster: 'demo', ...spec };
    const error = await gql().refused('startMaintenanceRun', 'StartMaintenanceRunInput!', input);
    expect(error).toMatchObject({ code: 'NOT_POSSIBLE_ON_NODE' });
    expectNothingSent();
  });
});
