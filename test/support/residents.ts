import type { PodSnapshot, ResourceAmounts } from '../../src/features/operations/drain/pod-snapshot.js';
import { isFinished } from '../../src/features/operations/drain/pod-snapshot.js';
import type { ResidentGroup, Residents } from '../../src/features/operations/drain/residents.js';

/** Pods that stay where they are, each a group of its own. */
export function residentsOf(pods: readonly PodSnapshot[]): Residents {
  const running = pods.filter((pod) => pod.nodeName !== null && !isFinished(pod));
  const groups = running.map(
    ({ namespace, labels, antiAffinity, needs, nodeName }): ResidentGroup => ({
      namespace,
      labels,
      antiAffinity,
      hostPorts: needs?.hostPorts ?? [],
      nodeNames: [nodeName as string],
    }),
  );
  return {
    usedOn: (node) => sumOf(running.filter(({ nodeName }) => nodeName === node)),
    namespaces: () => new Set(groups.map(({ namespace }) => namespace)),
    groupsIn: (wanted) => groups.filter(({ namespace }) => namespace === wanted),
    groupsThatRepel: () => groups.filter(({ antiAffinity }) => antiAffinity.length > 0),
    groupsOnHostPorts: () => groups.filter(({ hostPorts }) => hostPorts.length > 0),
  };
}

function sumOf(pods: readonly PodSnapshot[]): ResourceAmounts {
  const sum: Record<string, number> = { pods: pods.length };
  for (const { requests } of pods) {
    for (const [name, amount] of Object.entries(requests)) sum[name] = (sum[name] ?? 0) + amount;
  }
  return sum;
}
