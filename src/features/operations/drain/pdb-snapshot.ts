import { type LabelSelector, matchesLabels } from '../../../kernel/label-selector.js';

export type UnhealthyPodEvictionPolicy = 'IfHealthyBudget' | 'AlwaysAllow';

/** A PodDisruptionBudget: what it asks for, and what the disruption controller last made of it. */
export interface PdbSnapshot {
  readonly namespace: string;
  readonly name: string;
  /** Null selects nothing; a selector without requirements selects the whole namespace. */
  readonly selector: LabelSelector | null;
  readonly minAvailable: number | string | null;
  readonly maxUnavailable: number | string | null;
  readonly unhealthyPodEvictionPolicy: UnhealthyPodEvictionPolicy;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** When this process got this version: tells whether a denial is older than what is known now. */
  readonly seenAt: Date;
}

export function budgetCovers(
  pdb: Pick<PdbSnapshot, 'namespace' | 'selector'>,
  pod: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  return pdb.namespace === pod.namespace && pdb.selector !== null && matchesLabels(pdb.selector, pod.labels);
}
