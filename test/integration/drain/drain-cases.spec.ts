import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  namespace,
  pod,
  podDisruptionBudget,
  replicaSet,
  statefulSet,
} from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { DrainOptionsInput } from '../../../src/features/operations/drain/drain-options.js';
import { MakeDrainPlan } from '../../../src/features/operations/drain/make-drain-plan.service.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const QUICK = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.1, 'termination-seconds': 0.1 });
const NEVER_READY = { ...QUICK, ...behaviour({ 'readiness-seconds': 100_000 }) };
let count = 0;

/** What the node controller makes of a kubelet that it hasn't heard of for its grace period. */
const silent = (conditions: { type: string }[]) =>
  conditions.map((each) =>
    each.type === 'Ready' ? { ...each, status: 'Unknown', lastTransitionTime: today('14:02') } : each,
  );
const today = (time: string) => `${new Date().toISOString().slice(0, 10)}T${time}:00Z`;

describe('what a drain plans, says and does in special cases', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let target: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    worker = await startTestWorker(cluster.kubeconfigPath);
    addNodes(cluster, 'spare');
  });
  beforeEach(() => {
    count += 1;
    target = `target-${count}`;
    addNodes(cluster, target);
    setUnschedulable(cluster, 'spare', true);
  });
  // The next test's pods must not come here.
  afterEach(() => setUnschedulable(cluster, target, true));
  afterAll(async () => {
    await worker?.close();
    await cluster?.close();
  });

  const create = (...objects: { kind: string; status?: object }[]) => {
    for (const object of objects) cluster.store.create(object.kind, object as never);
  };
  const running = async (total: number, ready = total) => {
    await eventually(() => {
      const pods = podsOn(cluster, target);
      return (
        pods.filter((each) => each.status?.phase === 'Running').length === total &&
        pods.filter(isReady).length === ready
      );
    });
    setUnschedulable(cluster, 'spare', false);
  };
  const budgetSeen = (name: string, expected: number, healthy: number) =>
    eventually(() => {
      const status = cluster.store.get('PodDisruptionBudget', 'default', name)?.status;
      return status?.expectedPods === expected && status?.currentHealthy === healthy;
    });
  const planned = async (name: RegExp, options: DrainOptionsInput = {}) => {
    const plan = await worker.app.get(MakeDrainPlan, { strict: false }).plan(callerWith(), 'demo', [target], options);
    return plan.nodes[0]?.pods.find((each) => name.test(each.name));
  };
  const drain = (options: DrainOptionsInput = {}) =>
    worker.nodes.drain(callerWith(), { cluster: 'demo', node: target, reason: 'a test', options });
  const podOf = async (id: string, name: RegExp) => (await worker.pods(id)).find((each) => name.test(each.name));
  const evictions = (name: RegExp) => cluster.api.requests.evictions.filter((each) => name.test(each.name)).length;
  const says = (id: string, text: RegExp) =>
    eventually(async () => text.test((await worker.operations.find(id))?.diagnosis.join('\n') ?? ''));

  it('two budgets on one pod: never, and the drain fails for it', async () => {
    const name = `double-${count}`;
    create(
      replicaSet({ name, replicas: 2, annotations: QUICK }),
      podDisruptionBudget(`${name}-a`, 'default', { app: name }, { maxUnavailable: 1 }),
      podDisruptionBudget(`${name}-b`, 'default', { app: name }, { maxUnavailable: 1 }),
    );
    await running(2);
    await budgetSeen(`${name}-b`, 2, 2);
    expect(await planned(/^double/)).toMatchObject({
      action: 'EVICT',
      outlook: 'NEVER',
      outlookReason: 'MULTIPLE_BUDGETS',
      budgets: [`default/${name}-a`, `default/${name}-b`],
      predictedAnswer: { status: 500, message: expect.stringContaining('more than one PodDisruptionBudget') },
      advice: [{ kind: 'REMOVE_BUDGET' }, { kind: 'DISABLE_EVICTION' }],
    });
    const ended = await worker.ended((await drain()).id);
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'PODS_FAILED' } });
    expect(ended.failure?.message).toContain('more than one PodDisruptionBudget');
    expect((await podOf(ended.id, /^double/))?.status).toMatchObject({ state: 'FAILED', reason: 'MULTIPLE_BUDGETS' });
    expect(podsOn(cluster, target)).toHaveLength(2);
  });

  it('one replica of which one must stay: never, until it is scaled up as advised', async () => {
    const name = `alone-${count}`;
    create(
      replicaSet({ name, annotations: QUICK }),
      podDisruptionBudget(name, 'default', { app: name }, { minAvailable: 1 }),
    );
    await running(1);
    await budgetSeen(name, 1, 1);
    const plan = await planned(/^alone/);
    expect(plan).toMatchObject({ outlook: 'NEVER', outlookReason: 'BUDGET_NEVER_OPENS' });
    expect(plan?.advice[0]).toMatchObject({
      kind: 'SCALE_UP',
      message: `scale the owner of ReplicaSet default/${name} to at least 2 replicas`,
    });
    const { id } = await drain();
    await says(id, new RegExp(`can never pass PDB default/${name} \\(1 expected, minAvailable 1\\): scale`));
    expect(evictions(/^alone/)).toBe(0);
    const set = cluster.store.get('ReplicaSet', 'default', name);
    cluster.store.update('ReplicaSet', { ...set, spec: { ...set?.spec, replicas: 2 } } as never);
    expect(await worker.ended(id)).toMatchObject({ state: 'SUCCEEDED', diagnosis: [] });
    expect(podsOn(cluster, target)).toEqual([]);
  });

  /** A pod that is not Ready on the node, and a Ready one elsewhere under the same budget. */
  const unready = async (policy: 'IfHealthyBudget' | 'AlwaysAllow', minAvailable: number) => {
    const name = `unready-${count}`;
    create(
      pod({ name: `${name}-a`, labels: { app: name }, nodeName: 'spare', annotations: QUICK }),
      pod({ name: `${name}-b`, labels: { app: name }, nodeName: target, annotations: NEVER_READY }),
      podDisruptionBudget(name, 'default', { app: name }, { minAvailable, unhealthyPodEvictionPolicy: policy }),
    );
    await eventually(() =>
      podsOn(cluster, 'spare').some((each) => each.metadata.name === `${name}-a` && isReady(each)),
    );
    await eventually(() => cluster.store.get('Pod', 'default', `${name}-b`)?.status?.phase === 'Running');
    await budgetSeen(name, 2, 1);
    return name;
  };

  it('an unready pod under AlwaysAllow: at once, although the budget is not met', async () => {
    await unready('AlwaysAllow', 2);
    expect(await planned(/^unready/, { force: true })).toMatchObject({
      outlook: 'AT_ONCE',
      outlookReason: 'UNREADY_ALWAYS_ALLOWED',
      predictedAnswer: { status: 201 },
    });
    expect((await worker.ended((await drain({ force: true })).id)).state).toBe('SUCCEEDED');
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('an unready pod under IfHealthyBudget: at once while the healthy pods suffice', async () => {
    await unready('IfHealthyBudget', 1);
    expect(await planned(/^unready/, { force: true })).toMatchObject({
      outlook: 'AT_ONCE',
      outlookReason: 'UNREADY_UNDER_HEALTHY_BUDGET',
    });
    expect((await worker.ended((await drain({ force: true })).id)).state).toBe('SUCCEEDED');
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('an unready pod under IfHealthyBudget: stays while the healthy pods do not suffice', async () => {
    const name = await unready('IfHealthyBudget', 2);
    const plan = await planned(/^unready/, { force: true });
    expect(plan).toMatchObject({ outlook: 'NEVER', predictedAnswer: { status: 429 } });
    expect(plan?.advice.map(({ kind }) => kind)).toContain('ALLOW_UNHEALTHY');
    const { id } = await drain({ force: true, timeoutSeconds: 10 });
    await says(id, new RegExp(`default/${name}-b can never pass PDB default/${name}`));
    expect((await worker.ended(id)).state).toBe('TIMED_OUT');
    expect((await podOf(id, /^unready/))?.status).toMatchObject({ state: 'BLOCKED', budget: `default/${name}` });
    expect(evictions(new RegExp(`^${name}`))).toBe(0);
    expect(podsOn(cluster, target)).toHaveLength(1);
  });

  it('a pod that comes back under its name: the new one is another pod and is left alone', async () => {
    const name = `db-${count}`;
    create(statefulSet({ name, replicas: 1, annotations: QUICK }));
    await running(1);
    const before = cluster.store.get('Pod', 'default', `${name}-0`)?.metadata.uid;
    expect(await planned(/^db/)).toMatchObject({ action: 'EVICT', uid: before, controller: `StatefulSet/${name}` });
    const { id } = await drain();
    expect((await worker.ended(id)).state).toBe('SUCCEEDED');
    const after = await eventually(() => cluster.store.get('Pod', 'default', `${name}-0`));
    expect(after.metadata.uid).not.toBe(before);
    expect((await podOf(id, /^db/))?.uid).toBe(before);
    expect((await podOf(id, /^db/))?.status.state).toMatch(/^(GONE|REPLACED)$/);
    expect(evictions(/^db/)).toBe(1);
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('a terminating namespace: a refused eviction is no failure, its pods are waited for', async () => {
    const space = `leaving-${count}`;
    const slow = { ...QUICK, ...behaviour({ 'termination-seconds': 2 }) };
    create(namespace(space), replicaSet({ name: 'web', namespace: space, annotations: slow }));
    await running(1);
    const match = { verb: 'create', resource: 'pods', subresource: 'eviction', namespace: space };
    cluster.faults.set({ id: 'late', match, effect: { delayMs: 500 }, remaining: 1 });
    const { id } = await drain();
    await eventually(() => cluster.faults.struck('late') === 1);
    cluster.store.delete('Namespace', undefined, space);
    await eventually(() => podsOn(cluster, target)[0]?.metadata.deletionTimestamp);
    const plan = await planned(/^web/);
    expect(plan?.notes).toMatchObject([{ code: 'ALREADY_TERMINATING', severity: 'INFO' }]);
    // 12.31: admission refuses evictions there before anything else is looked at.
    expect(plan).toMatchObject({ outlook: 'WAITS', outlookReason: 'NAMESPACE_TERMINATING' });
    expect(plan?.predictedAnswer).toMatchObject({ status: 403, message: expect.stringContaining('being terminated') });
    expect(plan?.advice).toMatchObject([{ kind: 'WAIT', message: expect.stringContaining(space) }]);
    expect(await worker.ended(id)).toMatchObject({ state: 'SUCCEEDED', failure: null });
    cluster.faults.clear();
    const answers = cluster.api.requests.recent.filter((each) => each.namespace === space && each.verb === 'create');
    expect(answers.filter((each) => each.subresource === 'eviction').map(({ code }) => code)).toEqual([403]);
    expect((await podOf(id, /^web/))?.status).toMatchObject({ state: 'GONE', attempts: 1 });
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('a pod held by a finalizer: says by which, and goes on when it is taken off', async () => {
    const name = `held-${count}`;
    const finalizers = ['example.com/hold'];
    const spec = { terminationGracePeriodSeconds: 1 };
    create(pod({ name, nodeName: target, annotations: QUICK, finalizers, spec }));
    await running(1);
    expect(await planned(/^held/)).toMatchObject({ action: 'BLOCK', notes: [{ code: 'UNMANAGED', option: 'force' }] });
    expect(await planned(/^held/, { force: true })).toMatchObject({ action: 'EVICT', outlook: 'AT_ONCE' });
    const { id } = await drain({ force: true });
    await says(id, /held-\d+ should be gone: .* it is held by the finalizers example.com\/hold/);
    expect((await podOf(id, /^held/))?.status.state).toBe('TERMINATING');
    cluster.store.modify('Pod', 'default', name, (held) => ({
      ...held,
      metadata: { ...held.metadata, finalizers: [] },
    }));
    expect(await worker.ended(id)).toMatchObject({ state: 'SUCCEEDED', diagnosis: [] });
    expect((await podOf(id, /^held/))?.status.state).toBe('GONE');
    expect(evictions(/^held/)).toBe(1);
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('a pod whose kubelet is gone: says since when the node is not Ready and what to do', async () => {
    const name = `cut-off-${count}`;
    const spec = { terminationGracePeriodSeconds: 1 };
    create(pod({ name, nodeName: target, annotations: QUICK, spec }));
    await running(1);
    cluster.controllers.presence.set(target, false);
    const { id } = await drain({ force: true });
    await says(id, /should be gone: .*; the kubelet has not confirmed/);
    cluster.store.modify('Node', undefined, target, (node) => ({
      ...node,
      status: { ...node.status, conditions: silent(node.status?.conditions) },
    }));
    await says(id, new RegExp(`; node ${target} is not Ready since 14:02.*: start its kubelet, or .* taint the node`));
    cluster.controllers.presence.set(target, true);
    expect(await worker.ended(id)).toMatchObject({ state: 'SUCCEEDED', diagnosis: [] });
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('a mirror pod: skipped without a word, and still there afterwards', async () => {
    const mirror = { ...QUICK, 'kubernetes.io/config.mirror': 'f3a9d2c4' };
    create(
      { ...pod({ name: `static-${count}`, nodeName: target, annotations: mirror }), status: { phase: 'Running' } },
      replicaSet({ name: `web-${count}`, annotations: QUICK }),
    );
    await running(2, 1);
    const plan = await planned(/^static/);
    expect(plan).toMatchObject({ action: 'SKIP', order: null, outlook: null });
    expect(plan?.notes).toMatchObject([{ code: 'MIRROR_POD', severity: 'INFO' }]);
    const ended = await worker.ended((await drain()).id);
    expect(ended).toMatchObject({ state: 'SUCCEEDED', warnings: [] });
    expect(evictions(/^static/)).toBe(0);
    expect(podsOn(cluster, target).map(({ metadata }) => metadata.name)).toEqual([`static-${count}`]);
  });
});
