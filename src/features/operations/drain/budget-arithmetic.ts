import {
  type EvictionRule,
  namespaceTerminates,
  type OutlookReason,
  type PredictedAnswer,
  predictAnswer,
} from './eviction-rule.js';
import { budgetCovers, type PdbSnapshot } from './pdb-snapshot.js';
import { isFinished, type PodSnapshot, podKey } from './pod-snapshot.js';
import { type UnblockAdvice, unblockAdvice } from './unblock-advice.js';

/** AT_ONCE: accepted if sent now, in this order. WAITS: accepted later without anybody's help. NEVER: only if something changes. */
export type EvictionOutlook = 'AT_ONCE' | 'WAITS' | 'NEVER';

export interface PodOutlook {
  readonly uid: string;
  readonly outlook: EvictionOutlook;
  readonly reason: OutlookReason;
  /** `namespace/name` of each budget that had a say. */
  readonly budgets: readonly string[];
  /** What the API server would answer when all evictions were sent now, in order. */
  readonly answer: { readonly status: number; readonly message: string | null };
  /** For WAITS: how many pods must become healthy under the budget before it is this pod's turn. */
  readonly healthyPodsMissing: number | null;
  readonly advice: readonly UnblockAdvice[];
}

export interface BudgetUse {
  readonly budget: string;
  readonly healthy: number;
  readonly desired: number;
  readonly expected: number;
  readonly allowed: number;
  /** Disruptions at a time when all expected pods are healthy; 0 can never pass. */
  readonly mostAtATime: number;
  readonly atOnce: readonly string[];
  readonly waiting: readonly string[];
  readonly never: readonly string[];
  /** Healthy pods below the desired number, when deletes pass the budget over. */
  readonly brokenBy: number;
}

export interface BudgetForecast {
  readonly outlooks: ReadonlyMap<string, PodOutlook>;
  readonly budgets: readonly BudgetUse[];
}

export interface Removal {
  readonly pod: PodSnapshot;
  readonly action: 'EVICT' | 'DELETE';
}

interface Account {
  readonly pdb: PdbSnapshot;
  left: number;
  /** Expected pods that were taken and that no controller brings back. */
  lost: number;
  deleted: number;
  readonly atOnce: string[];
  readonly waiting: string[];
  readonly never: string[];
}

/**
 * Walks the removals in the order in which they would be sent, over one node or several, and takes every budget down as the
 * API server would. Budgets are shared by all nodes, so pods of several nodes must be handed over together.
 */
export function forecastBudgets(
  removals: readonly Removal[],
  pdbs: readonly PdbSnapshot[],
  terminatingNamespaces: ReadonlySet<string> = new Set(),
): BudgetForecast {
  const accounts = new Map<PdbSnapshot, Account>();
  const account = (pdb: PdbSnapshot): Account => {
    const known = accounts.get(pdb);
    if (known) return known;
    const opened = {
      pdb,
      left: pdb.disruptionsAllowed,
      lost: lostAnyway(pdb, removals),
      deleted: 0,
      atOnce: [],
      waiting: [],
      never: [],
    };
    accounts.set(pdb, opened);
    return opened;
  };
  // First all that go at once: what they take for good is missing to those that wait, wherever they stand in the order.
  const first = removals.map((removal) =>
    removal.action === 'EVICT' && terminatingNamespaces.has(removal.pod.namespace)
      ? withItsNamespace(removal.pod)
      : atOnce(removal, pdbs, account),
  );
  const outlooks = new Map<string, PodOutlook>();
  removals.forEach(({ pod }, i) => {
    const result = first[i];
    if (result) outlooks.set(pod.uid, 'outlook' in result ? result : afterwards(pod, result, account));
  });
  return { outlooks, budgets: [...accounts.values()].map(useOf) };
}

type Accounts = (pdb: PdbSnapshot) => Account;

const outlookOf = (
  pod: PodSnapshot,
  predicted: PredictedAnswer,
  changes: Pick<PodOutlook, 'outlook' | 'reason'> & Partial<PodOutlook>,
): PodOutlook => ({
  uid: pod.uid,
  budgets: predicted.budgets.map(podKey),
  answer: { status: predicted.status, message: predicted.message },
  healthyPodsMissing: null,
  advice: [],
  ...changes,
});

