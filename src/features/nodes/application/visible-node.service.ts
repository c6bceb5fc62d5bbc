import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Node } from '../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { type AccessAction, AccessControl } from '../../access/index.js';

/**
 * Reads a node live and decides on its labels. A node that exists and is out of scope is a 403 that says so; an unknown
 * one is a 404, but only for those who may see the cluster, so that names can't be probed from outside it.
 */
@Injectable()
export class VisibleNodeService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly access: AccessControl,
  ) {}

  /** @throws DomainError CLUSTER_NOT_FOUND, NODE_NOT_FOUND, FORBIDDEN, CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN */
  async require(caller: Caller, action: AccessAction, cluster: string, name: string): Promise<Node> {
    const node = await this.find(caller, cluster, name);
    if (!node) {
      await this.access.require(caller, 'cluster.read', { type: 'Cluster', cluster });
      throw new DomainError('NODE_NOT_FOUND', `There is no node "${name}" in cluster "${cluster}".`, {
        extensions: { cluster, node: name },
      });
    }
    await this.access.require(caller, action, { type: 'Node', cluster, name, labels: node.metadata.labels ?? {} });
    return node;
  }

  private async find(caller: Caller, cluster: string, name: string): Promise<Node | undefined> {
    try {
      return await this.connections.api(cluster).getNode(name, { requestId: caller.request.requestId });
    } catch (error) {
      if (error instanceof KubernetesApiError && error.status === 404) return undefined;
      throw kubernetesDomainError(error);
    }
  }
}
