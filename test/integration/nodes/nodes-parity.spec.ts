import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { NodeDetailDto } from '../../../src/features/nodes/api/dto/node-detail.dto.js';
import { parseQuantity } from '../../../src/kernel/quantity.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { runKubectl } from '../../support/kubectl.js';
import { describedSections, keyedLines, tableRows } from '../../support/kubectl-describe.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  // From here on nothing changes by itself, so that both readings are of one state.
  cluster.controllers.stop();
  prepare(cluster);
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** What the default cluster doesn't have: every case of the rules for status, roles, pods and events. */
function prepare({ store }: SimulatedCluster): void {
  store.modify('Node', undefined, 'worker-1', (node) => ({
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...node.metadata.labels, 'node-role.kubernetes.io/web': '', 'kubernetes.io/role': 'edge' },
      annotations: { ...node.metadata.annotations, 'example.com/note': 'two words' },
    },
    spec: {
      ...node.spec,
      unschedulable: true,
      taints: [
        { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
        { key: 'team', value: 'blue', effect: 'NoExecute' },
      ],
    },
  }));
  store.modify('Node', undefined, 'worker-2', (node) => ({
    ...node,
    status: {
      ...node.status,
      conditions: node.status.conditions.map((c: { type: string }) =>
        c.type === 'Ready' ? { ...c, status: 'Unknown' } : c,
      ),
      addresses: [...node.status.addresses, { type: 'ExternalIP', address: '203.0.113.7' }],
    },
  }));
  const { status } = store.require('Node', undefined, 'worker-3');
  store.update('Node', { ...store.require('Node', undefined, 'worker-3'), status: { ...status, conditions: [] } });
  store.delete('Lease', 'kube-node-lease', 'worker-3');
  const container = (name: string, requests: object, limits: object = {}, extra: object = {}) => ({
    name,
    image: 'registry.example/x:1',
    resources: { requests, limits },
    ...extra,
  });
  const pod = (name: string, spec: object, phase = 'Running') =>
    store.create('Pod', {
      metadata: { name, namespace: 'default' },
      spec: { nodeName: 'worker-4', ...spec },
      status: { phase },
    });
  const always = { restartPolicy: 'Always' };
  pod('greedy-init', {
    initContainers: [container('prepare', { cpu: '900m', memory: '1Gi' }, { cpu: '2' })],
    containers: [container('main', { cpu: '100m', memory: '64Mi' }, { cpu: '200m', memory: '128Mi' })],
  });
  pod('sidecars', {
    initContainers: [
      container('first', { cpu: '300m' }),
      container('mesh', { cpu: '50m', memory: '40Mi' }, { memory: '80Mi' }, always),
      container('second', { cpu: '310m', memory: '10Mi' }),
    ],
    containers: [container('main', { cpu: '100m', memory: '100M' })],
  });
  pod('overhead', {
    overhead: { cpu: '250m', memory: '120Mi' },
    containers: [container('main', { cpu: '1', memory: '1Gi' }, { cpu: '1500m' })],
  });
  pod('finished', { containers: [container('main', { cpu: '3' })] }, 'Succeeded');
  pod('broken', { containers: [container('main', { cpu: '3' })] }, 'Failed');
  pod('waiting', { containers: [container('main', { cpu: '5m', memory: '1500' })] }, 'Pending');
  // 12.10: resizes in place: under way, put off, infeasible, and of a sidecar. 12.11: written in both ways.
  const held = (name: string, cpu: string, memory: string, allocated?: string) => ({
    name,
    resources: { requests: { cpu, memory }, limits: { cpu, memory } },
    allocatedResources: { cpu: allocated ?? cpu, memory },
  });
  const resized = (name: string, wanted: string, statuses: object, reason?: string) => {
    const conditions = reason ? [{ type: 'PodResizePending', status: 'True', reason }] : [];
    store.create('Pod', {
      metadata: { name, namespace: 'default' },
      spec: {
        nodeName: 'worker-4',
        containers: [container('main', { cpu: wanted, memory: '100M' }, { cpu: wanted, memory: '200M' })],
        initContainers: [
          container('mesh', { cpu: '20m', memory: '10M' }, {}, always),
          container('once', { cpu: '10m' }, {}),
        ],
      },
      status: { phase: 'Running', conditions, ...statuses },
    });
  };
  resized('a-growing', '900m', { containerStatuses: [held('main', '300m', '100M', '600m')] });
  resized('a-shrinking', '100m', { containerStatuses: [held('main', '350m', '104857600', '200m')] });
  const inits = { initContainerStatuses: [held('mesh', '20m', '10M'), held('once', '10m', '0')] };
  resized('a-huge', '64', { containerStatuses: [held('main', '250m', '90Mi')], ...inits }, 'Infeasible');
  resized('a-later', '32', { containerStatuses: [held('main', '150m', '80Mi')] }, 'Deferred');
  resized('a-sidecar', '100m', {
    initContainerStatuses: [held('mesh', '400m', '50Mi'), held('once', '800m', '1Gi')],
  });
  const { uid } = store.require('Node', undefined, 'worker-4').metadata;
  const event = (name: string, involved: string, more: object) =>
    store.create('Event', {
      metadata: { name, namespace: 'default' },
      involvedObject: { kind: 'Node', name: 'worker-4', uid: involved, apiVersion: 'v1' },
      type: 'Warning',
      ...more,
    });
  const ago = (minutes: number) =>
    new Date(Math.floor(Date.now() / 1000) * 1000 - minutes * 60_000).toISOString().replace('.000', '');
  event('by-uid', uid as string, {
    reason: 'Rebooted',
    message: 'it was rebooted',
    source: { component: 'kubelet' },
    firstTimestamp: ago(90),
    lastTimestamp: ago(30),
    count: 4,
  });
  event('by-name', 'worker-4', {
    reason: 'EvictionThresholdMet',
    message: 'memory is low',
    source: { component: 'kubelet' },
    firstTimestamp: ago(10),
    lastTimestamp: ago(10),
    count: 1,
  });
}

