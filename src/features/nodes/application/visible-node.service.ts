import { Injectable } from '@nestjs/common';
import { nodeNotFound } from '../../../kernel/absent-resource.js';
import type { Caller } from '../../../kernel/actor.js';
import type { CallOptions } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Node } from '../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { type AccessAction, AccessControl } from '../../access/index.js';

/**
 * Reads a node live and decides on its labels. A node that is out of the caller's sight is answered like one that does
 * not exist, and so is a whole cluster: names can't be probed.
 */
@Injectable()
export class VisibleNodeService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly access: AccessControl,
  ) {}

  /** @throws DomainError CLUSTER_NOT_FOUND, NODE_NOT_FOUND, FORBIDDEN, CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN */
  async require(
    caller: Caller,
    action: AccessAction,
    cluster: string,
    name: string,
    options: CallOptions = {},
  ): Promise<Node> {
    await this.access.requireCluster(caller, action, cluster);
    const node = await this.find(caller, cluster, name, options);
    await this.access.require(caller, action, { type: 'Node', cluster, name, labels: node?.metadata.labels ?? {} });
    if (!node) throw nodeNotFound(cluster, name);
    return node;
  }

  private async find(caller: Caller, cluster: string, name: string, options: CallOptions): Promise<Node | undefined> {
    try {
      return await this.connections.api(cluster).getNode(name, { ...options, requestId: caller.request.requestId });
    } catch (error) {
      if (error instanceof KubernetesApiError && error.status === 404) return undefined;
      throw kubernetesDomainError(error);
    }
  }
}
