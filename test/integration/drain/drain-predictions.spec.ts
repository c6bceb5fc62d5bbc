import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { KubeObject } from '../../../packages/simulated-cluster/src/store/kube-object.js';
import { labelSelectorMatcher } from '../../../packages/simulated-cluster/src/store/label-selector.js';
import type { PlannedPod } from '../../../src/features/operations/drain/drain-plan.js';
import { MakeDrainPlan } from '../../../src/features/operations/drain/make-drain-plan.service.js';
import { CancelOperation } from '../../../src/features/operations/engine/cancel-operation.service.js';
import { isPodSettled, isTerminal } from '../../../src/features/operations/engine/operation.js';
import { ClusterClient } from '../../support/cluster-client.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import {
  loadRandomCluster,
  type RandomCluster,
  randomClusters,
  unloadNamespace,
} from '../../support/random-clusters.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const OPTIONS = { force: true, ignoreDaemonSets: true, deleteEmptyDirData: true };
const SECONDS = { 'start-seconds': 0.05, 'readiness-seconds': 0.15, 'termination-seconds': 0.1 };
const STILL = behaviour({ 'start-seconds': 100_000, 'never-terminates': 'true' });
const NEVER_READY = { ...STILL, ...behaviour({ 'never-ready': 'true' }) };
/** Nodes of random clusters that are drained at the same time. */
const LANES = ['lane-1', 'lane-2', 'lane-3', 'lane-4'];
const NOT_YET = behaviour({ ...SECONDS, 'readiness-seconds': 100_000 });
let spaces = 0;

