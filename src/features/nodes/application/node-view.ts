import type { Freshness, NodeRow, NodeUsage } from '../../clusters/index.js';
import {
  type AllocatedResource,
  allocatedResources,
  type ResourceAmount,
  resourceAmounts,
} from './resource-figures.js';

/** A node as lists show it. */
export interface NodeView {
  readonly cluster: string;
  readonly row: NodeRow;
  readonly capacity: readonly ResourceAmount[];
  readonly allocatable: readonly ResourceAmount[];
  readonly allocated: readonly AllocatedResource[];
  /** Pods that are not finished. */
  readonly podCount: number;
  readonly freshness: Freshness;
}

export function nodeView(cluster: string, row: NodeRow, usage: NodeUsage, freshness: Freshness): NodeView {
  return {
    cluster,
    row,
    capacity: amountsOf(row.capacity),
    allocatable: amountsOf(row.allocatable),
    allocated: allocatedOf(row, usage),
    podCount: usage.podCount,
    freshness,
  };
}

/** Figures of rows that have not changed since: exact arithmetic is dear, and lists ask for the same nodes again and again. */
const amounts = new WeakMap<object, readonly ResourceAmount[]>();
const sums = new WeakMap<NodeRow, { usage: NodeUsage; revision: number; allocated: readonly AllocatedResource[] }>();

function amountsOf(list: NodeRow['capacity']): readonly ResourceAmount[] {
  const known = amounts.get(list);
  if (known) return known;
  const made = resourceAmounts(list);
  amounts.set(list, made);
  return made;
}

function allocatedOf(row: NodeRow, usage: NodeUsage): readonly AllocatedResource[] {
  const known = sums.get(row);
  if (known?.usage === usage && known.revision === usage.revision) return known.allocated;
  const allocated = allocatedResources(row, usage);
  sums.set(row, { usage, revision: usage.revision, allocated });
  return allocated;
}
