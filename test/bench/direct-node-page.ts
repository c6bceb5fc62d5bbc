import type { ClusterClient } from '../support/cluster-client.js';
import { eachPage } from './each-page.js';

export interface PageNode {
  readonly name: string;
  readonly podCount: number;
  /** Milli-CPU that the unfinished pods ask for. */
  readonly cpuRequests: number;
  readonly memoryRequests: number;
}

export const ZONE = 'eu-north-1a';

/**
 * What a client without the service does for the page: all nodes and all pods from the API server as JSON in pages of 500,
 * as kubectl lists them, then sums, filter and order of its own.
 */
export async function directNodePage(cluster: ClusterClient): Promise<PageNode[]> {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const nodes: any[] = [];
  await eachPage(cluster, '/api/v1/nodes', (items) => nodes.push(...items));
  const sums = new Map<string, { podCount: number; cpuRequests: number; memoryRequests: number }>();
  await eachPage(cluster, '/api/v1/pods', (pods) => {
    for (const { spec, status } of pods) {
      if (status.phase === 'Succeeded' || status.phase === 'Failed') continue;
      const sum = sums.get(spec.nodeName) ?? { podCount: 0, cpuRequests: 0, memoryRequests: 0 };
      sums.set(spec.nodeName, sum);
      sum.podCount += 1;
      for (const { resources } of spec.containers) {
        sum.cpuRequests += millis(resources?.requests?.cpu ?? '0');
        sum.memoryRequests += bytes(resources?.requests?.memory ?? '0');
      }
    }
  });
  const none = { podCount: 0, cpuRequests: 0, memoryRequests: 0 };
  return nodes
    .filter(({ metadata, status }) => metadata.labels['topology.kubernetes.io/zone'] === ZONE && isReady(status))
    .map(({ metadata: { name } }): PageNode => ({ name, ...(sums.get(name) ?? none) }))
    .sort((a, b) => b.cpuRequests - a.cpuRequests || (a.name < b.name ? -1 : 1))
    .slice(0, 50);
}

const isReady = ({ conditions }: { conditions: { type: string; status: string }[] }): boolean =>
  conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

const millis = (cpu: string): number => (cpu.endsWith('m') ? Number.parseInt(cpu, 10) : Number(cpu) * 1000);

const UNITS: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, '': 1 };

function bytes(memory: string): number {
  const [, number = '0', unit = ''] = /^(\d+)(\w*)$/.exec(memory) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
