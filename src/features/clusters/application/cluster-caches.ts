import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import { clusterUnavailable } from '../../../platform/kubernetes/cluster-unavailable.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { ClusterCache, type ClusterChange } from './cluster-cache.js';

export interface Freshness {
  readonly observedAt: Date;
  readonly staleSeconds: number;
}

/** The caches of this process, one a cluster. They fill after the process has begun to listen, each on its own. */
@Injectable()
export class ClusterCaches implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly caches = new Map<string, ClusterCache>();
  private readonly listeners: ((cache: ClusterCache, change: ClusterChange) => void)[] = [];

  constructor(
    private readonly connections: ClusterConnections,
    private readonly logger: Logger,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    setImmediate(() => {
      for (const name of this.connections.names()) this.of(name);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.caches.values()].map((cache) => cache.stop()));
  }

  /** Of every cluster, for as long as the process runs; called after the change has been taken in. */
  onChange(listener: (cache: ClusterCache, change: ClusterChange) => void): void {
    this.listeners.push(listener);
  }

  /** The cache as it is, filling or filled. @throws DomainError CLUSTER_NOT_FOUND */
  of(cluster: string): ClusterCache {
    const known = this.caches.get(cluster);
    if (known) return known;
    const api = this.connections.api(cluster);
    const cache = new ClusterCache(cluster, api, (what, error) => {
      this.logger.warn({ cluster, what, error: (error as Error).message }, 'cluster watch failed, trying again');
    });
    this.caches.set(cluster, cache);
    cache.onChange((change) => {
      for (const listener of this.listeners) listener(cache, change);
    });
    return cache.start();
  }

  /**
   * The cache with its nodes known; waits for that no longer than a request may take. Nodes are known soon even where
   * pods take long, so nothing else is needed for the time until then.
   * @throws DomainError CLUSTER_NOT_FOUND, CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN
   */
  async withNodes(cluster: string): Promise<ClusterCache> {
    const cache = this.of(cluster);
    if (cache.hasNodes) {
      await cache.confirm();
      return cache;
    }
    const { requestTimeoutMs } = this.config.kubernetes;
    try {
      await Promise.race([cache.whenNodesKnown(AbortSignal.timeout(requestTimeoutMs)), firstFailure(cache)]);
    } catch {
      const known = kubernetesDomainError(cache.lastError);
      throw known instanceof DomainError ? known : clusterUnavailable(cluster, 'TIMEOUT', known);
    }
    return cache;
  }

  /** Waits, no longer than a request may take, until the pods of a cache are known. @throws DomainError CLUSTER_UNAVAILABLE */
  async withPods(cache: ClusterCache): Promise<void> {
    if (cache.hasPods) return;
    try {
      await cache.whenPodsKnown(AbortSignal.timeout(this.config.kubernetes.requestTimeoutMs));
    } catch (cause) {
      throw new DomainError(
        'CLUSTER_UNAVAILABLE',
        `The pods of cluster "${cache.cluster}" are still being read: try again, or ask for nothing that needs them.`,
        { retryAfterSeconds: 5, extensions: { cluster: cache.cluster, cause: 'WARMING' }, cause },
      );
    }
  }

  /** Equal versions of a cluster mean that nothing in its cache has changed; undefined while it isn't filled. */
  versionOf(cluster: string): string | undefined {
    const version = this.caches.get(cluster)?.version;
    return version === undefined ? undefined : `${cluster}:${version}`;
  }

  /** When the cluster last said something, by the clock that all times of the service have. */
  freshness(cache: ClusterCache): Freshness {
    const silentMs = Number.isFinite(cache.silentMs) ? cache.silentMs : 0;
    const observedAt = new Date(this.clock.now().getTime() - silentMs);
    return { observedAt, staleSeconds: Math.round(silentMs / 1000) };
  }
}

const FAILURE_CHECK_MS = 50;

/** A cluster that refuses at once is reported at once. */
async function firstFailure(cache: ClusterCache): Promise<void> {
  while (!cache.hasNodes) {
    if (cache.lastError !== undefined) throw cache.lastError;
    await new Promise((resolve) => setTimeout(resolve, FAILURE_CHECK_MS));
  }
}
