import { isPodSettled } from '../engine/operation.js';
import type { DrainPodStatus } from './drain-pod-status.js';
import { type PredictedAnswer, predictAnswer } from './eviction-rule.js';
import { budgetCovers, type PdbSnapshot } from './pdb-snapshot.js';
import { type PodSnapshot, podKey } from './pod-snapshot.js';

export interface DrainingPod {
  readonly pod: PodSnapshot;
  readonly status: DrainPodStatus;
  readonly tier: number;
}

export interface ClosedPod {
  readonly uid: string;
  readonly budget: string;
  readonly message: string;
}

export interface EvictionTurn {
  /** UIDs to send now, in order; never more than there are free requests. */
  readonly send: readonly string[];
  /** Pods that turn out to wait for a budget, without a request wasted on them: each is named once per reason. */
  readonly closed: readonly ClosedPod[];
  /** When to look again even if nothing is observed; null: only an observation can change anything. */
  readonly wakeAt: Date | null;
}

/**
 * What to send next, after any change of a pod, a budget or the clock. `pods` are in eviction order. Budgets are taken down
 * by requests that they can't show yet, so that a burst never asks for more than a budget was seen to have.
 */
export function chooseEvictions(
  pods: readonly DrainingPod[],
  pdbs: readonly PdbSnapshot[],
  context: { readonly now: Date; readonly freeRequests: number },
): EvictionTurn {
  const ledger = openLedger(pods, pdbs);
  const tier = Math.min(...pods.filter(({ status }) => !isPodSettled(status.state)).map((each) => each.tier));
  const send: string[] = [];
  const closed: ClosedPod[] = [];
  let wakeAt: Date | null = null;
  for (const { pod, status, tier: own } of pods) {
    if (own !== tier || (status.state !== 'PENDING' && status.state !== 'BLOCKED')) continue;
    const answer = predictAnswer(pod, pdbs, (pdb) => ledger.get(pdb) ?? 0);
    const turn = turnOf(status, answer, context.now);
    if (turn === 'SEND') {
      if (send.length === context.freeRequests) continue;
      send.push(pod.uid);
      if (status.method === 'EVICT' && answer.charged) for (const pdb of answer.budgets) charge(ledger, pdb);
      continue;
    }
    wakeAt = earlier(wakeAt, status.retryAt);
    const news = turn === 'CLOSED' ? closure(pod, status, answer) : null;
    if (news) closed.push(news);
  }
  return { send, closed, wakeAt };
}

type Ledger = Map<PdbSnapshot, number>;

function openLedger(pods: readonly DrainingPod[], pdbs: readonly PdbSnapshot[]): Ledger {
  const ledger: Ledger = new Map(pdbs.map((pdb) => [pdb, pdb.disruptionsAllowed]));
  for (const { pod, status } of pods) {
    if (status.method === 'DELETE' || !pod.ready || !status.sentAt) continue;
    for (const pdb of pdbs) {
      const unseen = status.state === 'EVICTING' || (status.state === 'TERMINATING' && status.sentAt >= pdb.seenAt);
      if (unseen && budgetCovers(pdb, pod)) charge(ledger, pdb);
    }
  }
  return ledger;
}

const charge = (ledger: Ledger, pdb: PdbSnapshot): void => {
  ledger.set(pdb, Math.max(0, (ledger.get(pdb) ?? 0) - 1));
};

/** A denial that is newer than what is known of the budget counts more than the budget: otherwise a slow watch makes a storm. */
function turnOf(status: DrainPodStatus, answer: PredictedAnswer, now: Date): 'SEND' | 'CLOSED' | 'LATER' {
  const due = status.retryAt === null || status.retryAt <= now;
  if (status.method === 'DELETE') return due ? 'SEND' : 'LATER';
  const budgetWait = status.reason === 'DISRUPTION_BUDGET';
  if (answer.status === 429) {
    if (status.retryAt === null) return 'CLOSED';
    if (due) return 'SEND';
    return budgetWait ? 'CLOSED' : 'LATER';
  }
  if (due) return 'SEND';
  const { sentAt } = status;
  const newer = sentAt === null || answer.budgets.every((pdb) => pdb.seenAt >= sentAt);
  return budgetWait && newer ? 'SEND' : 'LATER';
}

/** Null when the pod is known to wait for just that. */
function closure(pod: PodSnapshot, status: DrainPodStatus, answer: PredictedAnswer): ClosedPod | null {
  const [pdb] = answer.budgets;
  if (!pdb) return null;
  const news = { uid: pod.uid, budget: podKey(pdb), message: answer.message ?? '' };
  const known = status.state === 'BLOCKED' && status.budget === news.budget && status.message === news.message;
  return known ? null : news;
}

const earlier = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b < a) ? b : a);
