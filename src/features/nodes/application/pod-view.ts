import { formatQuantity, quantityNumber, ZERO_QUANTITY } from '../../../kernel/quantity.js';
import type { NodeRow, PodRow, Resources } from '../../clusters/index.js';
import { percentOfNode } from './resource-figures.js';

export interface PodAmount {
  readonly quantity: string;
  readonly value: number;
  /** Of the node's allocatable, truncated. */
  readonly percent: number;
}

/** A pod with its share of the node, as the pod table of `kubectl describe node` has it. Exact sums are dear: each is worked out when it is asked for. */
export interface PodView {
  readonly row: PodRow;
  readonly createdAt: Date;
  readonly cpuRequests: PodAmount;
  readonly cpuLimits: PodAmount;
  readonly memoryRequests: PodAmount;
  readonly memoryLimits: PodAmount;
}

export function podView(node: NodeRow, row: PodRow): PodView {
  const amount = (resources: Resources, resource: string): PodAmount => {
    const quantity = resources[resource] ?? ZERO_QUANTITY;
    const percent = percentOfNode(node, resource, quantity);
    return { quantity: formatQuantity(quantity), value: quantityNumber(quantity), percent };
  };
  const { requests, limits } = row.resources;
  return {
    row,
    createdAt: new Date(row.createdAtMs),
    get cpuRequests() {
      return amount(requests, 'cpu');
    },
    get cpuLimits() {
      return amount(limits, 'cpu');
    },
    get memoryRequests() {
      return amount(requests, 'memory');
    },
    get memoryLimits() {
      return amount(limits, 'memory');
    },
  };
}
