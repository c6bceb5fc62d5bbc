import { type PdbSnapshot } from '../cluster-view/pdb-snapshot.js';
import { type PodSnapshot, podKey } from '../cluster-view/pod-snapshot.js';
import { type EvictionRule, type OutlookReason, predictAnswer } from './eviction-rule.js';
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
  /** Healthy pods that were taken and that no controller brings back. */
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
export function forecastBudgets(removals: readonly Removal[], pdbs: readonly PdbSnapshot[]): BudgetForecast {
  const accounts = new Map<PdbSnapshot, Account>();
  const account = (pdb: PdbSnapshot): Account => {
    const known = accounts.get(pdb);
    if (known) return known;
    const opened = { pdb, left: pdb.disruptionsAllowed, lost: 0, deleted: 0, atOnce: [], waiting: [], never: [] };
    accounts.set(pdb, opened);
    return opened;
  };
  const outlooks = new Map<string, PodOutlook>();
  for (const removal of removals) {
    outlooks.set(removal.pod.uid, outlookOf(removal, pdbs, account));
  }
  return { outlooks, budgets: [...accounts.values()].map(useOf) };
}

function outlookOf(
  { pod, action }: Removal,
  pdbs: readonly PdbSnapshot[],
  account: (pdb: PdbSnapshot) => Account,
): PodOutlook {
  const predicted = predictAnswer(pod, pdbs, (pdb) => account(pdb).left);
  const touched = predicted.budgets.map(account);
  const budgets = predicted.budgets.map(podKey);
  const base = { uid: pod.uid, budgets, healthyPodsMissing: null, advice: [] };
  if (action === 'DELETE') {
    for (const each of touched) passOver(each, pod);
    return { ...base, outlook: 'AT_ONCE', reason: 'EVICTION_DISABLED', answer: { status: 200, message: null } };
  }
  const answer = { status: predicted.status, message: predicted.message };
  if (predicted.status === 201) {
    for (const each of touched) take(each, pod, predicted.charged);
    return { ...base, outlook: 'AT_ONCE', reason: predicted.rule, answer };
  }
  const [only] = touched;
  const waits = touched.length === 1 && only && canOpen(only, predicted.rule);
  if (!waits) {
    for (const each of touched) each.never.push(podKey(pod));
    const exhausted = predicted.rule === 'BUDGET_EXHAUSTED';
    const reason = exhausted ? 'BUDGET_NEVER_OPENS' : predicted.rule;
    const advice = unblockAdvice(reason, pod, predicted.budgets);
    return { ...base, outlook: 'NEVER', reason, answer, advice };
  }
  only.waiting.push(podKey(pod));
  if (!pod.controller && pod.ready) only.lost++;
  const { pdb } = only;
  // Each pod that waits ahead needs one healthy pod more; what is missing now comes on top.
  const missing = Math.max(0, pdb.desiredHealthy - pdb.currentHealthy) + only.waiting.length;
  const advice = unblockAdvice(predicted.rule, pod, predicted.budgets);
  return { ...base, outlook: 'WAITS', reason: predicted.rule, answer, healthyPodsMissing: missing, advice };
}

function take(account: Account, pod: PodSnapshot, charged: boolean): void {
  account.atOnce.push(podKey(pod));
  if (!charged) return;
  account.left--;
  if (!pod.controller) account.lost++;
}

function passOver(account: Account, pod: PodSnapshot): void {
  account.atOnce.push(podKey(pod));
  if (!pod.ready) return;
  account.deleted++;
  account.left = Math.max(0, account.left - 1);
  if (!pod.controller) account.lost++;
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
