import type { DrainOptions } from './drain-options.js';
import { type PodSnapshot, podKey } from './pod-snapshot.js';
import { startupSeconds } from './pod-timing.js';

export interface OrderedPod<P extends PodSnapshot = PodSnapshot> {
  readonly pod: P;
  /** A tier starts when all pods of the tiers before it are gone. */
  readonly tier: number;
}

type Compare = (a: PodSnapshot, b: PodSnapshot) => number;

const byPriority: Compare = (a, b) => a.priority - b.priority;
/** A pod that is not Ready costs its budget nothing, and its replacement may be what others wait for. */
const unreadyFirst: Compare = (a, b) => Number(a.ready) - Number(b.ready);
const slowestFirst: Compare = (a, b) => startupSeconds(b).seconds - startupSeconds(a).seconds;
const byName: Compare = (a, b) => (podKey(a) < podKey(b) ? -1 : Number(podKey(a) > podKey(b)));

const COMPARISONS: Readonly<Record<DrainOptions['evictionOrder'], readonly Compare[]>> = {
  PRIORITY_THEN_SLOWEST: [byPriority, unreadyFirst, slowestFirst, byName],
  PRIORITY: [byPriority, byName],
  SLOWEST: [unreadyFirst, slowestFirst, byName],
  NAME: [byName],
};

/** The order in which evictions are sent. It is total, so that the same pods always give the same plan. */
export function orderPods<P extends PodSnapshot>(
  pods: readonly P[],
  options: Pick<DrainOptions, 'evictionOrder' | 'priorityTiers'>,
): OrderedPod<P>[] {
  const comparisons = COMPARISONS[options.evictionOrder];
  return pods
    .map((pod) => ({ pod, tier: options.priorityTiers.filter((start) => pod.priority >= start).length }))
    .sort((a, b) => {
      if (a.tier !== b.tier) return a.tier - b.tier;
      for (const compare of comparisons) {
        const order = compare(a.pod, b.pod);
        if (order !== 0) return order;
      }
      return 0;
    });
}
