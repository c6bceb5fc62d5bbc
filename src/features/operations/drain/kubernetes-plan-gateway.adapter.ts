import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Clock } from '../../../kernel/clock.js';
import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Namespace, Pod } from '../../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../../platform/kubernetes/kube-paths.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { ClusterCaches, PlacedPods, PodRows } from '../../clusters/index.js';
import { CachedResidents, cachedNode } from './cached-residents.adapter.js';
import { NO_CLAIMS, readClaimFacts } from './claim-facts.adapter.js';
import { DrainGateway } from './drain-gateway.port.js';
import { nodeSnapshotOf, pdbSnapshotOf, podSnapshotOf } from './kubernetes-snapshot.mapper.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { type PlanFacts, PlanGateway } from './plan-gateway.port.js';

/** One page takes some 50 ms: beyond that a plan would take longer than a request may. */
const MAX_PODS_FOR_FIT = 30_000;
/** A cache that was heard of longer ago is passed over. */
const FRESH_SECONDS = 30;
const NEVER = new AbortController().signal;

@Injectable()
export class KubernetesPlanGateway extends PlanGateway {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly drains: DrainGateway,
    private readonly modules: ModuleRef,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async facts(cluster: string, nodes: readonly NodeSnapshot[], withFit: boolean): Promise<PlanFacts> {
    const api = this.connections.api(cluster);
    try {
      const namespaces = withFit ? readNamespaces(api) : Promise.resolve(NO_NAMESPACES);
      const [objects, budgets, daemonSets, evictionSupported, elsewhere, { terminating }] = await Promise.all([
        Promise.all(nodes.map((node) => api.listPodsOnNode(node.name))),
        api.listPodDisruptionBudgets(),
        this.drains.daemonSets(cluster, NEVER),
        this.drains.supportsEviction(cluster, NEVER),
        withFit ? this.elsewhere(api, nodes, namespaces) : null,
        namespaces,
      ]);
      const claims = withFit ? await readClaimFacts(api, objects.flat()) : NO_CLAIMS;
      const now = this.clock.now();
      return {
        targets: nodes.map((node, index) => ({
          node,
          pods: (objects[index] ?? []).map((pod) => podSnapshotOf(pod, claims.affinityOf, claims.driverOf)),
        })),
        pdbs: budgets.map((budget) => pdbSnapshotOf(budget, now)),
        terminatingNamespaces: terminating,
        daemonSets,
        evictionSupported,
        elsewhere: elsewhere && { ...elsewhere, volumeRoom: claims.volumeRoom },
      };
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  /** From the cache of a process that has one, once it is filled and as long as it is fresh; else live. */
  private async elsewhere(
    api: ClusterApi,
    targets: readonly NodeSnapshot[],
    namespaces: Promise<Namespaces>,
  ): Promise<PlanFacts['elsewhere']> {
    const { name } = api.connection;
    const cache = this.caches?.of(name);
    if (!this.caches || !cache?.hasNodes || !cache.hasPods) return readElsewhere(api, targets, namespaces);
    await cache.confirm();
    const { staleSeconds } = this.caches.freshness(cache);
    if (staleSeconds > FRESH_SECONDS) return readElsewhere(api, targets, namespaces);
    const { labels: namespaceLabels } = await namespaces;
    const leaving = new Set(targets.map((target) => target.name));
    const nodes = [...cache.nodes()].filter((row) => !leaving.has(row.name)).map(cachedNode);
    return { staleSeconds, nodes, residents: new CachedResidents(cache.placed), namespaceLabels };
  }

  /** Only a process that answers reads has them. */
  private get caches(): ClusterCaches | null {
    try {
      return this.modules.get(ClusterCaches, { strict: false });
    } catch {
      return null;
    }
  }
}

class TooManyPods extends Error {}

async function readElsewhere(
  api: ClusterApi,
  targets: readonly NodeSnapshot[],
  namespaces: Promise<Namespaces>,
): Promise<PlanFacts['elsewhere']> {
  const leaving = new Set(targets.map(({ name }) => name));
  const rows = new PodRows();
  let placed = new PlacedPods();
  let count = 0;
  const onStart = () => {
    placed = new PlacedPods();
    count = 0;
  };
  const onItem = (pod: Pod) => {
    placed.place(rows.of(pod));
    count += 1;
    if (count > MAX_PODS_FOR_FIT) throw new TooManyPods();
  };
  try {
    const [nodes, { labels: namespaceLabels }] = await Promise.all([
      api.listNodes(),
      namespaces,
      api.connection.list(KUBE_PATHS.pods, { onStart, onItem }),
    ]);
    return {
      namespaceLabels,
      nodes: nodes.items.map(nodeSnapshotOf).filter(({ name }) => !leaving.has(name)),
      residents: new CachedResidents(placed),
    };
  } catch (error) {
    if (error instanceof TooManyPods) return null;
    throw error;
  }
}

interface Namespaces {
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly terminating: ReadonlySet<string>;
}

const NO_NAMESPACES: Namespaces = { labels: new Map(), terminating: new Set() };

async function readNamespaces(api: ClusterApi): Promise<Namespaces> {
  const { items } = await api.connection.list<Namespace>('/api/v1/namespaces');
  const ends = items.filter(({ metadata }) => metadata.deletionTimestamp);
  return {
    labels: new Map(items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
    terminating: new Set(ends.map(({ metadata }) => metadata.name)),
  };
}
