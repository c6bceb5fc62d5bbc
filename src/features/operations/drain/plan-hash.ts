import { contentHash } from '../../../kernel/content-hash.js';
import type { EvictionOutlook } from './budget-arithmetic.js';
import type { DrainOptions } from './drain-options.js';
import type { PodAction } from './pod-decision.js';

/** One pod in the substance of a plan. */
export interface SubstancePod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: PodAction;
  /** Codes of warnings and errors, sorted. */
  readonly codes: readonly string[];
  /** The pod could not go as things were. Whether it would have to wait is not substance: that changes by the minute. */
  readonly never: boolean;
  readonly budgets: readonly string[];
}

/** What somebody who approves a plan relies on: which pods on which nodes, what is done with them, and by which means. */
export interface PlanSubstance {
  readonly nodes: readonly { readonly name: string; readonly uid: string; readonly pods: readonly SubstancePod[] }[];
  readonly options: Pick<
    DrainOptions,
    | 'force'
    | 'ignoreDaemonSets'
    | 'deleteEmptyDirData'
    | 'disableEviction'
    | 'gracePeriodSeconds'
    | 'skipWaitForDeleteTimeoutSeconds'
    | 'podSelector'
    | 'escalateAfterSeconds'
  >;
}

export interface SubstanceSource {
  readonly options: DrainOptions;
  readonly nodes: readonly {
    readonly name: string;
    readonly uid: string;
    readonly pods: readonly SubstancePodSource[];
  }[];
}

export interface SubstancePodSource {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: PodAction;
  readonly notes: readonly { readonly code: string; readonly severity: string }[];
  readonly outlook: EvictionOutlook | null;
  readonly budgets: readonly string[];
}

export function planSubstance(plan: SubstanceSource): PlanSubstance {
  const { options } = plan;
  return {
    nodes: plan.nodes
      .map(({ name, uid, pods }) => ({ name, uid, pods: pods.map(substanceOf).sort(byKey('uid')) }))
      .sort(byKey('name')),
    options: {
      force: options.force,
      ignoreDaemonSets: options.ignoreDaemonSets,
      deleteEmptyDirData: options.deleteEmptyDirData,
      disableEviction: options.disableEviction,
      gracePeriodSeconds: options.gracePeriodSeconds,
      skipWaitForDeleteTimeoutSeconds: options.skipWaitForDeleteTimeoutSeconds,
      podSelector: options.podSelector,
      escalateAfterSeconds: options.escalateAfterSeconds,
    },
  };
}

export const planHash = (substance: PlanSubstance): string => contentHash(substance);

function substanceOf(pod: SubstancePodSource): SubstancePod {
  const { uid, namespace, name, action } = pod;
  // A pod that finishes or starts to terminate needs no new approval: those notes are INFO.
  const codes = pod.notes.filter((note) => note.severity !== 'INFO').map((note) => note.code);
  const never = pod.outlook === 'NEVER';
  return { uid, namespace, name, action, codes: codes.sort(), never, budgets: never ? [...pod.budgets].sort() : [] };
}

function byKey<K extends string>(key: K): (a: Record<K, string>, b: Record<K, string>) => number {
  return (a, b) => (a[key] < b[key] ? -1 : Number(a[key] > b[key]));
}
