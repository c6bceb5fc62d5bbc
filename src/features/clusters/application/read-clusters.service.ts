import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import { AccessControl } from '../../access/index.js';
import type { ClusterCache } from './cluster-cache.js';
import { ClusterCaches } from './cluster-caches.js';
import { ClusterHealth, type ClusterHealthReport } from './cluster-health.js';
import type { NodeRow } from './node-row.js';

export interface ClusterView extends ClusterHealthReport {
  readonly name: string;
  /** Null until the nodes are known. */
  readonly nodes: { readonly total: number; readonly ready: number; readonly unschedulable: number } | null;
  readonly cache: {
    readonly state: 'WARMING' | 'LIVE' | 'STALE';
    readonly nodeCount: number;
    readonly podCount: number;
    readonly observedAt: Date | null;
    readonly staleSeconds: number | null;
  };
}

/** A cluster in which nothing happens is silent for a few seconds before it is asked. */
const STALE_AFTER_SECONDS = 5;

/** Clusters with their health, as far as the caller may see them. */
@Injectable()
export class ReadClustersService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly caches: ClusterCaches,
    private readonly health: ClusterHealth,
    private readonly access: AccessControl,
  ) {}

  async list(caller: Caller): Promise<ClusterView[]> {
    const names = this.connections.names().sort();
    const visible = this.access.filter(caller.actor, 'cluster.read', names, (cluster) => ({
      type: 'Cluster',
      cluster,
    }));
    return Promise.all(visible.map((name) => this.view(caller, name)));
  }

  /** @throws DomainError CLUSTER_NOT_FOUND, also for one that the caller may not see */
  async get(caller: Caller, cluster: string): Promise<ClusterView> {
    await this.access.require(caller, 'cluster.read', { type: 'Cluster', cluster });
    this.connections.get(cluster);
    return this.view(caller, cluster);
  }

  private async view(caller: Caller, name: string): Promise<ClusterView> {
    const cache = this.caches.of(name);
    const [health] = await Promise.all([this.health.of(name), cache.confirm()]);
    const seen = this.seen(caller, cache);
    return { name, ...health, nodes: cache.hasNodes ? counts(seen) : null, cache: this.cacheView(cache, seen) };
  }

  /** Nothing is counted that its reader may not see. */
  private seen({ actor }: Caller, cache: ClusterCache): readonly NodeRow[] {
    const { cluster } = cache;
    const nodes = [...cache.nodes()];
    return this.access.filter(actor, 'node.read', nodes, ({ name, labels }) => ({
      type: 'Node',
      cluster,
      name,
      labels,
    }));
  }

  private cacheView(cache: ClusterCache, seen: readonly NodeRow[]): ClusterView['cache'] {
    const nodeCount = seen.length;
    const isAll = nodeCount === cache.nodeCount;
    const podCount = isAll ? cache.podCount : seen.reduce((sum, { name }) => sum + cache.usage(name).podCount, 0);
    const sizes = { nodeCount, podCount };
    if (!cache.hasNodes || !cache.hasPods) return { state: 'WARMING', ...sizes, observedAt: null, staleSeconds: null };
    const { observedAt, staleSeconds } = this.caches.freshness(cache);
    const isStale = cache.lastError !== undefined || staleSeconds > STALE_AFTER_SECONDS;
    return { state: isStale ? 'STALE' : 'LIVE', ...sizes, observedAt, staleSeconds };
  }
}

function counts(nodes: readonly NodeRow[]): NonNullable<ClusterView['nodes']> {
  let ready = 0;
  let unschedulable = 0;
  for (const node of nodes) {
    if (node.ready) ready++;
    if (!node.schedulable) unschedulable++;
  }
  return { total: nodes.length, ready, unschedulable };
}
