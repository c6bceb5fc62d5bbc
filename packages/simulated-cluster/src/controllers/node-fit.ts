import { type LabelMatcher, labelSelectorMatcher } from '../store/label-selector.js';
import type { Node, NodeSelector, PodSpec, Taint, Toleration } from './kube-types.js';
import { type Amounts, podRequests } from './pod-requests.js';
import { quantity } from './quantity.js';

export const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (toleration.key && toleration.key !== taint.key) return false;
    if (toleration.operator === 'Exists') return true;
    return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
  });
}

/** The first taint that keeps the pod off the node; `unschedulable` counts as its taint, as in the scheduler. */
export function untolerated(spec: PodSpec, node: Node, effects = ['NoSchedule', 'NoExecute']): Taint | undefined {
  return (node.spec.taints ?? []).find(
    (taint) => effects.includes(taint.effect) && !tolerates(spec.tolerations, taint),
  );
}

type TermMatcher = { labels: LabelMatcher; fields: LabelMatcher };
const matchers = new WeakMap<NodeSelector, TermMatcher[]>();

/** Terms are alternatives; inside a term everything must match. A term without requirements matches nothing. */
export function matchesNodeSelector(selector: NodeSelector, node: Node): boolean {
  let terms = matchers.get(selector);
  if (!terms) {
    terms = selector.nodeSelectorTerms
      .filter((term) => (term.matchExpressions?.length ?? 0) + (term.matchFields?.length ?? 0) > 0)
      .map((term) => ({
        labels: labelSelectorMatcher({ matchExpressions: term.matchExpressions ?? [] }),
        fields: labelSelectorMatcher({ matchExpressions: term.matchFields ?? [] }),
      }));
    matchers.set(selector, terms);
  }
  const fields = { 'metadata.name': node.metadata.name };
  return terms.some((term) => term.labels(node.metadata.labels) && term.fields(fields));
}

export function matchesNodeAffinity(spec: PodSpec, node: Node): boolean {
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (node.metadata.labels?.[key] !== value) return false;
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

/** What the pods already on a node hold of it. */
export interface NodeUsage {
  pods: number;
  requests: Amounts;
}

/** Why a pod cannot go to a node, in the scheduler's own words; empty when it fits. */
export function unfitReasons(
  spec: PodSpec,
  node: Node,
  usage: NodeUsage,
  volumeAffinities: readonly NodeSelector[] = [],
): string[] {
  if (node.spec.unschedulable && !tolerates(spec.tolerations, UNSCHEDULABLE_TAINT)) {
    return ['node(s) were unschedulable'];
  }
  const taint = untolerated(spec, node);
  if (taint) {
    return [`node(s) had untolerated taint(s)`];
  }
  if (!matchesNodeAffinity(spec, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  if (!volumeAffinities.every((affinity) => matchesNodeSelector(affinity, node))) {
    return ["node(s) didn't match PersistentVolume's node affinity"];
  }
  const reasons: string[] = [];
  if (usage.pods + 1 > quantity(node.status?.allocatable?.pods ?? '110')) reasons.push('Too many pods');
  for (const [name, amount] of Object.entries(podRequests(spec))) {
    const free = quantity(node.status?.allocatable?.[name]) - (usage.requests[name] ?? 0);
    // Sums of binary fractions drift: without the margin a node that is exactly full refuses its last pod.
    if (amount > 0 && amount > free + 1e-6) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

/** Score for spreading: the busiest of cpu and memory after placement, 0 (empty) to 1 (full). Lower is better. */
export function loadAfter(spec: PodSpec, node: Node, usage: NodeUsage): number {
  const requests = podRequests(spec);
  const share = (name: string) => {
    const total = quantity(node.status?.allocatable?.[name]);
    return total > 0 ? ((usage.requests[name] ?? 0) + (requests[name] ?? 0)) / total : 0;
  };
  return (share('cpu') + share('memory')) / 2;
}
