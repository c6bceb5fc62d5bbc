import type { Container, Pod } from '../controllers/kube-types.js';
import { quantity } from '../controllers/quantity.js';
import { stableHash } from '../controllers/stable-hash.js';

export interface ContainerUsage {
  name: string;
  cpuCores: number;
  memoryBytes: number;
}

/** Usage made up from requests by the container's identity; the same rule as `metrics.k8s.io` of the API server half. */
export function containerUsage(pod: Pod, container: Container): ContainerUsage {
  const { cpu, memory } = container.resources?.requests ?? {};
  const share = 0.3 + 0.6 * (stableHash(`${pod.metadata.uid}/${container.name}`) / 2 ** 32);
  return {
    name: container.name,
    cpuCores: Math.max(0.001, (cpu ? quantity(cpu) : 0.02) * share),
    memoryBytes: Math.max(2 << 20, Math.round((memory ? quantity(memory) : 32 << 20) * share)),
  };
}

export const SYSTEM_USAGE = { cpuCores: 0.085, memoryBytes: 620_000 * 1024 };

export function nodeUsage(pods: readonly Pod[]): { cpuCores: number; memoryBytes: number } {
  return pods
    .filter((pod) => pod.status.phase === 'Running')
    .flatMap((pod) => pod.spec.containers.map((container) => containerUsage(pod, container)))
    .reduce(
      (sum, usage) => ({
        cpuCores: sum.cpuCores + usage.cpuCores,
        memoryBytes: sum.memoryBytes + usage.memoryBytes,
      }),
      SYSTEM_USAGE,
    );
}
