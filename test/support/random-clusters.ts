import fc from 'fast-check';
import {
  daemonSet,
  namespace,
  pod,
  podDisruptionBudget,
  replicaSet,
  statefulSet,
} from '../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { KubeObject } from '../../packages/simulated-cluster/src/store/kube-object.js';

/** How a pod of a random cluster is when the test begins. */
export type PodSituation = 'READY' | 'UNREADY' | 'PENDING' | 'FINISHED' | 'TERMINATING';

export interface RandomBudget {
  readonly limit: { readonly minAvailable: number | string } | { readonly maxUnavailable: number | string };
  readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  /** Covers all workloads of the namespace instead of its own. */
  readonly wide: boolean;
}

export interface RandomWorkload {
  readonly kind: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Bare';
  readonly pods: readonly { readonly situation: PodSituation; readonly onTarget: boolean }[];
  readonly budgets: readonly RandomBudget[];
}

export interface RandomCluster {
  readonly workloads: readonly RandomWorkload[];
}

const amount = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('0%', '25%', '34%', '50%', '80%', '100%'));

const budget = (wide: fc.Arbitrary<boolean>): fc.Arbitrary<RandomBudget> =>
  fc.record(
    {
      limit: fc.oneof(fc.record({ minAvailable: amount }), fc.record({ maxUnavailable: amount })),
      unhealthyPodEvictionPolicy: fc.constantFrom('IfHealthyBudget' as const, 'AlwaysAllow' as const),
      wide,
    },
    { requiredKeys: ['limit', 'wide'] },
  );

export interface RandomChoices {
  readonly kinds: readonly RandomWorkload['kind'][];
  readonly situations: readonly PodSituation[];
}

/** One to three workloads with their pods on the node to drain and elsewhere, under none to two budgets each. */
export function randomClusters({ kinds, situations }: RandomChoices): fc.Arbitrary<RandomCluster> {
  const situation = fc.oneof(
    { weight: 4, arbitrary: fc.constant<PodSituation>('READY') },
    { weight: 2, arbitrary: fc.constantFrom(...situations) },
  );
  const one = fc.record({ situation, onTarget: fc.boolean() });
  const workload = fc.record({
    kind: fc.constantFrom(...kinds),
    pods: fc.array(one, { minLength: 1, maxLength: 5 }),
    budgets: fc.oneof(
      { weight: 5, arbitrary: fc.array(budget(fc.constant(false)), { minLength: 1, maxLength: 1 }) },
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(budget(fc.boolean()), { minLength: 1, maxLength: 2 }) },
    ),
  });
  return fc.record({ workloads: fc.array(workload, { minLength: 1, maxLength: 3 }) });
}

export interface Placement {
  readonly space: string;
  readonly target: string;
  readonly elsewhere: string;
  readonly annotations: (situation: PodSituation, onTarget: boolean) => Record<string, string>;
  /** Of the pods that controllers make later. */
  readonly template: Record<string, string>;
}

const BUILDERS = { ReplicaSet: replicaSet, StatefulSet: statefulSet, DaemonSet: daemonSet };
const FINAL: Record<PodSituation, string> = {
  READY: 'Running',
  UNREADY: 'Running',
  PENDING: 'Pending',
  FINISHED: 'Succeeded',
  TERMINATING: 'Running',
};

/** Puts it into the store in one go: controllers look at it when all is there, and so find nothing to make. */
export function loadRandomCluster(cluster: SimulatedCluster, sample: RandomCluster, at: Placement): void {
  const { store } = cluster;
  const { space } = at;
  store.create('Namespace', namespace(space) as never);
  sample.workloads.forEach(({ kind, pods, budgets }, index) => {
    const name = `w${index}`;
    const shape = { name, namespace: space, labels: { team: 'one' }, annotations: at.template };
    const owner =
      kind === 'Bare' ? null : store.create(kind, BUILDERS[kind]({ ...shape, replicas: pods.length }) as never);
    pods.forEach((each, ordinal) => {
      createPod(cluster, { ...each, owner, name: `${name}-${ordinal}`, app: name }, at);
    });
    budgets.forEach(({ wide, limit, unhealthyPodEvictionPolicy: policy }, number) => {
      const spec = { ...limit, ...(policy ? { unhealthyPodEvictionPolicy: policy } : {}) };
      const labels: Record<string, string> = wide ? { team: 'one' } : { app: name };
      store.create('PodDisruptionBudget', podDisruptionBudget(`${name}-${number}`, space, labels, spec) as never);
    });
  });
}

interface NewPod {
  readonly situation: PodSituation;
  readonly onTarget: boolean;
  readonly owner: KubeObject | null;
  readonly name: string;
  readonly app: string;
}

function createPod(
  { store }: SimulatedCluster,
  { situation, onTarget, owner, name, app }: NewPod,
  at: Placement,
): void {
  const { space: namespaceName } = at;
  const made = pod({
    name,
    namespace: namespaceName,
    labels: { app, team: 'one' },
    annotations: at.annotations(situation, onTarget),
    nodeName: onTarget ? at.target : at.elsewhere,
  });
  const owners = owner && {
    ownerReferences: [
      {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        name: owner.metadata.name,
        uid: owner.metadata.uid,
        controller: true,
      },
    ],
  };
  const ready = situation === 'READY' || situation === 'TERMINATING' ? 'True' : 'False';
  const started = situation === 'PENDING' ? {} : { startTime: store.timestamp() };
  const conditions = [{ type: 'Ready', status: ready, lastTransitionTime: store.timestamp() }];
  store.create('Pod', {
    ...made,
    metadata: { ...made.metadata, ...owners },
    status: { phase: FINAL[situation], ...started, conditions },
  } as never);
  if (situation === 'TERMINATING') store.delete('Pod', namespaceName, name);
}

/** Takes all of a namespace away at once, so that the next random cluster has the nodes for itself. */
export function unloadNamespace({ store }: SimulatedCluster, space: string): void {
  for (const kind of ['PodDisruptionBudget', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Pod']) {
    for (const { metadata } of store.list(kind, { namespace: space })) store.finalizeDelete(kind, space, metadata.name);
  }
}
