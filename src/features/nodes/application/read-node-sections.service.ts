import { Injectable } from '@nestjs/common';
import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { KubeEvent, Lease, ResourceSlice } from '../../../platform/kubernetes/kube-objects.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { lastSeen, nodeEvents } from './node-events.js';

/** A node that its reader was given already. */
export interface GivenNode {
  readonly cluster: string;
  readonly name: string;
  readonly uid: string;
}

export const LEASE_NAMESPACE = 'kube-node-lease';
const ABOUT_NODES = 'involvedObject.kind=Node';

/**
 * Parts of nodes that no cache holds, for any number of nodes of one cluster: one node is asked for by name, of several
 * the list is read once, so that a page of them costs no more calls than two.
 */
@Injectable()
export class ReadNodeSectionsService {
  constructor(private readonly connections: ClusterConnections) {}

  /** By node name. */
  leases(nodes: readonly GivenNode[]): Promise<ReadonlyMap<string, Lease>> {
    return this.read(nodes, async (api) => {
      const [only, another] = nodes;
      const found =
        only && !another ? [await api.getLease(LEASE_NAMESPACE, only.name)] : await api.listLeases(LEASE_NAMESPACE);
      return new Map(found.filter((lease) => lease !== undefined).map((lease) => [lease.metadata.name, lease]));
    });
  }

  /** By node name, oldest first. */
  events(nodes: readonly GivenNode[]): Promise<ReadonlyMap<string, readonly KubeEvent[]>> {
    return this.read(nodes, async (api) => {
      const [only, another] = nodes;
      if (only && !another) return new Map([[only.name, await nodeEvents(api, { metadata: only })]]);
      const all = await api.listEvents({ fieldSelector: ABOUT_NODES });
      all.sort((a, b) => lastSeen(a) - lastSeen(b));
      const isAbout = ({ name, uid }: GivenNode, { involvedObject }: KubeEvent) =>
        involvedObject.name === name && (involvedObject.uid === uid || involvedObject.uid === name);
      const byName = Map.groupBy(all, ({ involvedObject }) => involvedObject.name);
      return new Map(
        nodes.map((node) => [node.name, (byName.get(node.name) ?? []).filter((event) => isAbout(node, event))]),
      );
    });
  }

  /** By node name. */
  resourceSlices(nodes: readonly GivenNode[]): Promise<ReadonlyMap<string, readonly ResourceSlice[]>> {
    return this.read(nodes, async (api) => {
      const [only, another] = nodes;
      const ofOne = only && !another ? { fieldSelector: `spec.nodeName=${only.name}` } : {};
      return Map.groupBy(await api.listResourceSlices(ofOne), ({ spec }) => spec.nodeName ?? '');
    });
  }

  private async read<T>(nodes: readonly GivenNode[], ask: (api: ClusterApi) => Promise<T>): Promise<T> {
    try {
      return await ask(this.connections.api(nodes[0]?.cluster ?? ''));
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }
}
