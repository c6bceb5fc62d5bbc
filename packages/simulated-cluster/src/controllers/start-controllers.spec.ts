import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  daemonSet,
  deployment,
  job,
  pod,
  podDisruptionBudget,
  replicaSet,
  statefulSet,
} from '../profiles/manifests.js';
import { node } from '../profiles/node-manifest.js';
import type { NewKubeObject } from '../store/kube-object.js';
import { ObjectStore } from '../store/object-store.js';
import type { Node, Pod, TypedObject } from './kube-types.js';
import { isReady } from './pod-state.js';
import { type ControllersOptions, type RunningControllers, startControllers } from './start-controllers.js';

let running: RunningControllers | undefined;
afterEach(() => running?.stop());

function cluster(objects: TypedObject[], options: ControllersOptions = {}) {
  const store = new ObjectStore({ seed: 1 });
  const create = (object: TypedObject) => store.create(object.kind, object as unknown as NewKubeObject);
  running = startControllers(store, {
    timeScale: 20,
    ...options,
    load: () => {
      for (const object of objects) create(object);
    },
  });
  const pods = () => store.list('Pod') as unknown as Pod[];
  const find = (name: string) => store.get('Pod', 'default', name) as unknown as Pod | undefined;
  return { store, create, pods, find, running };
}

const three = () => [
  node({ name: 'a', index: 0, zone: 'z-1' }),
  node({ name: 'b', index: 1, zone: 'z-2' }),
  node({ name: 'c', index: 2, zone: 'z-3' }),
];
const on = (pods: Pod[]) => pods.map((item) => item.spec.nodeName).sort();
const eventually = (assertion: () => void) => vi.waitFor(assertion, { timeout: 60_000 });

