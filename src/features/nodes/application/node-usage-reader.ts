import { Injectable } from '@nestjs/common';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { type ClusterCache, type NodeUsage, podResources, usageOf } from '../../clusters/index.js';

const AT_ONCE = 10;

/** Sums of the pods on some nodes: from the cache, or while its pods are still being read by a call for each node. */
@Injectable()
export class NodeUsageReader {
  constructor(private readonly connections: ClusterConnections) {}

  async of(cache: ClusterCache, nodeNames: readonly string[]): Promise<(nodeName: string) => NodeUsage> {
    if (cache.hasPods) return (nodeName) => cache.usage(nodeName);
    const usages = new Map<string, NodeUsage>();
    const waiting = [...nodeNames];
    const work = async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        usages.set(name, await this.live(cache.cluster, name));
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } catch (error) {
      throw kubernetesDomainError(error);
    }
    return (nodeName) => usages.get(nodeName) as NodeUsage;
  }

  private async live(cluster: string, nodeName: string): Promise<NodeUsage> {
    const pods = await this.connections.api(cluster).listPodsOnNode(nodeName);
    return usageOf(
      pods.map(({ spec, status }) => ({ phase: status.phase ?? '', resources: podResources(spec, status) })),
    );
  }
}
