import { namespace } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import type { ClusterClient } from '../support/cluster-client.js';

const NAMESPACE = 'bench-plan';
const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
/** Moved on by nobody in the cluster, so that the pods stay as they are. */
const OWNER = { apiVersion: 'example.dev/v1', kind: 'Rollout', name: 'rollout', uid: 'bench', controller: true };
const PODS_EACH = 30;

interface Subject {
  readonly what: string;
  readonly nodes: readonly string[];
}

/** Nodes whose pods the scheduler places by different rules: on a cluster of thousands of nodes like them. */
export class PlanStage {
  private constructor(readonly subjects: readonly Subject[]) {}

  /** Each kind of pod on nodes of its own, with what the profile has put there already. */
  static async build(cluster: ClusterClient, nodes: number, plansEach: number): Promise<PlanStage> {
    const names = (kind: number) =>
      Array.from({ length: plansEach }, (_, index) => nodeName((index * 7 + kind * 2) % Math.floor(nodes / 2)));
    await cluster.create(namespace(NAMESPACE));
    const ruled = names(1).map((name) => nodeName(Number(name.slice(5)) + Math.floor(nodes / 2)));
    const stuck = names(2).map((name) => nodeName(Number(name.slice(5)) + Math.floor(nodes / 2)));
    for (const node of ruled) await createEach(PODS_EACH, (index) => cluster.create(ruledPod(node, index)));
    for (const node of stuck) await createEach(PODS_EACH, (index) => cluster.create(stuckPod(node, index)));
    return new PlanStage([
      { what: '30 pods without rules of their own', nodes: names(0) },
      { what: '30 more that keep apart and spread', nodes: ruled },
      { what: '30 more that fit nowhere', nodes: stuck },
    ]);
  }
}

const nodeName = (index: number): string => `node-${String(index).padStart(5, '0')}`;

async function createEach(count: number, create: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => create(index)));
}

/** One of an application with a pod on each node: apart from its like by host, spread over zones, some with a host port. */
function ruledPod(node: string, index: number) {
  const app = `ruled-${index}`;
  const labelSelector = { matchLabels: { app } };
  const ports = index % 5 === 0 ? [{ containerPort: 80, hostPort: 9000 + index }] : [];
  return pod(`${app}-${node}`, node, { app }, ports, {
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector }] },
    },
    topologySpreadConstraints: [
      { topologyKey: ZONE, maxSkew: 40, whenUnsatisfiable: 'DoNotSchedule', labelSelector },
      { topologyKey: HOST, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector },
    ],
  });
}

/** Each wants something else that no node has. */
const stuckPod = (node: string, index: number) =>
  pod(`stuck-${index}-${node}`, node, { app: `stuck-${index}` }, [], {
    ...(index % 2 === 0 ? { nodeSelector: { hardware: `model-${index}` } } : {}),
    requests: { cpu: String(40 + index) },
  });

function pod(
  name: string,
  nodeName: string,
  labels: Record<string, string>,
  ports: object[],
  { requests = { cpu: '1m' }, ...spec }: Record<string, unknown>,
) {
  const image = 'registry.example/app:1.0.0';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels, ownerReferences: [OWNER] },
    spec: { nodeName, containers: [{ name: 'app', image, ports, resources: { requests } }], ...spec },
  };
}
