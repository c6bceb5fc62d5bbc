import type { PlanSubstance, SubstancePod } from './plan-hash.js';

export interface PlanDifference {
  readonly kind: 'NODE_ADDED' | 'NODE_REMOVED' | 'POD_ADDED' | 'POD_REMOVED' | 'POD_CHANGED' | 'OPTION_CHANGED';
  readonly node: string | null;
  /** `namespace/name`. */
  readonly pod: string | null;
  readonly message: string;
}

/** What changed in substance from one plan to another; empty exactly when their hashes are equal. */
export function planDiff(before: PlanSubstance, after: PlanSubstance): PlanDifference[] {
  const differences: PlanDifference[] = [];
  for (const [option, value] of Object.entries(after.options)) {
    const earlier = before.options[option as keyof PlanSubstance['options']];
    if (earlier === value) continue;
    const message = `option ${option} was ${JSON.stringify(earlier)} and is ${JSON.stringify(value)}`;
    differences.push({ kind: 'OPTION_CHANGED', node: null, pod: null, message });
  }
  const earlierNodes = new Map(before.nodes.map((node) => [node.uid, node]));
  const laterNodes = new Map(after.nodes.map((node) => [node.uid, node]));
  for (const { uid, name } of before.nodes) {
    if (laterNodes.get(uid)?.name === name) continue;
    differences.push({
      kind: 'NODE_REMOVED',
      node: name,
      pod: null,
      message: `node ${name} (${uid}) is not there any more`,
    });
  }
  for (const node of after.nodes) {
    const earlier = earlierNodes.get(node.uid);
    if (earlier?.name !== node.name) {
      const message = `node ${node.name} (${node.uid}) was not in the plan`;
      differences.push({ kind: 'NODE_ADDED', node: node.name, pod: null, message });
    } else differences.push(...podDifferences(node.name, earlier.pods, node.pods));
  }
  return differences;
}

function podDifferences(
  node: string,
  before: readonly SubstancePod[],
  after: readonly SubstancePod[],
): PlanDifference[] {
  const differences: PlanDifference[] = [];
  const earlierPods = new Map(before.map((pod) => [pod.uid, pod]));
  const laterPods = new Map(after.map((pod) => [pod.uid, pod]));
  for (const pod of before) {
    if (laterPods.has(pod.uid)) continue;
    const key = `${pod.namespace}/${pod.name}`;
    differences.push({ kind: 'POD_REMOVED', node, pod: key, message: `pod ${key} is not on the node any more` });
  }
  for (const pod of after) {
    const key = `${pod.namespace}/${pod.name}`;
    const earlier = earlierPods.get(pod.uid);
    if (!earlier) {
      differences.push({ kind: 'POD_ADDED', node, pod: key, message: `pod ${key} was not in the plan: ${pod.action}` });
      continue;
    }
    const changes = podChanges(earlier, pod);
    if (changes.length > 0) {
      differences.push({ kind: 'POD_CHANGED', node, pod: key, message: `pod ${key}: ${changes.join('; ')}` });
    }
  }
  return differences;
}

function podChanges(before: SubstancePod, after: SubstancePod): string[] {
  const changes: string[] = [];
  const was = `${before.namespace}/${before.name}`;
  if (was !== `${after.namespace}/${after.name}`) changes.push(`was called ${was}`);
  if (before.action !== after.action) changes.push(`decision was ${before.action} and is ${after.action}`);
  const [earlier, later] = [before.codes.join(', ') || 'none', after.codes.join(', ') || 'none'];
  if (earlier !== later) changes.push(`notes were ${earlier} and are ${later}`);
  if (before.never !== after.never) {
    changes.push(after.never ? `can no longer go: ${after.budgets.join(', ')}` : 'could not go, and now can');
  } else if (before.budgets.join() !== after.budgets.join()) {
    changes.push(`was held by ${before.budgets.join(', ')} and is held by ${after.budgets.join(', ')}`);
  }
  return changes;
}
