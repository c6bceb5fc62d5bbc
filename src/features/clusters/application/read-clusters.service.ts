import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import { AccessControl } from '../../access/index.js';
import type { ClusterCache } from './cluster-cache.js';
import { ClusterCaches } from './cluster-caches.js';
import { ClusterHealth, type ClusterHealthReport } from './cluster-health.js';

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
    return Promise.all(visible.map((name) => this.view(name)));
  }

  /** @throws DomainError CLUSTER_NOT_FOUND, also for one that the caller may not see */
  async get(caller: Caller, cluster: string): Promise<ClusterView> {
    await this.access.require(caller, 'cluster.read', { type: 'Cluster', cluster });
    this.connections.get(cluster);
    return this.view(cluster);
  }

  private async view(name: string): Promise<ClusterView> {
    const cache = this.caches.of(name);
    const [health] = await Promise.all([this.health.of(name), cache.confirm()]);
    return { name, ...health, nodes: cache.hasNodes ? counts(cache) : null, cache: this.cacheView(cache) };
  }

  private cacheView(cache: ClusterCache): ClusterView['cache'] {
    const sizes = { nodeCount: cache.nodeCount, podCount: cache.podCount };
    if (!cache.hasNodes || !cache.hasPods) return { state: 'WARMING', ...sizes, observedAt: null, staleSeconds: null };
    const { observedAt, staleSeconds } = this.caches.freshness(cache);
    const isStale = cache.lastError !== undefined || staleSeconds > STALE_AFTER_SECONDS;
    return { state: isStale ? 'STALE' : 'LIVE', ...sizes, observedAt, staleSeconds };
  }
}

function counts(cache: ClusterCache): NonNullable<ClusterView['nodes']> {
  let ready = 0;
  let unschedulable = 0;
  for (const node of cache.nodes()) {
    if (node.ready) ready++;
    if (!node.schedulable) unschedulable++;
  }
  return { total: cache.nodeCount, ready, unschedulable };
}
