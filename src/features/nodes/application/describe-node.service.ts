import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { KubeEvent, Lease, Node, ResourceSlice } from '../../../platform/kubernetes/kube-objects.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { isFinished, nodeRow, type PodRow, PodRows, usageOf } from '../../clusters/index.js';
import { nodeEvents } from './node-events.js';
import { type NodeView, nodeView } from './node-view.js';
import { type PodView, podView } from './pod-view.js';
import { VisibleNodeService } from './visible-node.service.js';

/** Everything `kubectl describe node` says. */
export interface NodeDescription extends NodeView {
  readonly node: Node;
  readonly lease: Lease | null;
  /** Pods that are not finished, by namespace and name. */
  readonly pods: readonly PodView[];
  readonly events: readonly KubeEvent[];
  readonly resourceSlices: readonly ResourceSlice[];
  /** Sections that could not be read, and why; the rest of the description is complete. */
  readonly warnings: readonly string[];
}

const LEASE_NAMESPACE = 'kube-node-lease';
const SLICES_SHOWN = 500;

/** Describes one node from live reads, all at once after the node itself: what is shown is what is, not what was. */
@Injectable()
export class DescribeNodeService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly visible: VisibleNodeService,
  ) {}

  /** @throws DomainError as VisibleNodeService.require */
  async describe(caller: Caller, cluster: string, name: string): Promise<NodeDescription> {
    const node = await this.visible.require(caller, 'node.read', cluster, name);
    const api = this.connections.api(cluster);
    const warnings: string[] = [];
    const section = <T>(what: string, read: Promise<T>, without: T): Promise<T> =>
      read.catch((error: unknown) => {
        warnings.push(`${what}: ${reasonOf(error)}`);
        return without;
      });
    const [pods, lease, events, resourceSlices] = await Promise.all([
      this.pods(api, name),
      section<Lease | null>('lease', api.getLease(LEASE_NAMESPACE, name).then(orNull), null),
      section('events', nodeEvents(api, node), []),
      section('resource slices', this.slices(api, name), []),
    ]);
    const row = nodeRow(node);
    const running = pods.filter((pod) => !isFinished(pod)).sort(byNamespaceAndName);
    const view = nodeView(cluster, row, usageOf(running), { observedAt: new Date(), staleSeconds: 0 });
    return { ...view, node, lease, pods: running.map((pod) => podView(row, pod)), events, resourceSlices, warnings };
  }

  private async pods(api: ClusterApi, name: string): Promise<PodRow[]> {
    const rows = new PodRows();
    try {
      return (await api.listPodsOnNode(name)).map((pod) => rows.of(pod));
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  private slices(api: ClusterApi, name: string): Promise<ResourceSlice[]> {
    return api.listResourceSlices({ fieldSelector: `spec.nodeName=${name}`, limit: SLICES_SHOWN });
  }
}

const orNull = <T>(value: T | undefined): T | null => value ?? null;

function reasonOf(error: unknown): string {
  const known = kubernetesDomainError(error);
  return known instanceof DomainError ? known.message : 'could not be read.';
}

function byNamespaceAndName(a: PodRow, b: PodRow): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
