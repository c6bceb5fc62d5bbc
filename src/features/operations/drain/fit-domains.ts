import { matchesNodeSelector } from './node-selector.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { PodSnapshot, SpreadConstraint } from './pod-snapshot.js';
import { tolerates, UNSCHEDULABLE_TAINT } from './taint.js';

export interface NeighbourRules {
  /** Topology key to the domains in which a pod keeps it away, or it keeps away from one. */
  readonly repelled: ReadonlyMap<string, ReadonlySet<string>>;
  /** The domains of which it needs one; null: any. */
  readonly affinity: readonly { readonly key: string; readonly domains: ReadonlySet<string> | null }[];
  /** The most pods that its domain may have before it comes. */
  readonly spread: readonly {
    readonly key: string;
    readonly most: number;
    readonly counts: ReadonlyMap<string, number>;
  }[];
}

/** Why the neighbours keep a pod off this node, and what would change it; null if they don't. */
export function neighbourRefusal(
  { repelled, affinity, spread }: NeighbourRules,
  node: NodeSnapshot,
): { reason: string; change: () => string } | null {
  for (const { key, most, counts } of spread) {
    const value = node.labels[key];
    if (value === undefined) {
      return { reason: `no label ${key} for its topology spread`, change: () => `label ${node.name} with ${key}` };
    }
    if ((counts.get(value) ?? 0) > most) {
      return { reason: `topology spread over ${key}`, change: () => `make room where ${key} is not ${value}` };
    }
  }
  for (const { key, domains } of affinity) {
    const value = node.labels[key];
    if (value !== undefined && (!domains || domains.has(value))) continue;
    return {
      reason: 'pod affinity',
      change: () =>
        domains && domains.size > 0
          ? `add a node in ${key} ${[...domains].sort().join(' or ')}`
          : 'start a pod that its pod affinity asks for',
    };
  }
  for (const [key, domains] of repelled) {
    const value = node.labels[key];
    if (value === undefined || !domains.has(value)) continue;
    const keys = () => [...repelled].filter(([each, kept]) => kept.has(node.labels[each] ?? '')).map(([each]) => each);
    return { reason: 'pod anti-affinity', change: () => `add a node of another ${keys().sort().join(' and ')}` };
  }
  return null;
}

function matchesOwnSelectors(pod: Pick<PodSnapshot, 'nodeSelector' | 'nodeAffinity'>, node: NodeSnapshot): boolean {
  const selected = Object.entries(pod.nodeSelector).every(([key, value]) => node.labels[key] === value);
  return selected && (!pod.nodeAffinity || matchesNodeSelector(pod.nodeAffinity, node));
}

/** The domains of a spread constraint, and the nodes whose pods count. */
export interface SpreadDomains {
  readonly nodes: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

export function isDomain(constraint: SpreadConstraint, pod: PodSnapshot, node: NodeSnapshot): boolean {
  if (constraint.honorsAffinity && !matchesOwnSelectors(pod, node)) return false;
  if (!constraint.honorsTaints) return true;
  if (node.unschedulable && !tolerates(pod.tolerations, UNSCHEDULABLE_TAINT)) return false;
  return node.taints.every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod.tolerations, taint));
}
