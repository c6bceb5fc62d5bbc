import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  daemonSet,
  pod,
  podDisruptionBudget,
  replicaSet,
} from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { BAD_DAY } from '../../support/api-faults.js';
import { KubeRequests } from '../../support/kube-requests.js';
import { type ManyClusters, startManyClusters } from '../../support/many-clusters.js';
import { openIntents } from '../../support/open-intents.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);
const AT_A_TIME = 5;
const ROUNDS = SEEDS.filter((seed) => seed % AT_A_TIME === 1).map((first) =>
  SEEDS.slice(first - 1, first - 1 + AT_A_TIME),
);
const PODS = 30;
const GUARDED = 12;
const MAY_BE_AWAY = 4;
const annotations = behaviour({ 'start-seconds': 0.02, 'readiness-seconds': 0.05, 'termination-seconds': 0.4 });

// The seed settles the draws; which request meets which draw also depends on the order in which they arrive.
describe('a drain of 30 pods while the API server fails at random', () => {
  let many: ManyClusters;
  let worker: TestWorker;

  beforeAll(async () => {
    many = await startManyClusters(AT_A_TIME);
    for (const { store } of many.clusters) {
      store.create('DaemonSet', daemonSet({ name: 'agent', annotations }) as never);
    }
    for (const cluster of many.clusters) addNodes(cluster, 'spare');
    worker = await startTestWorker(many.kubeconfigPath);
  });
  afterAll(async () => {
    await worker?.close();
    await many?.close();
  });

  const create = (cluster: SimulatedCluster, ...objects: { kind: string }[]) => {
    for (const object of objects) cluster.store.create(object.kind, object as never);
  };
  const removable = (cluster: SimulatedCluster, node: string) =>
    podsOn(cluster, node).filter((each) => each.metadata.ownerReferences?.[0]?.kind !== 'DaemonSet');
  const healthy = (cluster: SimulatedCluster, app: string) =>
    cluster.store
      .list('Pod')
      .filter((each) => each.metadata.labels?.app === app && isReady(each) && !each.metadata.deletionTimestamp).length;

  /** A node with pods under a budget, pods of a replica set without one, and pods on their own. */
  async function fill(cluster: SimulatedCluster, target: string, seed: number) {
    setUnschedulable(cluster, 'spare', true);
    addNodes(cluster, target);
    const guarded = `guarded-${seed}`;
    const bare = Array.from({ length: 8 }, (_, index) =>
      pod({ name: `bare-${seed}-${index}`, nodeName: target, annotations }),
    );
    create(
      cluster,
      replicaSet({ name: guarded, replicas: GUARDED, annotations }),
      podDisruptionBudget(guarded, 'default', { app: guarded }, { maxUnavailable: MAY_BE_AWAY }),
      replicaSet({ name: `free-${seed}`, replicas: PODS - GUARDED - bare.length, annotations }),
      ...bare,
    );
    await eventually(() => removable(cluster, target).filter(isReady).length === PODS);
    await eventually(
      () => cluster.store.get('PodDisruptionBudget', 'default', guarded)?.status?.disruptionsAllowed === MAY_BE_AWAY,
    );
    setUnschedulable(cluster, 'spare', false);
    return { guarded, uids: removable(cluster, target).map(({ metadata }) => metadata.uid as string) };
  }

  async function drainWithFaults(cluster: SimulatedCluster, seed: number) {
    const target = `target-${seed}`;
    const { guarded, uids } = await fill(cluster, target, seed);
    let fewest = GUARDED;
    const stop = cluster.store.subscribe('Pod', () => {
      fewest = Math.min(fewest, healthy(cluster, guarded));
    });
    // The request itself comes on a good day: its one read of the node fails at once, for the caller to ask again.
    const started = await worker.nodes.drain(callerWith(), {
      cluster: cluster.name,
      node: target,
      reason: `seed ${seed}`,
      options: { ignoreDaemonSets: true, force: true },
    });
    cluster.faults.reseed(seed);
    for (const fault of BAD_DAY) cluster.faults.set(fault);
    try {
      const ended = await worker.ended(started.id, 50_000);
      const struck = cluster.faults.list().reduce((sum, fault) => sum + fault.struck, 0);
      return { seed, target, uids, fewest, struck, ended, left: removable(cluster, target) };
    } finally {
      cluster.faults.clear();
      stop();
    }
  }

  async function evictionsOf(cluster: SimulatedCluster): Promise<Record<string, number>> {
    const kube = new KubeRequests(cluster.kubeconfigPath);
    const { body } = await kube.get('/simulation/evictions');
    kube.close();
    return body.byUid;
  }

  /** The pods of one round must not stand in the way of the next. */
  async function tidy(cluster: SimulatedCluster, seed: number): Promise<void> {
    cluster.store.delete('PodDisruptionBudget', 'default', `guarded-${seed}`);
    for (const name of [`guarded-${seed}`, `free-${seed}`]) cluster.store.delete('ReplicaSet', 'default', name);
    await eventually(() => removable(cluster, 'spare').length === 0);
  }

  async function run(cluster: SimulatedCluster, seed: number): Promise<void> {
    const { ended, left, uids, fewest, struck, target } = await drainWithFaults(cluster, seed);
    await tidy(cluster, seed);
    const byUid = await evictionsOf(cluster);
    const open = await openIntents(worker.query, ended.id);
    expect({
      seed,
      state: ended.state,
      failure: ended.failure,
      left: left.map(({ metadata }) => metadata.name),
      unschedulable: cluster.store.get('Node', undefined, target)?.spec.unschedulable,
      daemonSetPods: podsOn(cluster, target).length,
      evictedOnce: uids.filter((uid) => byUid[uid] === 1).length,
      openIntents: open,
    }).toEqual({
      seed,
      state: 'SUCCEEDED',
      failure: null,
      left: [],
      unschedulable: true,
      daemonSetPods: 1,
      evictedOnce: PODS,
      openIntents: [],
    });
    expect(fewest).toBeGreaterThanOrEqual(GUARDED - MAY_BE_AWAY);
    expect(struck).toBeGreaterThan(5);
  }

  it.each(ROUNDS.map((seeds) => ({ seeds })))(
    'ends right, with each pod evicted once: seeds $seeds',
    async ({ seeds }) => {
      const runs = await Promise.allSettled(
        many.clusters.map((cluster, index) => run(cluster, seeds[index] as number)),
      );
      expect(runs.flatMap((each) => (each.status === 'rejected' ? [String(each.reason?.message)] : []))).toEqual([]);
    },
  );
});
