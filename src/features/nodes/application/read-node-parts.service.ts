import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { ListCursors, type Page, type PageRequest } from '../../../kernel/page.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { KubeEvent } from '../../../platform/kubernetes/kube-objects.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { AccessControl } from '../../access/index.js';
import { type ClusterCache, ClusterCaches, type NodeRow, nodeRow, type PodRow, PodRows } from '../../clusters/index.js';
import { lastSeen, nodeEvents } from './node-events.js';
import { type PodView, podView } from './pod-view.js';
import { VisibleNodeService } from './visible-node.service.js';

const POD_CURSORS = new ListCursors('node-pods', ['text', 'text']);
const EVENT_CURSORS = new ListCursors('node-events', ['number', 'id']);

/** The pods of nodes and the events about them. */
@Injectable()
export class ReadNodePartsService {
  constructor(
    private readonly caches: ClusterCaches,
    private readonly connections: ClusterConnections,
    private readonly visible: VisibleNodeService,
    private readonly access: AccessControl,
  ) {}

  /** All pods, finished ones too, by namespace and name. @throws DomainError as VisibleNodeService.require */
  async pods(caller: Caller, cluster: string, name: string, page: PageRequest): Promise<Page<PodView>> {
    await this.access.requireCluster(caller, 'node.read', cluster);
    const cache = this.caches.of(cluster);
    return podPage((await this.cached(caller, cache, name)) ?? (await this.live(caller, cluster, name)), page);
  }

  /**
   * The pods of nodes that the caller was given already, by node name. They come from the cache; while it is being filled,
   * one node is asked about, and for several the wait is bounded.
   * @throws DomainError CLUSTER_UNAVAILABLE
   */
  async podsOf(cluster: string, names: readonly string[]): Promise<ReadonlyMap<string, NodePods>> {
    const cache = this.caches.of(cluster);
    const [only, another] = names;
    if (!cache.hasPods && only !== undefined && another === undefined) {
      const node = await this.read(this.connections.api(cluster).getNode(only));
      return new Map([[only, { node: nodeRow(node), pods: await this.podsOnNode(cluster, only) }]]);
    }
    await this.caches.withPods(cache);
    const found = new Map<string, NodePods>();
    for (const name of names) {
      const node = cache.node(name);
      if (node) found.set(name, { node, pods: cache.podsOnNode(name) });
    }
    return found;
  }

  /** One pod by its node and uid; undefined if it is not there. @throws DomainError as VisibleNodeService.require */
  async pod(caller: Caller, cluster: string, nodeName: string, uid: string): Promise<PodView | undefined> {
    await this.access.requireCluster(caller, 'node.read', cluster);
    const cache = this.caches.of(cluster);
    const { node, pods } = (await this.cached(caller, cache, nodeName)) ?? (await this.live(caller, cluster, nodeName));
    const row = pods.find((each) => each.uid === uid);
    return row && podView(node, row);
  }

  /** Newest first. @throws DomainError as VisibleNodeService.require */
  async events(caller: Caller, cluster: string, name: string, page: PageRequest): Promise<Page<KubeEvent>> {
    const node = await this.visible.require(caller, 'node.read', cluster, name);
    return eventPage(await this.read(nodeEvents(this.connections.api(cluster), node)), page);
  }

  private async cached(caller: Caller, cache: ClusterCache, name: string): Promise<NodePods | undefined> {
    const node = cache.hasPods ? cache.node(name) : undefined;
    if (!node) return undefined;
    const { cluster } = cache;
    await this.access.require(caller, 'node.read', { type: 'Node', cluster, name, labels: node.labels });
    return { node, pods: cache.podsOnNode(name) };
  }

  private async live(caller: Caller, cluster: string, name: string): Promise<NodePods> {
    const node = await this.visible.require(caller, 'node.read', cluster, name);
    return { node: nodeRow(node), pods: await this.podsOnNode(cluster, name) };
  }

  private async podsOnNode(cluster: string, name: string): Promise<PodRow[]> {
    const rows = new PodRows();
    const pods = await this.read(this.connections.api(cluster).listPodsOnNode(name));
    return pods.map((pod) => rows.of(pod));
  }

  private async read<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      const known = kubernetesDomainError(error);
      throw known instanceof DomainError ? known : error;
    }
  }
}

export interface NodePods {
  readonly node: NodeRow;
  readonly pods: readonly PodRow[];
}

/** All pods, finished ones too, by namespace and name. @throws DomainError VALIDATION_FAILED for a cursor of another list */
export function podPage({ node, pods }: NodePods, page: PageRequest): Page<PodView> {
  const cursor = POD_CURSORS.after(page);
  const after = cursor && keyText(cursor);
  const keyed = pods.map((row) => ({ row, key: [row.namespace, row.name] }));
  keyed.sort((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1));
  const rest = after === undefined ? keyed : keyed.filter(({ key }) => keyText(key) > after);
  const found = POD_CURSORS.page(rest.slice(0, page.first + 1), page.first, ({ key }) => key, keyed.length);
  return { ...found, items: found.items.map(({ row }) => podView(node, row)) };
}

/** Newest first. @throws DomainError VALIDATION_FAILED for a cursor of another list */
export function eventPage(events: readonly KubeEvent[], page: PageRequest): Page<KubeEvent> {
  const after = EVENT_CURSORS.after(page);
  const keyed = events.map((event) => ({ event, key: [lastSeen(event), event.metadata.uid] as const }));
  keyed.sort((a, b) => b.key[0] - a.key[0] || (a.key[1] < b.key[1] ? -1 : 1));
  const isAfter = ([time, uid]: readonly [number, string]) =>
    after === undefined || time < Number(after[0]) || (time === after[0] && uid > String(after[1]));
  const rest = keyed.filter(({ key }) => isAfter(key));
  const found = EVENT_CURSORS.page(rest.slice(0, page.first + 1), page.first, ({ key }) => key, keyed.length);
  return { ...found, items: found.items.map(({ event }) => event) };
}

/** Slash sorts below every character of a namespace but the dash; NUL sorts below all, so namespaces stay together. */
const keyText = (key: readonly unknown[]): string => key.join('\0');