describe('what a plan predicts of random clusters, and what then happens', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let client: ClusterClient;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    client = new ClusterClient(cluster.kubeconfigPath);
    worker = await startTestWorker(cluster.kubeconfigPath, { EVICTIONS_PER_SECOND: '200' });
    addNodes(cluster, 'still', 'elsewhere', ...LANES);
    for (const node of ['still', 'elsewhere', ...LANES]) setUnschedulable(cluster, node, true);
  });
  afterAll(async () => {
    await client?.close();
    await worker?.close();
    await cluster?.close();
  });

  const settled = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await cluster.controllers.runtime.idle();
  };
  const plannedOn = async (node: string): Promise<readonly PlannedPod[]> => {
    const plan = await worker.app.get(MakeDrainPlan, { strict: false }).plan(callerWith(), 'demo', [node], OPTIONS);
    expect(plan.executable).toBe(true);
    return plan.nodes[0]?.pods ?? [];
  };
  const evict = async ({ namespace, name, uid }: PlannedPod) => {
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
      deleteOptions: { preconditions: { uid } },
    };
    try {
      await client.call('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, body);
      return { status: 201, message: null };
    } catch (error) {
      const [, status, text] = /: (\d{3}) (.*)$/s.exec(String(error)) ?? [];
      const { message, details } = JSON.parse(text ?? '{}');
      return { status: Number(status), message: details?.causes?.[0]?.message ?? message };
    }
  };

  it('the API server answers each eviction as predicted, in 150 random clusters', async () => {
    const seen = new Map<string, number>();
    const clusters = randomClusters({
      kinds: ['ReplicaSet', 'StatefulSet', 'Bare', 'DaemonSet'],
      situations: ['UNREADY', 'PENDING', 'FINISHED', 'TERMINATING'],
    });
    await fc.assert(
      fc.asyncProperty(clusters, fc.boolean(), async (sample, slowly) => {
        const space = `still-${++spaces}`;
        loadRandomCluster(cluster, sample, {
          space,
          target: 'still',
          elsewhere: 'elsewhere',
          template: STILL,
          annotations: (situation) => (situation === 'UNREADY' ? NEVER_READY : STILL),
        });
        try {
          await settled();
          const planned = [...(await plannedOn('still'))].filter(({ order }) => order !== null);
          planned.sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
          for (const each of planned) {
            const { predictedAnswer, outlook, outlookReason } = each;
            expect({ pod: each.name, ...(await evict(each)) }).toEqual({ pod: each.name, ...predictedAnswer });
            expect(outlook === 'AT_ONCE').toBe(predictedAnswer?.status === 201);
            seen.set(`${outlook} ${outlookReason}`, (seen.get(`${outlook} ${outlookReason}`) ?? 0) + 1);
            // The disruption controller may be done with the last eviction or not.
            if (slowly) await settled();
          }
        } finally {
          unloadNamespace(cluster, space);
          await settled();
        }
      }),
      { numRuns: 150 },
    );
    const common = [
      'AT_ONCE PHASE_BYPASSES',
      'AT_ONCE NO_BUDGET',
      'AT_ONCE BUDGET_ALLOWS',
      'AT_ONCE UNREADY_ALWAYS_ALLOWED',
    ];
    const refused = ['WAITS BUDGET_EXHAUSTED', 'NEVER BUDGET_NEVER_OPENS', 'NEVER MULTIPLE_BUDGETS'];
    expect([...seen.keys()]).toEqual(expect.arrayContaining([...common, ...refused]));
  });

  /** A Ready pod may only begin to go while its budgets still have what they ask for without it: counted from the pods. */
  const watchBudgets = () => {
    const broken: string[] = [];
    let evictions = 0;
    const stop = cluster.store.subscribe('Pod', ({ object, previous }) => {
      if (!object.metadata.deletionTimestamp || !previous || previous.metadata.deletionTimestamp) return;
      if (!wasEvicted(object)) return;
      evictions++;
      if (!isReady(object) || object.status?.phase !== 'Running') return;
      for (const pdb of cluster.store.list('PodDisruptionBudget', { namespace: object.metadata.namespace })) {
        const covers = labelSelectorMatcher(pdb.spec?.selector);
        if (!covers(object.metadata.labels)) continue;
        const pods = cluster.store.list('Pod', { namespace: object.metadata.namespace });
        const covered = pods.filter((each) => covers(each.metadata.labels));
        const healthy = covered.filter((each) => isReady(each) && !each.metadata.deletionTimestamp).length;
        const desired = desiredOf(cluster, pdb, covered);
        if (healthy < desired)
          broken.push(`${object.metadata.namespace}/${object.metadata.name}: ${healthy} < ${desired}`);
      }
    });
    return { broken, stop, evictions: () => evictions };
  };

  const drainAsPredicted = async (sample: RandomCluster, target: string) => {
    const space = `moving-${++spaces}`;
    const quick = behaviour(SECONDS);
    loadRandomCluster(cluster, sample, {
      space,
      target,
      elsewhere: 'elsewhere',
      template: quick,
      annotations: (situation, onTarget) => (situation === 'UNREADY' && onTarget ? NOT_YET : quick),
    });
    try {
      await settled();
      const planned = await plannedOn(target);
      // Pods under the same budgets stand in for each other: which of them goes first changes as they become Ready.
      const groups = new Map(planned.map(({ uid, budgets }) => [uid, budgets.join(' ')]));
      const grouped = (uids: readonly string[]) => uids.map((uid) => groups.get(uid)).sort();
      const never = planned.filter(({ outlook }) => outlook === 'NEVER').map(({ uid }) => uid);
      const double = planned.filter(({ outlookReason }) => outlookReason === 'MULTIPLE_BUDGETS').map(({ uid }) => uid);
      // A prediction is of pods as they are: those that go at once stay as they are, all others become healthy in the end.
      for (const { outlook, namespace, name } of planned)
        if (outlook !== 'AT_ONCE') makeReady(cluster, namespace, name);
      const request = { cluster: 'demo', node: target, reason: 'a test', options: OPTIONS };
      const { id } = await worker.nodes.drain(callerWith(), request);
      const stuck = async () => {
        const state = (await worker.operations.find(id))?.state;
        const states = (await worker.pods(id)).map(({ status }) => status.state);
        const left = states.filter((each) => !isPodSettled(each));
        // Failed pods stay too: without them, one that waits for its turn would pass for the last that never goes.
        const staying = left.length + states.filter((each) => each === 'FAILED').length;
        const rest = staying <= never.length && left.every((each) => each === 'BLOCKED');
        return (state && isTerminal(state)) || (left.length > 0 && rest);
      };
      await eventually(stuck, 20_000).catch(async () => {
        throw new Error(`${space}: ${JSON.stringify({ planned, pods: await worker.pods(id) })}`);
      });
      const pods = await worker.pods(id);
      const stayed = pods.filter(({ status }) => ['BLOCKED', 'FAILED'].includes(status.state)).map(({ uid }) => uid);
      expect(grouped(stayed)).toEqual(grouped(never));
      const { state } = (await worker.operations.find(id)) ?? {};
      if (never.length === 0) expect((await worker.ended(id)).state).toBe('SUCCEEDED');
      else if (double.length === never.length) expect((await worker.ended(id)).state).toBe('FAILED');
      else expect(state).toBe('RUNNING');
      const cancel = worker.app.get(CancelOperation, { strict: false });
      if (!isTerminal((await worker.operations.find(id))?.state ?? 'SUCCEEDED'))
        await cancel.cancel(callerWith(), { id });
      await worker.ended(id);
      const left = podsOn(cluster, target).filter((each) => each.metadata.namespace === space);
      expect(left.map(({ metadata }) => metadata.uid as string).sort()).toEqual([...stayed].sort());
    } finally {
      unloadNamespace(cluster, space);
      await settled();
    }
  };

  it('a drain breaks no budget and ends as predicted, in 40 random clusters', async () => {
    setUnschedulable(cluster, 'elsewhere', false);
    const watchdog = watchBudgets();
    const moving = randomClusters({ kinds: ['ReplicaSet', 'StatefulSet', 'Bare'], situations: ['UNREADY'] }).filter(
      isDefined,
    );
    const lanes = fc.array(moving, { minLength: LANES.length, maxLength: LANES.length });
    await fc.assert(
      fc.asyncProperty(lanes, async (samples) => {
        const results = await Promise.allSettled(
          samples.map((sample, lane) => drainAsPredicted(sample, LANES[lane] as string)),
        );
        for (const result of results) if (result.status === 'rejected') throw result.reason;
        expect(watchdog.broken).toEqual([]);
      }),
      { numRuns: 10, endOnFailure: true },
    );
    watchdog.stop();
    expect(watchdog.evictions()).toBeGreaterThan(40);
  });
});

