import { budgetCovers, type PdbSnapshot } from './pdb-snapshot.js';
import { isFinished, type PodSnapshot } from './pod-snapshot.js';

/** Which rule of the eviction handler decided. */
export type EvictionRule =
  /** Pending, finished and terminating pods are deleted without a look at budgets. */
  | 'PHASE_BYPASSES'
  | 'NO_BUDGET'
  /** Evictions are made in the pod's namespace, where nothing can be made any more. */
  | 'NAMESPACE_TERMINATING'
  | 'MULTIPLE_BUDGETS'
  | 'UNREADY_ALWAYS_ALLOWED'
  | 'UNREADY_UNDER_HEALTHY_BUDGET'
  | 'BUDGET_STATUS_STALE'
  | 'BUDGET_INVALID'
  | 'BUDGET_ALLOWS'
  | 'BUDGET_EXHAUSTED';

/** The rules, and what a plan concludes from them. */
export type OutlookReason = EvictionRule | 'EVICTION_DISABLED' | 'BUDGET_NEVER_OPENS';

export interface PredictedAnswer {
  readonly rule: EvictionRule;
  readonly status: 201 | 403 | 429 | 500;
  readonly message: string | null;
  /** The one budget that decided; several only for MULTIPLE_BUDGETS. */
  readonly budgets: readonly PdbSnapshot[];
  /** The budget has one disruption less to give afterwards. */
  readonly charged: boolean;
}

export type EvictionCandidate = Pick<
  PodSnapshot,
  'namespace' | 'name' | 'labels' | 'phase' | 'ready' | 'deletionTimestamp'
>;

/** Admission answers before any budget is looked at, for finished and terminating pods too. */
export function namespaceTerminates({ namespace, name }: EvictionCandidate): PredictedAnswer {
  const message = `pods "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  return { rule: 'NAMESPACE_TERMINATING', status: 403, message, budgets: [], charged: false };
}

/** What the API server answers to an eviction, given what each budget has left. `allowed` is asked for that budget only. */
export function predictAnswer(
  pod: EvictionCandidate,
  pdbs: readonly PdbSnapshot[],
  allowed: (pdb: PdbSnapshot) => number = (pdb) => pdb.disruptionsAllowed,
): PredictedAnswer {
  if (pod.phase === 'Pending' || isFinished(pod) || pod.deletionTimestamp) return accept('PHASE_BYPASSES', []);
  const covering = pdbs.filter((pdb) => budgetCovers(pdb, pod));
  const [pdb] = covering;
  if (!pdb) return accept('NO_BUDGET', []);
  if (covering.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    return { rule: 'MULTIPLE_BUDGETS', status: 500, message, budgets: covering, charged: false };
  }
  if (!pod.ready) {
    if (pdb.unhealthyPodEvictionPolicy === 'AlwaysAllow') return accept('UNREADY_ALWAYS_ALLOWED', covering);
    if (pdb.currentHealthy >= pdb.desiredHealthy && pdb.desiredHealthy > 0) {
      return accept('UNREADY_UNDER_HEALTHY_BUDGET', covering);
    }
  }
  if (pdb.observedGeneration < pdb.generation) {
    const message = `The disruption budget ${pdb.name} is still being processed by the server.`;
    return { rule: 'BUDGET_STATUS_STALE', status: 429, message, budgets: covering, charged: false };
  }
  const left = allowed(pdb);
  if (left < 0) {
    const message = 'pdb disruptions allowed is negative';
    return { rule: 'BUDGET_INVALID', status: 403, message, budgets: covering, charged: false };
  }
  if (left === 0) {
    // What was taken from the budget since it was seen is not healthy any more.
    const healthy = pdb.currentHealthy - Math.max(0, pdb.disruptionsAllowed);
    const message = `The disruption budget ${pdb.name} needs ${pdb.desiredHealthy} healthy pods and has ${healthy} currently`;
    return { rule: 'BUDGET_EXHAUSTED', status: 429, message, budgets: covering, charged: false };
  }
  return { rule: 'BUDGET_ALLOWS', status: 201, message: null, budgets: covering, charged: true };
}

const accept = (rule: EvictionRule, budgets: readonly PdbSnapshot[]): PredictedAnswer => ({
  rule,
  status: 201,
  message: null,
  budgets,
  charged: false,
});
