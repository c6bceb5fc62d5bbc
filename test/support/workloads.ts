import { node } from '../../packages/simulated-cluster/src/profiles/node-manifest.js';
import type { SimulatedCluster } from '../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { KubeObject } from '../../packages/simulated-cluster/src/store/kube-object.js';

const PREFIX = 'simulation.node-steward.dev/';

/** Annotations by which simulated pods behave: `{ 'readiness-seconds': 2 }`. */
export const behaviour = (facts: Record<string, string | number>): Record<string, string> =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [PREFIX + name, String(value)]));

export function addNodes(cluster: SimulatedCluster, ...names: string[]): void {
  names.forEach((name, index) => {
    cluster.store.create('Node', node({ name, index: index + 100 }));
  });
}

export const setUnschedulable = (cluster: SimulatedCluster, name: string, unschedulable: boolean): void => {
  const known = cluster.store.get('Node', undefined, name) as KubeObject;
  cluster.store.update('Node', { ...known, spec: { ...known.spec, unschedulable } });
};

export const podsOn = (cluster: SimulatedCluster, name: string): KubeObject[] =>
  cluster.store.list('Pod').filter((pod) => pod.spec.nodeName === name);

export const isReady = (pod: KubeObject): boolean =>
  pod.status?.conditions?.some(
    (each: { type: string; status: string }) => each.type === 'Ready' && each.status === 'True',
  ) ?? false;

/** Polls the state of something that another part of the system brings about. */
export async function eventually<T>(look: () => T | Promise<T>, timeoutMs = 60_000): Promise<NonNullable<T>> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`did not come about in ${timeoutMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