/**
 * Kubernetes calls it undefined what a budget makes of pods without a controller, unless it has a number in minAvailable:
 * they count as healthy and yet aren't expected, so that a budget may open that never could by its words.
 */
function isDefined({ workloads }: RandomCluster): boolean {
  const wide = workloads.flatMap(({ budgets }) => budgets.filter((each) => each.wide));
  const counted = wide.every(({ limit }) => 'minAvailable' in limit && typeof limit.minAvailable === 'number');
  return counted || !workloads.some(({ kind }) => kind === 'Bare');
}

function makeReady({ store }: SimulatedCluster, namespace: string, name: string): void {
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: store.timestamp() }];
  store.modify('Pod', namespace, name, (pod) => ({ ...pod, status: { ...pod.status, conditions } }));
}

const wasEvicted = (pod: KubeObject): boolean =>
  (pod.status?.conditions ?? []).some((each: { type: string }) => each.type === 'DisruptionTarget');

/** From the budget's words and the pods' owners alone, not from its status. */
function desiredOf(cluster: SimulatedCluster, { spec }: KubeObject, covered: readonly KubeObject[]): number {
  const owners = new Map(
    covered.flatMap(({ metadata }) => (metadata.ownerReferences ?? []).map((owner) => [owner.uid, owner] as const)),
  );
  let scale = 0;
  for (const { kind, name } of owners.values()) {
    scale += cluster.store.get(kind, covered[0]?.metadata.namespace, name)?.spec?.replicas ?? 0;
  }
  const part = (value: number | string) =>
    typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * scale) / 100);
  if (spec?.minAvailable !== undefined) return part(spec.minAvailable);
  return Math.max(0, scale - part(spec?.maxUnavailable ?? 0));
}
