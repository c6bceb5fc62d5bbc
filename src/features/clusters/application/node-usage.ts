import { addQuantities, type Quantity, type QuantityFormat, ZERO_QUANTITY } from '../../../kernel/quantity.js';
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

/** Sums in the order of the pods: by namespace and name they are written as kubectl writes them. */
export function usageOf(pods: Iterable<Pick<PodRow, 'phase' | 'resources'>>): NodeUsage {
  const usage = { podCount: 0, requests: {}, limits: {}, revision: 0 };
  for (const pod of pods) {
    if (isFinished(pod)) continue;
    usage.podCount += 1;
    sum(usage.requests, pod.resources.requests, 1n);
    sum(usage.limits, pod.resources.limits, 1n);
  }
  return usage;
}

type Sums = Record<string, Quantity>;

/** Kept up to date pod by pod, so that reading a node's usage costs nothing. */
export class NodeUsageSum implements NodeUsage {
  podCount = 0;
  revision = 0;
  readonly requests: Sums = {};
  readonly limits: Sums = {};
  /** Undefined after each change, until somebody asks. */
  private mixed: boolean | undefined;
  /** How many quantities above zero are written in which way: a sum is written as the first of them is. */
  private readonly written: Record<string, Partial<Record<QuantityFormat, number>>> = {};

  add(pod: Pick<PodRow, 'phase' | 'resources'>): void {
    this.apply(pod, 1);
  }

  remove(pod: Pick<PodRow, 'phase' | 'resources'>): void {
    this.apply(pod, -1);
  }

  /** The texts of these sums depend on the order of the pods. */
  get isMixed(): boolean {
    this.mixed ??= Object.values(this.written).some((counts) => inUse(counts) > 1);
    return this.mixed;
  }

  private apply(pod: Pick<PodRow, 'phase' | 'resources'>, sign: 1 | -1): void {
    if (isFinished(pod)) return;
    this.revision += 1;
    this.mixed = undefined;
    this.podCount += sign;
    this.count('requests', pod.resources.requests, sign);
    this.count('limits', pod.resources.limits, sign);
  }

  private count(side: 'requests' | 'limits', resources: Resources, sign: 1 | -1): void {
    sum(this[side], resources, sign === 1 ? 1n : -1n);
    for (const name of Object.keys(resources)) {
      const { nano, format } = resources[name] as Quantity;
      if (nano === 0n) continue;
      const key = `${side}/${name}`;
      this.written[key] ??= {};
      const counts = this.written[key];
      counts[format] = (counts[format] ?? 0) + sign;
      const [only, ...others] = Object.keys(counts).filter((each) => (counts[each as QuantityFormat] ?? 0) > 0);
      const total = this[side][name] as Quantity;
      if (only && others.length === 0 && total.format !== only) {
        this[side][name] = { nano: total.nano, format: only as QuantityFormat };
      }
    }
  }
}

const inUse = (counts: Partial<Record<QuantityFormat, number>>): number =>
  Object.values(counts).filter((count) => count > 0).length;

function sum(total: Sums, resources: Resources, sign: 1n | -1n): void {
  for (const name of Object.keys(resources)) {
    const { nano, format } = resources[name] as Quantity;
    total[name] = addQuantities(total[name] ?? ZERO_QUANTITY, { nano: nano * sign, format });
  }
}
