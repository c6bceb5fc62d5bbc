import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { AccessControl } from '../../access/index.js';
import { ClusterCaches } from '../../clusters/index.js';
import type { NodeFilter } from './node-filter.js';
import { NodeOrder } from './node-order.js';
import { NodeUsageReader } from './node-usage-reader.js';
import { type NodeView, nodeView } from './node-view.js';
import { type OrderedNode, OrderedNodes } from './ordered-nodes.js';

export interface ListNodes extends PageRequest, NodeFilter {
  readonly cluster: string;
  readonly sort?: readonly string[];
}

/** Lists nodes from memory: filter and sort cost one walk over the rows after a change, figures are made for the page only. */
@Injectable()
export class ListNodesService {
  private readonly ordered = new OrderedNodes();

  constructor(
    private readonly caches: ClusterCaches,
    private readonly usages: NodeUsageReader,
    private readonly access: AccessControl,
  ) {}

  /** @throws DomainError CLUSTER_NOT_FOUND, CLUSTER_UNAVAILABLE, VALIDATION_FAILED */
  async list(caller: Caller, query: ListNodes): Promise<Page<NodeView>> {
    const { cluster, first } = query;
    const order = new NodeOrder(query.sort ?? []);
    const from = order.cursors.after(query);
    await this.access.requireCluster(caller, 'node.read', cluster);
    const cache = await this.caches.withNodes(cluster);
    if (order.needsPods) await this.caches.withPods(cache);
    const found = this.ordered.of(cache, query, order);
    const resourceOf = ({ row: { name, labels } }: OrderedNode) => ({ type: 'Node' as const, cluster, name, labels });
    const keyed = this.access.filter(caller.actor, 'node.read', found, resourceOf);
    const start = from ? firstAfter(keyed, (entry) => order.compare(entry.key, from)) : 0;
    const page = order.cursors.page(keyed.slice(start, start + first + 1), first, (entry) => entry.key, keyed.length);
    const usage = await this.usages.of(
      cache,
      page.items.map(({ row }) => row.name),
    );
    const freshness = this.caches.freshness(cache);
    return {
      ...page,
      items: page.items.map(({ row }) => nodeView(cluster, cache.node(row.name) ?? row, usage(row.name), freshness)),
    };
  }
}

/** Index of the first entry after the cursor, by bisection. */
function firstAfter<T>(sorted: readonly T[], compareWithCursor: (entry: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWithCursor(sorted[middle] as T) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
