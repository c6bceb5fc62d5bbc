import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../../kernel/actor.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../../platform/kubernetes/cluster-connections.js';
import type { Pod } from '../../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../../platform/kubernetes/kubernetes-domain-error.js';
import { AccessControl } from '../../../access/index.js';

/** Reads a pod live, for callers whose scope covers its namespace and the node it runs on. */
@Injectable()
export class VisiblePodService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly access: AccessControl,
  ) {}

  /** @throws DomainError FORBIDDEN, NOT_FOUND also for what the caller may not see, CLUSTER_NOT_FOUND, CLUSTER_UNAVAILABLE */
  async require(caller: Caller, cluster: string, namespace: string, name: string): Promise<Pod> {
    await this.access.requireCluster(caller, 'pod.logs.read', cluster);
    const api = this.connections.api(cluster);
    const resource = { type: 'Namespace' as const, cluster, name: namespace };
    const absent = podNotFound(cluster, namespace, name);
    const hiding = { seenBy: 'node.read' as const, absent };
    const call = { requestId: caller.request.requestId };
    try {
      const pod = await api.getPod(namespace, name, call);
      const node = pod.spec.nodeName ? await api.getNode(pod.spec.nodeName, call) : undefined;
      const where = node && { name: node.metadata.name, labels: node.metadata.labels ?? {} };
      await this.access.require(caller, 'pod.logs.read', { ...resource, node: where }, hiding);
      return pod;
    } catch (error) {
      if (!(error instanceof KubernetesApiError) || error.status !== 404) throw kubernetesDomainError(error);
      await this.access.require(caller, 'pod.logs.read', resource, hiding);
      throw absent;
    }
  }
}

const podNotFound = (cluster: string, namespace: string, pod: string) =>
  new DomainError('NOT_FOUND', `There is no pod "${namespace}/${pod}" in cluster "${cluster}".`, {
    extensions: { cluster, namespace, pod },
  });