const WITH_RESIZES = 'worker-4';
const NODES = [
  ...['control-plane-1', 'control-plane-2', 'control-plane-3', 'gpu-1', 'batch-1', 'batch-2'],
  ...['worker-1', 'worker-2', 'worker-3', 'worker-4', 'worker-5', 'worker-6'],
];

describe.each(NODES)('kubectl describe node %s', (name) => {
  let node: NodeDetailDto;
  let described: ReturnType<typeof describedSections>;
  const section = (title: string) => described.get(title) ?? { text: '', lines: [] };
  const keyed = (title: string) => keyedLines(section(title), ':');

  beforeAll(async () => {
    const answer = await api.client.rest('GET', `/api/v1/clusters/demo/nodes/${name}`);
    expect(answer.status).toBe(200);
    node = answer.body;
    described = describedSections((await runKubectl(cluster.kubeconfigPath, ['describe', 'node', name])).stdout);
  });

  it('reads every section', () => {
    expect(node.warnings).toEqual([]);
    expect([...described.keys()]).toEqual(expect.arrayContaining(['Name', 'Allocated resources', 'Events']));
  });

  it('identity', () => {
    expect({
      name: node.name,
      roles: node.roles.join(',') || '<none>',
      labels: node.labels,
      annotations: node.annotations,
      created: rfc1123(node.createdAt),
      unschedulable: String(!node.schedulable),
    }).toEqual({
      name: section('Name').text,
      roles: section('Roles').text,
      labels: keyedLines(section('Labels'), '='),
      annotations: keyed('Annotations'),
      created: section('CreationTimestamp').text,
      unschedulable: section('Unschedulable').text,
    });
  });

  it('taints, in the order kubectl sorts them', () => {
    const printed = [section('Taints').text, ...section('Taints').lines].filter((line) => line !== '<none>');
    const ours = node.taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
    expect(ours.sort()).toEqual(printed.sort());
  });

  it('lease', () => {
    const lease = keyed('Lease');
    if (!node.lease) {
      expect(Object.values(lease).join()).not.toContain('2026');
      return;
    }
    expect({
      HolderIdentity: node.lease.holderIdentity,
      AcquireTime: node.lease.acquiredAt ? rfc1123(node.lease.acquiredAt) : '<unset>',
      RenewTime: node.lease.renewedAt ? rfc1123(node.lease.renewedAt) : '<unset>',
    }).toEqual(lease);
  });

  it('conditions', () => {
    const ours = node.conditions.map((condition) => [
      condition.type,
      condition.status,
      rfc1123(condition.lastHeartbeatAt as Date),
      rfc1123(condition.lastTransitionAt as Date),
      condition.reason,
      condition.message,
    ]);
    expect(ours).toEqual(section('Conditions').lines.length > 0 ? tableRows(section('Conditions')) : []);
  });

  it('addresses, capacity, allocatable', () => {
    const byType = Object.fromEntries(node.addresses.map(({ type, address }) => [type, address]));
    const amounts = (list: { resource: string; quantity: string }[]) =>
      Object.fromEntries(list.map(({ resource, quantity }) => [resource, quantity]));
    expect(byType).toEqual(keyed('Addresses'));
    expect(amounts(node.capacity)).toEqual(keyed('Capacity'));
    expect(amounts(node.allocatable)).toEqual(keyed('Allocatable'));
  });

  it('system info, pod CIDRs, provider id', () => {
    const { systemInfo: info } = node;
    expect({
      'Machine ID': info.machineId,
      'System UUID': info.systemUuid,
      'Boot ID': info.bootId,
      'Kernel Version': info.kernelVersion,
      'OS Image': info.osImage,
      'Operating System': info.operatingSystem,
      Architecture: info.architecture,
      'Container Runtime Version': info.containerRuntimeVersion,
      'Kubelet Version': info.kubeletVersion,
    }).toEqual(keyed('System Info'));
    expect([node.podCidrs[0], node.podCidrs.join(','), node.providerId]).toEqual([
      section('PodCIDR').text,
      section('PodCIDRs').text,
      section('ProviderID').text,
    ]);
  });

  it('pods with their shares', () => {
    expect(section('Non-terminated Pods').text).toBe(`(${node.podCount} in total)`);
    const share = ({ quantity, percent }: { quantity: string; percent: number }) => `${quantity} (${percent}%)`;
    const ours = node.pods.map((pod) => [
      pod.namespace,
      pod.name,
      ...[pod.cpuRequests, pod.cpuLimits, pod.memoryRequests, pod.memoryLimits].map(share),
    ]);
    const printed = tableRows(section('Non-terminated Pods'));
    expect(ours).toEqual(printed.map((row) => row.slice(0, 6)));
    const ages = printed.map((row) => row[6] as string);
    node.pods.forEach((pod, i) => {
      const seconds = (Date.now() - Date.parse(String(pod.createdAt))) / 1000;
      expect(Math.abs(seconds - secondsOf(ages[i] as string))).toBeLessThan(90 + seconds * 0.1);
    });
  });

  it('allocated resources', () => {
    const ours = node.allocated.map((row) => {
      const plain =
        !['cpu', 'memory', 'ephemeral-storage'].includes(row.resource) && !row.resource.startsWith('hugepages-');
      return plain
        ? [row.resource, row.requests, row.limits]
        : [row.resource, `${row.requests} (${row.requestsPercent}%)`, `${row.limits} (${row.limitsPercent}%)`];
    });
    const printed = tableRows(section('Allocated resources'));
    if (name !== WITH_RESIZES) {
      expect(ours).toEqual(printed);
      return;
    }
    // kubectl 1.36 and 1.37 leave resizes out of the sums, though not out of the pods: these are the sums of its pods.
    const sums = [2, 3, 4, 5].map((column) => {
      const texts = tableRows(section('Non-terminated Pods')).map((row) => (row[column] as string).split(' ')[0]);
      return texts.reduce((sum, text) => sum + (parseQuantity(text as string)?.nano ?? 0n), 0n);
    });
    const own = node.allocated.filter(({ resource }) => ['cpu', 'memory'].includes(resource));
    expect(own.flatMap((row) => [row.requests, row.limits].map((text) => parseQuantity(text)?.nano))).toEqual(sums);
    const others = (rows: string[][]) => rows.filter(([resource]) => !['cpu', 'memory'].includes(resource as string));
    expect(others(ours)).toEqual(others(printed));
  });

  it('events, those about its name too', () => {
    const printed = section('Events').lines.length > 0 ? tableRows(section('Events')) : [];
    const ours = node.events.map(({ type, reason, source, message }) => [type, reason, source, message]);
    expect(ours.sort()).toEqual(printed.map(([type, reason, , from, message]) => [type, reason, from, message]).sort());
    const counted = printed.map(([, reason, age]) => [reason, Number(/x(\d+)/.exec(age as string)?.[1] ?? 1)]);
    expect(node.events.map(({ reason, count }) => [reason, count]).sort()).toEqual(counted.sort());
  });
});

