import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import type { CallOptions, ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { KubeEvent, Lease, ResourceSlice } from '../../../platform/kubernetes/kube-objects.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { AccessControl } from '../../access/index.js';
import {
  type ClusterCache,
  ClusterCaches,
  isFinished,
  type NodeRow,
  nodeRow,
  type PodRow,
  PodRows,
  usageOf,
} from '../../clusters/index.js';
import { nodeEvents } from './node-events.js';
import { type NodeView, nodeView } from './node-view.js';
import { type PodView, podView } from './pod-view.js';
import { ReadNodeMetricsService } from './read-node-metrics.service.js';
import { LEASE_NAMESPACE } from './read-node-sections.service.js';
import { VisibleNodeService } from './visible-node.service.js';

/** Everything `kubectl describe node` says. */
export interface NodeDescription extends NodeView {
  readonly annotations: Readonly<Record<string, string>>;
  readonly lease: Lease | null;
  /** Pods that are not finished, by namespace and name. */
  readonly pods: readonly PodView[];
  readonly events: readonly KubeEvent[];
  readonly resourceSlices: readonly ResourceSlice[];
  /** Sections that could not be read, and why; the rest of the description is complete. */
  readonly warnings: readonly string[];
}

const SLICES_SHOWN = 500;
/** How long live reads may take where the cache can answer as well. */
const PATIENCE_MS = 1_500;
const PATIENCE_WHILE_SILENT_MS = 1_000;

/** Describes one node from live reads, all at once after the node itself: what is shown is what is, not what was. */
@Injectable()
export class DescribeNodeService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly visible: VisibleNodeService,
    private readonly caches: ClusterCaches,
    private readonly access: AccessControl,
    private readonly metrics: ReadNodeMetricsService,
    private readonly clock: Clock,
  ) {}

  /**
   * While the cluster does not answer, what the cache holds, marked as old as it is.
   * @throws DomainError as VisibleNodeService.require
   */
  async describe(caller: Caller, cluster: string, name: string): Promise<NodeDescription> {
    await this.access.requireCluster(caller, 'node.read', cluster);
    const cache = this.caches.of(cluster);
    // Shown beside the description: read at the same time, and kept for who asks for it then.
    void this.metrics.of(cluster);
    await cache.confirm();
    const known = cache.hasPods ? cache.node(name) : undefined;
    const timeoutMs = cache.isSilent ? PATIENCE_WHILE_SILENT_MS : PATIENCE_MS;
    try {
      return await this.live(caller, cluster, name, known ? { timeoutMs } : {});
    } catch (error) {
      const failure = kubernetesDomainError(error);
      const row = cache.hasPods ? cache.node(name) : undefined;
      if (!row || !(failure instanceof DomainError) || failure.code !== 'CLUSTER_UNAVAILABLE') throw failure;
      await this.access.require(caller, 'node.read', { type: 'Node', cluster, name, labels: row.labels });
      return this.remembered(cache, row, failure.message);
    }
  }

  private async live(caller: Caller, cluster: string, name: string, options: CallOptions): Promise<NodeDescription> {
    const node = await this.visible.require(caller, 'node.read', cluster, name, options);
    const api = this.connections.api(cluster);
    const warnings: string[] = [];
    const section = <T>(what: string, read: Promise<T>, without: T): Promise<T> =>
      read.catch((error: unknown) => {
        warnings.push(`${what}: ${reasonOf(error)}`);
        return without;
      });
    const [pods, lease, events, resourceSlices] = await Promise.all([
      this.pods(api, name, options),
      section<Lease | null>('lease', api.getLease(LEASE_NAMESPACE, name, options).then(orNull), null),
      section('events', nodeEvents(api, node, options), []),
      section('resource slices', this.slices(api, name, options), []),
    ]);
    const row = nodeRow(node);
    const running = pods.filter((pod) => !isFinished(pod)).sort(byNamespaceAndName);
    const view = nodeView(cluster, row, usageOf(running), { observedAt: this.clock.now(), staleSeconds: 0 });
    const annotations = node.metadata.annotations ?? {};
    const shown = running.map((pod) => podView(row, pod));
    return { ...view, annotations, lease, pods: shown, events, resourceSlices, warnings };
  }

  private remembered(cache: ClusterCache, row: NodeRow, reason: string): NodeDescription {
    const running = cache
      .podsOnNode(row.name)
      .filter((pod) => !isFinished(pod))
      .sort(byNamespaceAndName);
    const view = nodeView(cache.cluster, row, cache.usage(row.name), this.caches.freshness(cache));
    const missing = ['lease', 'events', 'resource slices', 'long annotations'];
    return {
      ...view,
      annotations: row.annotations,
      lease: null,
      pods: running.map((pod) => podView(row, pod)),
      events: [],
      resourceSlices: [],
      warnings: missing.map((what) => `${what}: ${reason}`),
    };
  }

  private async pods(api: ClusterApi, name: string, options: CallOptions): Promise<PodRow[]> {
    const rows = new PodRows();
    try {
      return (await api.listPodsOnNode(name, options)).map((pod) => rows.of(pod));
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  private slices(api: ClusterApi, name: string, options: CallOptions): Promise<ResourceSlice[]> {
    return api.listResourceSlices({ ...options, fieldSelector: `spec.nodeName=${name}`, limit: SLICES_SHOWN });
  }
}

const orNull = <T>(value: T | undefined): T | null => value ?? null;

function reasonOf(error: unknown): string {
  const known = kubernetesDomainError(error);
  return known instanceof DomainError ? known.message : 'could not be read.';
}

/** As the API server orders them, and so kubectl. */
function byNamespaceAndName(a: PodRow, b: PodRow): number {
  return `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1;
}
