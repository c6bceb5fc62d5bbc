import type { RowKey } from '../../../kernel/page.js';
import type { ClusterCache, NodeRow } from '../../clusters/index.js';
import { type NodeFilter, nodeFilter } from './node-filter.js';
import type { NodeOrder } from './node-order.js';

export interface OrderedNode {
  /** As it was when the order was made: what lists neither filter nor sort by may be newer in the cache. */
  readonly row: NodeRow;
  readonly key: RowKey;
}

interface Remembered {
  readonly revision: number;
  readonly nodes: readonly OrderedNode[];
}

/** Questions of one cluster that are remembered; portals and bots ask few of them, often. */
const MOST_KEPT = 32;

/** Nodes that match a filter in an order, worked out again only after the cluster has changed. Says nothing of who may see them. */
export class OrderedNodes {
  private readonly byCache = new WeakMap<ClusterCache, Map<string, Remembered>>();

  /** @throws DomainError VALIDATION_FAILED if the filter can't be read */
  of(cache: ClusterCache, filter: NodeFilter & { sort?: readonly string[] }, order: NodeOrder): readonly OrderedNode[] {
    const { labelSelector, status, role, zone, search, sort } = filter;
    const question = JSON.stringify([labelSelector, status, role, zone, search, sort]);
    const revision = cache.revision(order.needsPods);
    let kept = this.byCache.get(cache);
    if (!kept) {
      kept = new Map();
      this.byCache.set(cache, kept);
    }
    const known = kept.get(question);
    if (known?.revision === revision) return known.nodes;
    const nodes = orderedNodes(cache, filter, order);
    kept.delete(question);
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= MOST_KEPT) kept.delete(oldest);
    kept.set(question, { revision, nodes });
    return nodes;
  }
}

function orderedNodes(cache: ClusterCache, filter: NodeFilter, order: NodeOrder): OrderedNode[] {
  const matches = nodeFilter(filter);
  const usage = (name: string) => cache.usage(name);
  const nodes: OrderedNode[] = [];
  for (const row of cache.nodes()) if (matches(row)) nodes.push({ row, key: order.keyOf(row, usage) });
  return nodes.sort((a, b) => order.compare(a.key, b.key));
}
