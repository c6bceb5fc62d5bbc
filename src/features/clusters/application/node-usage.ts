import { addQuantities, type Quantity, ZERO_QUANTITY } from '../../../kernel/quantity.js';
import type { Resources } from './pod-resources.js';
import type { PodRow } from './pod-row.js';

/** Sums over the pods of one node. Finished pods hold nothing, so only the others count, as in `kubectl describe node`. */
export interface NodeUsage {
  /** Pods that are not finished. */
  readonly podCount: number;
  readonly requests: Resources;
  readonly limits: Resources;
  /** Grows with each change of the sums. */
  readonly revision: number;
}

export const NO_USAGE: NodeUsage = { podCount: 0, requests: {}, limits: {}, revision: 0 };

export const isFinished = ({ phase }: Pick<PodRow, 'phase'>): boolean => phase === 'Succeeded' || phase === 'Failed';

export function usageOf(pods: Iterable<Pick<PodRow, 'phase' | 'resources'>>): NodeUsage {
  const total = new NodeUsageSum();
  for (const pod of pods) total.add(pod);
  return total;
}

/** Kept up to date pod by pod, so that reading a node's usage costs nothing. */
export class NodeUsageSum implements NodeUsage {
  podCount = 0;
  revision = 0;
  readonly requests: Record<string, Quantity> = {};
  readonly limits: Record<string, Quantity> = {};

  add(pod: Pick<PodRow, 'phase' | 'resources'>): void {
    this.apply(pod, 1n);
  }

  remove(pod: Pick<PodRow, 'phase' | 'resources'>): void {
    this.apply(pod, -1n);
  }

  private apply(pod: Pick<PodRow, 'phase' | 'resources'>, sign: 1n | -1n): void {
    if (isFinished(pod)) return;
    this.revision += 1;
    this.podCount += Number(sign);
    sum(this.requests, pod.resources.requests, sign);
    sum(this.limits, pod.resources.limits, sign);
  }
}

function sum(total: Record<string, Quantity>, resources: Resources, sign: 1n | -1n): void {
  for (const name of Object.keys(resources)) {
    const { nano, format } = resources[name] as Quantity;
    total[name] = addQuantities(total[name] ?? ZERO_QUANTITY, { nano: nano * sign, format });
  }
}