describe('workload controllers', () => {
  it('spread the pods of a deployment and replace one that is deleted', async () => {
    const { store, pods } = cluster([...three(), deployment({ name: 'web', replicas: 3 })]);
    expect(on(pods())).toEqual(['a', 'b', 'c']);
    const gone = pods()[0] as Pod;
    store.delete('Pod', 'default', gone.metadata.name);
    expect(store.get('Pod', 'default', gone.metadata.name)?.metadata.deletionGracePeriodSeconds).toBe(30);
    await eventually(() => {
      expect(pods().map((item) => item.metadata.uid)).not.toContain(gone.metadata.uid);
      expect(pods().filter(isReady)).toHaveLength(3);
      expect(store.require('Deployment', 'default', 'web').status.readyReplicas).toBe(3);
    });
  });

  it('scale a deployment down and roll it over to a new template', async () => {
    const { store, pods } = cluster([...three(), deployment({ name: 'web', replicas: 4 })]);
    store.modify('Deployment', 'default', 'web', (current) => ({ ...current, spec: { ...current.spec, replicas: 2 } }));
    await eventually(() => expect(pods()).toHaveLength(2));
    const before = pods().map((item) => item.metadata.name);
    store.modify('Deployment', 'default', 'web', (current) => {
      const { template } = current.spec;
      const labels = { ...template.metadata.labels, version: '2' };
      return { ...current, spec: { ...current.spec, template: { ...template, metadata: { labels } } } };
    });
    await eventually(() => {
      expect(pods().map((item) => item.metadata.labels?.version)).toEqual(['2', '2']);
      expect(pods().some((item) => before.includes(item.metadata.name))).toBe(false);
    });
  });

  it('bring a stateful pod back under its name, in order', async () => {
    const { store, pods, find } = cluster([...three(), statefulSet({ name: 'db', replicas: 3 })]);
    const uid = find('db-1')?.metadata.uid;
    store.delete('Pod', 'default', 'db-1');
    await eventually(() => {
      expect(find('db-1')?.metadata.uid).not.toBe(uid);
      expect(isReady(find('db-1') as Pod)).toBe(true);
    });
    expect(pods().map((item) => item.metadata.name)).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('run one daemon pod per node, also on a cordoned and on a new one, and none where a taint forbids', async () => {
    const taints = [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }];
    const { create, pods, store } = cluster([...three(), node({ name: 'd', taints }), daemonSet({ name: 'agent' })]);
    expect(on(pods())).toEqual(['a', 'b', 'c']);
    create(node({ name: 'e', index: 4, unschedulable: true }));
    await eventually(() => expect(on(pods())).toEqual(['a', 'b', 'c', 'e']));
    store.delete('Node', undefined, 'e');
    await eventually(() => expect(on(pods())).toEqual(['a', 'b', 'c']));
  });

  it('run a job to its end and give up on one that fails', async () => {
    const failing = job({ name: 'bad', annotations: { 'simulation.node-steward.dev/exit-code': '2' } });
    const { store, create } = cluster(three());
    create(job({ name: 'good', completions: 2 }));
    create({ ...failing, spec: { ...failing.spec, backoffLimit: 0 } } as TypedObject);
    const types = (name: string) =>
      (store.require('Job', 'default', name).status.conditions ?? []).map((item: { type: string }) => item.type);
    await eventually(() => {
      expect(types('good')).toContain('Complete');
      expect(types('bad')).toContain('Failed');
    });
    expect(store.require('Job', 'default', 'good').status.succeeded).toBe(2);
  });

  it('remove what a deleted deployment and a deleted namespace leave behind', async () => {
    const { store, pods, create } = cluster([...three(), deployment({ name: 'web', replicas: 2 })]);
    create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    create(replicaSet({ name: 'inner', namespace: 'team', replicas: 2 }));
    await eventually(() => expect(pods()).toHaveLength(4));
    store.delete('Deployment', 'default', 'web');
    store.delete('Namespace', undefined, 'team');
    await eventually(() => {
      expect(pods()).toEqual([]);
      expect(store.get('Namespace', undefined, 'team')).toBeUndefined();
    });
  });
});

describe('scheduler', () => {
  it('leaves a pod pending with the reasons until there is room', async () => {
    const { store, create, find } = cluster([
      node({ name: 'small', cpu: 2 }),
      node({ name: 'closed', cpu: 32, unschedulable: true }),
    ]);
    create(pod({ name: 'big', cpu: '4' }));
    await eventually(() => expect(find('big')?.status.conditions?.[0]?.reason).toBe('Unschedulable'));
    const message = find('big')?.status.conditions?.[0]?.message;
    expect(message).toContain('0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.');
    expect(store.list('Event').some((event) => event.reason === 'FailedScheduling')).toBe(true);
    store.modify('Node', undefined, 'closed', (current) => ({ ...current, spec: { podCIDR: current.spec.podCIDR } }));
    await eventually(() => expect(find('big')?.spec.nodeName).toBe('closed'));
  });

  it('obeys selectors and keeps zone-bound volumes in their zone', async () => {
    const claims = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    const { store, find } = cluster([...three(), statefulSet({ name: 'db', replicas: 1, claims })]);
    const home = find('db-0')?.spec.nodeName as string;
    store.modify('Node', undefined, home, (current) => ({
      ...current,
      spec: { ...current.spec, unschedulable: true },
    }));
    store.delete('Pod', 'default', 'db-0', { gracePeriodSeconds: 0 });
    await eventually(() => {
      const condition = find('db-0')?.status.conditions?.find((item) => item.type === 'PodScheduled');
      expect(condition?.message).toContain("2 node(s) didn't match PersistentVolume's node affinity");
    });
    await eventually(() => expect(store.list('VolumeAttachment')).toEqual([]));
    store.modify('Node', undefined, home, (current) => ({
      ...current,
      spec: { ...current.spec, unschedulable: false },
    }));
    await eventually(() => expect(find('db-0')?.spec.nodeName).toBe(home));
  });
});

describe('pod lifecycle', () => {
  const annotated = (name: string, key: string, value: string) =>
    pod({ name, annotations: { [`simulation.node-steward.dev/${key}`]: value } });

  it('passes through running before ready', async () => {
    const { create, find, store } = cluster(three());
    const phases: string[] = [];
    store.subscribe('Pod', ({ object }) => phases.push(`${object.status.phase}/${isReady(object as unknown as Pod)}`));
    create(pod({ name: 'p' }));
    await eventually(() => expect(isReady(find('p') as Pod)).toBe(true));
    expect([...new Set(phases)]).toEqual(['Pending/false', 'Running/false', 'Running/true']);
    expect(find('p')?.status.podIP).toMatch(/^10\.244\./);
  });

  it('keeps a pod that never terminates until it is forced, and one with a finalizer until that is gone', async () => {
    const { create, find, store } = cluster(three());
    create(annotated('stuck', 'never-terminates', 'true'));
    create(pod({ name: 'held', finalizers: ['example.com/hold'] }));
    await eventually(() => expect(isReady(find('stuck') as Pod) && isReady(find('held') as Pod)).toBe(true));
    store.delete('Pod', 'default', 'stuck', { gracePeriodSeconds: 1 });
    store.delete('Pod', 'default', 'held', { gracePeriodSeconds: 1 });
    await eventually(() => expect(find('held')?.metadata.deletionGracePeriodSeconds).toBe(0));
    expect(find('stuck')?.metadata.deletionTimestamp).toBeDefined();
    store.delete('Pod', 'default', 'stuck', { gracePeriodSeconds: 0 });
    expect(find('stuck')).toBeUndefined();
    store.modify(
      'Pod',
      'default',
      'held',
      ({ metadata, ...rest }) =>
        ({
          ...rest,
          metadata: { ...metadata, finalizers: [] },
        }) as never,
    );
    expect(find('held')).toBeUndefined();
  });

  it('shows why a pod never becomes ready', async () => {
    const { create, find } = cluster(three());
    create(annotated('image', 'never-ready', 'true'));
    create(annotated('crash', 'crash-loop', 'true'));
    await eventually(() => {
      expect(find('image')?.status.containerStatuses?.[0]?.state.waiting?.reason).toBe('ImagePullBackOff');
      expect(find('crash')?.status.containerStatuses?.[0]?.state.waiting?.reason).toBe('CrashLoopBackOff');
    });
    expect([find('image')?.status.phase, find('crash')?.status.phase]).toEqual(['Pending', 'Running']);
  });

  it('runs the command of a privileged host pod and keeps what it wrote', async () => {
    const seen: string[] = [];
    const hostRunner = {
      run: (host: Pod, nodeName: string) => {
        seen.push(`${host.metadata.name}@${nodeName}`);
        return Promise.resolve({ exitCode: 0, output: 'restarted\n' });
      },
    };
    const { create, find, running: controllers } = cluster(three(), { hostRunner });
    const container = { name: 'agent', image: 'agent:1', securityContext: { privileged: true } };
    create(
      pod({ name: 'host', nodeName: 'b', spec: { hostPID: true, restartPolicy: 'Never', containers: [container] } }),
    );
    await eventually(() => expect(find('host')?.status.phase).toBe('Succeeded'));
    expect(seen).toEqual(['host@b']);
    expect(controllers.lifecycle.hostOutputOf(find('host')?.metadata.uid as string)).toBe('restarted\n');
  });
});

describe('node lifecycle', () => {
  const ready = (store: ObjectStore, name: string) =>
    (store.require('Node', undefined, name) as unknown as Node).status.conditions.find((item) => item.type === 'Ready');

  it('taints a cordoned node and takes the taint away again', async () => {
    const { store } = cluster(three());
    const set = (unschedulable: boolean) =>
      store.modify('Node', undefined, 'a', (current) => ({ ...current, spec: { ...current.spec, unschedulable } }));
    const keys = () =>
      (store.require('Node', undefined, 'a').spec.taints ?? []).map((taint: { key: string }) => taint.key);
    set(true);
    await eventually(() => expect(keys()).toEqual(['node.kubernetes.io/unschedulable']));
    set(false);
    await eventually(() => expect(keys()).toEqual([]));
  });

  it('calls a silent node unknown after the grace period and trusts it again when its kubelet is back', async () => {
    const { store, running: controllers } = cluster(three(), { nodeGracePeriodMs: 2_000 });
    const lease = () => store.require('Lease', 'kube-node-lease', 'a').spec.renewTime;
    controllers.presence.set('a', false);
    await eventually(() => expect(ready(store, 'a')?.status).toBe('Unknown'));
    await eventually(() =>
      expect(store.require('Node', undefined, 'a').spec.taints?.map((taint: { key: string }) => taint.key)).toEqual([
        'node.kubernetes.io/unreachable',
        'node.kubernetes.io/unreachable',
      ]),
    );
    const before = lease();
    controllers.presence.set('a', true);
    expect(ready(store, 'a')?.reason).toBe('KubeletNotReady');
    await eventually(() => expect(ready(store, 'a')?.status).toBe('True'));
    await eventually(() => expect(store.require('Node', undefined, 'a').spec.taints).toBeUndefined());
    expect(lease() > before).toBe(true);
  });
});

describe('disruption budgets', () => {
  const status = (store: ObjectStore, name: string) => store.require('PodDisruptionBudget', 'default', name).status;

  it('count expected pods from the scale of controllers and round percentages up', () => {
    const { store } = cluster([
      ...three(),
      deployment({ name: 'web', replicas: 7 }),
      podDisruptionBudget('min', 'default', { app: 'web' }, { minAvailable: '50%' }),
      podDisruptionBudget('max', 'default', { app: 'web' }, { maxUnavailable: '25%' }),
      podDisruptionBudget('number', 'default', { app: 'web' }, { minAvailable: 7 }),
      podDisruptionBudget('none', 'default', { app: 'nobody' }, { minAvailable: 0 }),
    ]);
    expect(status(store, 'min')).toMatchObject({ expectedPods: 7, desiredHealthy: 4, disruptionsAllowed: 3 });
    expect(status(store, 'max')).toMatchObject({ expectedPods: 7, desiredHealthy: 5, disruptionsAllowed: 2 });
    expect(status(store, 'number')).toMatchObject({ expectedPods: 7, desiredHealthy: 7, disruptionsAllowed: 0 });
    expect(status(store, 'none')).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
  });

  it('count a disrupted pod as gone until it is, and recover with its replacement', async () => {
    const { store, pods } = cluster([
      ...three(),
      replicaSet({ name: 'web', replicas: 3 }),
      podDisruptionBudget('web', 'default', { app: 'web' }, { maxUnavailable: 1 }),
    ]);
    const victim = (pods()[0] as Pod).metadata.name;
    const budget = store.require('PodDisruptionBudget', 'default', 'web');
    const disruptedPods = { [victim]: new Date().toISOString() };
    store.update('PodDisruptionBudget', {
      ...budget,
      status: { ...budget.status, disruptionsAllowed: 0, disruptedPods },
    });
    await eventually(() => expect(status(store, 'web')).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 }));
    store.delete('Pod', 'default', victim);
    await eventually(() => {
      expect(status(store, 'web')).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 });
      expect(status(store, 'web').disruptedPods).toBeUndefined();
    });
  });

  it('fail safe for pods whose controller has no scale', () => {
    const { store } = cluster([
      ...three(),
      daemonSet({ name: 'agent' }),
      podDisruptionBudget('agent', 'default', { app: 'agent' }, { maxUnavailable: 1 }),
    ]);
    expect(status(store, 'agent')).toMatchObject({ disruptionsAllowed: 0 });
    expect(status(store, 'agent').conditions[0]).toMatchObject({ reason: 'SyncFailed', status: 'False' });
  });
});