/** Refused for good, and yet it goes: whoever deletes the namespace deletes it, too. */
function withItsNamespace(pod: PodSnapshot): PodOutlook {
  const message = `the deletion of namespace ${pod.namespace} takes the pod with it`;
  const advice = [{ kind: 'WAIT' as const, message }];
  return outlookOf(pod, namespaceTerminates(pod), { outlook: 'WAITS', reason: 'NAMESPACE_TERMINATING', advice });
}

function atOnce(
  { pod, action }: Removal,
  pdbs: readonly PdbSnapshot[],
  account: Accounts,
): PodOutlook | PredictedAnswer {
  const predicted = predictAnswer(pod, pdbs, (pdb) => account(pdb).left);
  const touched = predicted.budgets.map(account);
  if (action === 'DELETE') {
    for (const each of touched) passOver(each, pod);
    const answer = { status: 200, message: null };
    return outlookOf(pod, predicted, { outlook: 'AT_ONCE', reason: 'EVICTION_DISABLED', answer });
  }
  if (predicted.status !== 201) return predicted;
  // A pod that is not Ready was not counted as healthy: the disruption controller gives back what its eviction was charged.
  for (const each of touched) take(each, pod, predicted.charged && pod.ready);
  return outlookOf(pod, predicted, { outlook: 'AT_ONCE', reason: predicted.rule });
}

function afterwards(pod: PodSnapshot, refused: PredictedAnswer, account: Accounts): PodOutlook {
  const touched = refused.budgets.map(account);
  const [only] = touched;
  if (touched.length !== 1 || !only || !canOpen(only, refused.rule)) {
    for (const each of touched) each.never.push(podKey(pod));
    const reason = refused.rule === 'BUDGET_EXHAUSTED' ? 'BUDGET_NEVER_OPENS' : refused.rule;
    return outlookOf(pod, refused, { outlook: 'NEVER', reason, advice: unblockAdvice(reason, pod, refused.budgets) });
  }
  only.waiting.push(podKey(pod));
  if (!pod.controller) only.lost++;
  const { pdb } = only;
  // Each pod that waits ahead needs one healthy pod more; what is missing now comes on top.
  const healthyPodsMissing = Math.max(0, pdb.desiredHealthy - pdb.currentHealthy) + only.waiting.length;
  const advice = unblockAdvice(refused.rule, pod, refused.budgets);
  return outlookOf(pod, refused, { outlook: 'WAITS', reason: refused.rule, healthyPodsMissing, advice });
}

function take(account: Account, pod: PodSnapshot, charged: boolean): void {
  account.atOnce.push(podKey(pod));
  if (charged) account.left--;
  if (!pod.controller) account.lost++;
}

function passOver(account: Account, pod: PodSnapshot): void {
  account.atOnce.push(podKey(pod));
  if (!pod.controller) account.lost++;
  if (!pod.ready) return;
  account.deleted++;
  account.left = Math.max(0, account.left - 1);
}

/**
 * Pods that go without asking the budget and are not made again. With a plain number in `minAvailable` the disruption
 * controller expects every pod that it sees, those that are on their way out included.
 */
function lostAnyway(pdb: PdbSnapshot, removals: readonly Removal[]): number {
  return removals.filter(({ pod }) => {
    const leaving = pod.deletionTimestamp !== null || isFinished(pod);
    const expected = leaving ? typeof pdb.minAvailable === 'number' : pod.phase === 'Pending' && !pod.controller;
    return expected && budgetCovers(pdb, pod);
  }).length;
}

/** Whether a budget that refuses now will allow one more when every pod that is coming has become healthy. */
function canOpen({ pdb, lost }: Account, rule: EvictionRule): boolean {
  if (rule === 'BUDGET_STATUS_STALE') return true;
  return rule === 'BUDGET_EXHAUSTED' && pdb.expectedPods > 0 && mostAtATime(pdb) - lost > 0;
}

export const mostAtATime = (pdb: PdbSnapshot): number => Math.max(0, pdb.expectedPods - pdb.desiredHealthy);

function useOf({ pdb, deleted, atOnce, waiting, never }: Account): BudgetUse {
  const { currentHealthy: healthy, desiredHealthy: desired, expectedPods: expected, disruptionsAllowed: allowed } = pdb;
  const brokenBy = deleted === 0 ? 0 : Math.max(0, desired - (healthy - deleted));
  const most = mostAtATime(pdb);
  return {
    budget: podKey(pdb),
    healthy,
    desired,
    expected,
    allowed,
    mostAtATime: most,
    atOnce,
    waiting,
    never,
    brokenBy,
  };
}
