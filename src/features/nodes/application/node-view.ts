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
    capacity: resourceAmounts(row.capacity),
    allocatable: resourceAmounts(row.allocatable),
    allocated: allocatedResources(row, usage),
    podCount: usage.podCount,
    freshness,
  };
}
