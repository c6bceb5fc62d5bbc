import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pod, podDisruptionBudget, replicaSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { DrainOptionsInput } from '../../../src/features/operations/drain/drain-options.js';
import { MakeDrainPlan } from '../../../src/features/operations/drain/make-drain-plan.service.js';
import { openIntents } from '../../support/open-intents.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const QUICK = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.1, 'termination-seconds': 0.1 });
const STUCK = { ...QUICK, ...behaviour({ 'termination-seconds': 100_000 }) };
const EVICTION = { verb: 'create', resource: 'pods', subresource: 'eviction' };
const WEBHOOK = 'admission webhook "drain.rollout.example" denied the request: this operator rolls its pods itself';
let count = 0;

describe('drains on clusters as they are', () => {
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
  afterEach(() => {
    cluster.faults.clear();
    if (cluster.store.get('Node', undefined, target)) setUnschedulable(cluster, target, true);
  });
  afterAll(async () => {
    await worker?.close();
    await cluster?.close();
  });

  const create = (...objects: { kind: string }[]) => {
    for (const object of objects) cluster.store.create(object.kind, object as never);
  };
  const running = async (total: number) => {
    await eventually(() => podsOn(cluster, target).filter(isReady).length === total, 30_000);
    setUnschedulable(cluster, 'spare', false);
  };
  const plan = (options: DrainOptionsInput = {}) =>
    worker.app.get(MakeDrainPlan, { strict: false }).plan(callerWith(), 'demo', [target], options);
  const drain = (options: DrainOptionsInput = {}) =>
    worker.nodes.drain(callerWith(), { cluster: 'demo', node: target, reason: 'a test', options });
  const podOf = async (id: string, name: RegExp) => (await worker.pods(id)).find((each) => name.test(each.name));
  const ended = (id: string) => worker.ended(id, 60_000);
  const says = (id: string, text: RegExp) =>
    eventually(async () => text.test((await worker.operations.find(id))?.diagnosis.join('\n') ?? ''), 30_000);
  const nodeOf = (name: string) => cluster.store.get('Node', undefined, name);

  it('12.23 waits for a cluster that is away in mid-drain, says so, and counts it against no pod', async () => {
    create(replicaSet({ name: `away-${count}`, replicas: 3, annotations: QUICK }));
    await running(3);
    cluster.faults.set({ id: 'hold', match: EVICTION, effect: { status: 503 }, remaining: 3 });
    const { id } = await drain();
    await eventually(() => cluster.faults.struck('hold') === 3);
    cluster.faults.set({ id: 'away', effect: { dropConnection: true } });
    await says(id, /^the cluster is out of reach, and the drain goes on when it is back: .*connection/);
    await eventually(async () => {
      const pods = await worker.pods(id);
      return pods.length === 3 && pods.every(({ status }) => status.unansweredInARow >= 2);
    }, 30_000);
    expect((await worker.pods(id)).map(({ status }) => status.state)).not.toContain('FAILED');
    expect((await worker.pods(id)).every(({ status }) => status.unavailableInARow <= 1)).toBe(true);
    cluster.faults.clear();
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', diagnosis: [] });
  });

  it('12.23 ends at its own deadline when the cluster stays away', async () => {
    create(replicaSet({ name: `gone-${count}`, annotations: STUCK }));
    await running(1);
    const { id } = await drain({ timeoutSeconds: 12 });
    await eventually(async () => (await podOf(id, /^gone/))?.status.state === 'TERMINATING');
    cluster.faults.set({ id: 'away', effect: { dropConnection: true } });
    expect(await ended(id)).toMatchObject({
      state: 'TIMED_OUT',
      diagnosis: [expect.stringContaining('out of reach')],
    });
  });

  it.each([403, 404, 409, 422, 429, 500])(
    '12.3, 12.4 a denial by a webhook with %s blocks this pod with its words, and nothing else',
    async (status) => {
      const name = `operated-${count}`;
      create(
        pod({ name, nodeName: target, annotations: QUICK }),
        replicaSet({ name: `free-${count}`, annotations: QUICK }),
      );
      await running(2);
      cluster.faults.set({ id: 'webhook', match: { ...EVICTION, name }, effect: { status, message: WEBHOOK } });
      const { id } = await drain({ force: true });
      await says(id, /operated-\d+ is kept by admission.*this operator rolls its pods itself/);
      await eventually(async () => (await podOf(id, /^free/))?.status.state === 'GONE');
      expect((await podOf(id, /^operated/))?.status).toMatchObject({ state: 'BLOCKED', message: WEBHOOK });
      expect(cluster.faults.struck('webhook')).toBeLessThanOrEqual(2);
      // The operator has rolled it.
      cluster.store.delete('Pod', 'default', name, { gracePeriodSeconds: 0 });
      expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED' });
      expect(await openIntents(worker.query, id)).toEqual([]);
    },
  );

  it('12.25 a policy that denies the cordon is told in its own words, not as a missing right', async () => {
    const message = `nodes "${target}" is forbidden: ValidatingAdmissionPolicy 'keep' with binding 'keep' denied request: it stays in service`;
    cluster.faults.set({ id: 'policy', match: { verb: 'patch', resource: 'nodes' }, effect: { status: 403, message } });
    const failed = await ended((await drain()).id);
    expect(failed).toMatchObject({ state: 'FAILED', failure: { code: 'ADMISSION_DENIED' } });
    expect(failed.failure?.message).toContain("'keep' denied request: it stays in service");
    const cordon = await worker.nodes.cordon(callerWith(), { cluster: 'demo', node: target, reason: 'a test' });
    expect(await ended(cordon.id)).toMatchObject({ state: 'FAILED', failure: { code: 'ADMISSION_DENIED' } });
  });

  it('12.1 does not wait for a pod that terminates for longer than asked for', async () => {
    const name = `stuck-${count}`;
    const made = pod({ name, nodeName: target, annotations: QUICK });
    const held = { ...made, metadata: { ...made.metadata, finalizers: ['example.com/hold'] } };
    create(held);
    await running(1);
    const { id } = await drain({ skipWaitForDeleteTimeoutSeconds: 1, gracePeriodSeconds: 1, force: true });
    const done = await ended(id);
    expect(done).toMatchObject({ state: 'SUCCEEDED', result: { findings: [{ code: 'DELETION_OVERDUE' }] } });
    expect((await podOf(id, /^stuck/))?.status).toMatchObject({ state: 'IGNORED', reason: 'DELETION_OVERDUE' });
    expect(podsOn(cluster, target)).toHaveLength(1);
    expect(await openIntents(worker.query, id)).toEqual([]);
  });

  it('12.2 treats a controller of another group that is called DaemonSet as any controller', async () => {
    const name = `kruise-${count}`;
    const owner = {
      apiVersion: 'apps.kruise.io/v1alpha1',
      kind: 'DaemonSet',
      name,
      uid: `uid-${count}`,
      controller: true,
    };
    const made = pod({ name, nodeName: target, annotations: QUICK });
    create({ ...made, metadata: { ...made.metadata, ownerReferences: [owner] } } as never);
    await running(1);
    expect((await plan()).nodes[0]).toMatchObject({ executable: true, pods: [{ action: 'EVICT', notes: [] }] });
    expect(await ended((await drain()).id)).toMatchObject({ state: 'SUCCEEDED' });
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('12.5 succeeds with a finding when the node leaves the cluster in mid-drain', async () => {
    const name = `spot-${count}`;
    create(
      replicaSet({ name, annotations: QUICK }),
      podDisruptionBudget(name, 'default', { app: name }, { minAvailable: 1 }),
    );
    await running(1);
    await eventually(() => cluster.store.get('PodDisruptionBudget', 'default', name)?.status?.expectedPods === 1);
    const { id } = await drain();
    await says(id, /can never pass PDB/);
    cluster.store.delete('Node', undefined, target);
    const done = await ended(id);
    expect(done).toMatchObject({ state: 'SUCCEEDED', failure: null, diagnosis: [] });
    expect(done.result.findings).toEqual([{ code: 'NODE_GONE', message: expect.stringContaining(target) }]);
    expect((await worker.pods(id)).map(({ status }) => status.state)).toEqual(['GONE']);
    expect(await openIntents(worker.query, id)).toEqual([]);
  });

  it('12.6 warns of pods that tolerate the cordon, and says at the end that they are back', async () => {
    const name = `back-${count}`;
    const set = replicaSet({ name, annotations: QUICK });
    const tolerations = [{ operator: 'Exists' }];
    const template = set.spec.template as { spec: object };
    const spec = { ...template.spec, tolerations, nodeSelector: { 'kubernetes.io/hostname': target } };
    create({ ...set, spec: { ...set.spec, template: { ...template, spec } } } as never);
    await running(1);
    expect((await plan()).warnings.join('\n')).toMatch(/back-\d+-\w+ tolerates the cordon .* may come back/);
    const { id } = await drain();
    const done = await ended(id);
    expect(done).toMatchObject({ state: 'SUCCEEDED', result: { findings: [{ code: 'PODS_CAME_BACK' }] } });
    expect(done.warnings.join('\n')).toMatch(/1 pods came to the node during the drain/);
    expect(done.steps.find((step) => step.name === 'VERIFY')?.message).toContain(`back-${count}`);
  });

  it('12.8 a refused drain leaves no cordon behind and says so in its first words', async () => {
    create(pod({ name: `bare-${count}`, nodeName: target, annotations: QUICK }));
    await running(1);
    const refused = await ended((await drain()).id);
    expect(refused).toMatchObject({ state: 'FAILED', failure: { code: 'DRAIN_REFUSED' }, cordonedByUs: false });
    expect(refused.failure?.message).toMatch(/^Nothing was removed, and the cordon is taken back, since 1 pods/);
    expect(nodeOf(target)?.spec.unschedulable).toBeFalsy();
    expect(nodeOf(target)?.metadata.annotations ?? {}).not.toHaveProperty('node-steward.dev/operation');
    setUnschedulable(cluster, target, true);
    const again = await ended((await drain()).id);
    expect(again.failure?.message).toMatch(/^Nothing was removed, and the node stays cordoned, as it was before/);
    expect(nodeOf(target)?.spec.unschedulable).toBe(true);
  });

  it('12.8 warns of what autoscalers are told not to touch, and of pods that the selector leaves', async () => {
    const annotations = (more: Record<string, string>) => ({ ...QUICK, ...more });
    create(
      pod({
        name: `karpenter-${count}`,
        nodeName: target,
        annotations: annotations({ 'karpenter.sh/do-not-disrupt': 'true' }),
      }),
      pod({
        name: `scaler-${count}`,
        nodeName: target,
        annotations: annotations({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }),
      }),
      pod({
        name: `safe-${count}`,
        nodeName: target,
        annotations: annotations({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }),
      }),
    );
    await running(3);
    const { warnings } = await plan({ force: true });
    expect(warnings).toContainEqual(expect.stringMatching(/karpenter-\d+ .*karpenter\.sh\/do-not-disrupt/));
    expect(warnings).toContainEqual(expect.stringMatching(/scaler-\d+ .*safe-to-evict/));
    expect(warnings.filter((each) => each.includes('annotated'))).toHaveLength(2);
    const selected = await plan({ force: true, podSelector: 'app=nothing' });
    expect(selected.warnings).toContainEqual(expect.stringMatching(/^3 pods stay .*podSelector/));
  });
});