it('compares the prepared cases, not empty sections', async () => {
  const { body } = await api.client.rest('GET', '/api/v1/clusters/demo/nodes/worker-4');
  const names = (body as NodeDetailDto).pods.map((pod) => pod.name);
  expect(names).toEqual(expect.arrayContaining(['greedy-init', 'overhead', 'sidecars', 'waiting']));
  expect(names).not.toContain('finished');
  expect((body as NodeDetailDto).events.map((event) => event.reason)).toEqual(
    expect.arrayContaining(['Rebooted', 'EvictionThresholdMet']),
  );
  const [one, two, three] = await Promise.all(
    ['worker-1', 'worker-2', 'worker-3'].map((name) => api.client.rest('GET', `/api/v1/clusters/demo/nodes/${name}`)),
  );
  expect([one?.body.status, one?.body.roles, two?.body.status, three?.body.status, three?.body.lease]).toEqual([
    'Ready,SchedulingDisabled',
    ['edge', 'web'],
    'NotReady',
    'Unknown',
    null,
  ]);
});

describe('kubectl get nodes -o wide', () => {
  it('has the same columns for the same nodes', async () => {
    const { stdout } = await runKubectl(cluster.kubeconfigPath, ['get', 'nodes', '-o', 'wide', '--no-headers']);
    const printed = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s{2,}/));
    const { body } = await api.client.rest('GET', '/api/v1/clusters/demo/nodes');
    const ours = (body.items as NodeDetailDto[]).map((node) => [
      node.name,
      node.status,
      node.roles.join(',') || '<none>',
      node.kubeletVersion,
      node.internalIp ?? '<none>',
      node.externalIp ?? '<none>',
      node.osImage,
      `${node.kernelVersion} (${node.architecture})`,
      node.containerRuntimeVersion,
    ]);
    expect(ours).toEqual(printed.map(([name, status, roles, _age, ...rest]) => [name, status, roles, ...rest]));
    expect(body.totalCount).toBe(12);
  });

  it('lists with the same figures as the description', async () => {
    const { body } = await api.client.rest('GET', '/api/v1/clusters/demo/nodes');
    // A list tells usage only when asked, and the metrics server measures between two requests: nodes-usage has that.
    for (const { staleSeconds: _s, observedAt: _o, usage: _u, ...listed } of body.items) {
      const detail = await api.client.rest('GET', `/api/v1/clusters/demo/nodes/${listed.name}`);
      expect(detail.body).toMatchObject(listed);
    }
  });
});

/** As Go's RFC1123Z. */
const rfc1123 = (time: Date | string): string => new Date(time).toUTCString().replace('GMT', '+0000');

function secondsOf(age: string): number {
  const units: Record<string, number> = { y: 31_536_000, d: 86_400, h: 3600, m: 60, s: 1 };
  const parts = [...age.matchAll(/(\d+)([ydhms])/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit as string] as number), 0);
}
