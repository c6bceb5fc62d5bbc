import type { DrainPodEvent, PodObservation } from './drain-pod-event.js';
import { type DrainPodStatus, isPodFinal, isUnanswered } from './drain-pod-status.js';
import type { EvictionVerdict } from './eviction-response.js';

export type DrainPodEffect =
  | { readonly kind: 'OUTCOME'; readonly outcome: 'SUCCEEDED' | 'DENIED' | 'FAILED'; readonly message: string }
  | { readonly kind: 'RETRY_AT'; readonly at: Date };

export type DrainPodRejection = 'SETTLED' | 'NOT_SENT' | 'ALREADY_SENT' | 'NOT_BLOCKED' | 'NOT_WAITING';

export type DrainPodDecision =
  | { readonly next: DrainPodStatus; readonly effects: readonly DrainPodEffect[]; readonly rejection?: undefined }
  | { readonly rejection: DrainPodRejection };

/** A budget is watched; this only covers a lost event. */
const BUDGET_RETRY_SECONDS = 10;
const NAMESPACE_RETRY_SECONDS = 2;
/** kubectl's pause: whoever denied it is asked again, and nobody else waits for that. */
const ADMISSION_RETRY_SECONDS = 5;
/** Short, so that little is lost when the cluster is back. */
const MAX_UNANSWERED_BACKOFF_SECONDS = 3;
const MAX_UNAVAILABLE_IN_A_ROW = 12;
const MAX_BACKOFF_SECONDS = 10;
/** By then its connection is cut, and the server has given it up. */
const ARRIVES_WITHIN_SECONDS = 8;

const reject = (rejection: DrainPodRejection): DrainPodDecision => ({ rejection });
const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000);

export function decideDrainPod(
  status: DrainPodStatus,
  event: DrainPodEvent,
  context: { readonly now: Date; readonly namespace: string },
): DrainPodDecision {
  const { now } = context;
  if (isClosedTo(status, event)) return reject('SETTLED');
  switch (event.type) {
    case 'SENT': {
      if (status.state === 'EVICTING') return reject('ALREADY_SENT');
      if (status.state === 'TERMINATING') return reject('NOT_WAITING');
      const sent: DrainPodStatus = { ...status, state: 'EVICTING', reason: null, budget: null, message: null };
      return { next: { ...sent, attempts: status.attempts + 1, sentAt: now, retryAt: null }, effects: [] };
    }
    case 'ANSWERED':
      return answered(status, event.verdict, context);
    case 'OBSERVED':
      return observed(status, event.observation, now);
    case 'BUDGET_CLOSED': {
      if (status.state !== 'PENDING' && status.state !== 'BLOCKED') return reject('NOT_WAITING');
      const { budget, message } = event;
      const retryAt = status.retryAt ?? later(now, BUDGET_RETRY_SECONDS);
      return {
        next: { ...status, state: 'BLOCKED', reason: 'DISRUPTION_BUDGET', budget, message, retryAt },
        effects: [],
      };
    }
    case 'BUDGET_OPENED':
      if (status.state !== 'BLOCKED') return reject('NOT_BLOCKED');
      return { next: { ...waiting(status), retryAt: null }, effects: [] };
    case 'ESCALATED':
      if (status.state === 'TERMINATING' || status.method === 'DELETE') return reject('NOT_WAITING');
      if (status.state === 'EVICTING') return { next: { ...status, method: 'DELETE' }, effects: [] };
      return { next: { ...waiting(status), method: 'DELETE', retryAt: null }, effects: [] };
    case 'OVERDUE': {
      if (status.state !== 'TERMINATING') return reject('NOT_WAITING');
      const { message } = event;
      return {
        next: { ...status, state: 'IGNORED', reason: 'DELETION_OVERDUE', message, settledAt: now },
        effects: [],
      };
    }
    case 'NODE_GONE': {
      const { next, effects } = settled({ ...status, state: 'GONE', settledAt: now }, status);
      return { next: { ...next, reason: 'NODE_GONE' }, effects };
    }
    case 'RESUMED':
      if (status.state !== 'EVICTING') return reject('NOT_SENT');
      // Counts as an answer that did not come: whether it took effect is looked up before another request leaves.
      return {
        next: {
          ...waiting(status),
          reason: 'UNREPORTED',
          unavailableInARow: Math.max(1, status.unavailableInARow),
          inDoubtUntil: inDoubtUntil(status, now),
        },
        effects: [outcome('FAILED', 'it had no effect yet: the worker was lost before it was sent or answered')],
      };
    case 'UNANSWERED':
      if (status.state === 'TERMINATING' || !isUnanswered(status)) return reject('NOT_SENT');
      return {
        next: { ...status, state: 'EVICTING', reason: 'UNANSWERED', budget: null, message: UNANSWERED, retryAt: null },
        effects: [],
      };
  }
}

/** A pod that failed with a request in doubt can only show whether that had its effect. */
const isClosedTo = (status: DrainPodStatus, { type }: DrainPodEvent): boolean =>
  isPodFinal(status) || (status.state === 'FAILED' && type !== 'OBSERVED' && type !== 'UNANSWERED');

const UNANSWERED = 'a request was sent, and no answer came';

const waiting = (status: DrainPodStatus): DrainPodStatus => ({
  ...status,
  state: 'PENDING',
  reason: null,
  budget: null,
  message: null,
});

function answered(
  status: DrainPodStatus,
  verdict: EvictionVerdict,
  { now, namespace }: { readonly now: Date; readonly namespace: string },
): DrainPodDecision {
  // A watch can be quicker than the answer; then the outcome is already recorded, once for each request.
  if (status.state !== 'EVICTING') return reject('NOT_SENT');
  const calm = { ...certain(status), unavailableInARow: 0, unansweredInARow: 0 };
  switch (verdict.kind) {
    case 'ACCEPTED':
      return {
        next: { ...calm, state: 'TERMINATING', terminatingAt: now },
        effects: [outcome('SUCCEEDED', 'accepted')],
      };
    case 'GONE':
      return { next: { ...calm, state: 'GONE', settledAt: now }, effects: [outcome('SUCCEEDED', 'was already gone')] };
    case 'REPLACED': {
      const effects = [outcome('SUCCEEDED', 'was already gone; another pod has its name')];
      return { next: { ...calm, state: 'REPLACED', settledAt: now }, effects };
    }
    case 'BUDGET_DENIED': {
      const budget = verdict.budget === null ? null : `${namespace}/${verdict.budget}`;
      const next: DrainPodStatus = {
        ...calm,
        state: 'BLOCKED',
        reason: 'DISRUPTION_BUDGET',
        budget,
        message: verdict.message,
      };
      return retry(next, later(now, verdict.retryAfterSeconds ?? BUDGET_RETRY_SECONDS), 'DENIED', verdict.message);
    }
    case 'THROTTLED': {
      const next: DrainPodStatus = { ...waiting(status), reason: 'THROTTLED', unansweredInARow: 0 };
      return retry(next, later(now, verdict.retryAfterSeconds), 'DENIED', 'the API server throttles requests');
    }
    case 'NAMESPACE_TERMINATING': {
      const next: DrainPodStatus = {
        ...calm,
        state: 'BLOCKED',
        reason: 'NAMESPACE_TERMINATING',
        message: verdict.message,
      };
      return retry(next, later(now, NAMESPACE_RETRY_SECONDS), 'DENIED', verdict.message);
    }
    case 'ADMISSION_DENIED': {
      const { message, retryAfterSeconds } = verdict;
      const next: DrainPodStatus = { ...calm, state: 'BLOCKED', reason: 'ADMISSION_DENIED', message };
      const seconds = Math.max(ADMISSION_RETRY_SECONDS, retryAfterSeconds ?? 0);
      return retry(next, later(now, seconds), 'DENIED', message);
    }
    case 'UNAVAILABLE':
      return withoutAnswer(
        verdict.isInDoubt ? { ...status, inDoubtUntil: inDoubtUntil(status, now) } : status,
        verdict,
        now,
      );
    case 'REFUSED': {
      const { code, message } = verdict;
      const next: DrainPodStatus = { ...calm, state: 'FAILED', reason: code, message, settledAt: now };
      return { next, effects: [outcome('FAILED', message)] };
    }
  }
}

const inDoubtUntil = ({ sentAt }: DrainPodStatus, now: Date): Date => later(sentAt ?? now, ARRIVES_WITHIN_SECONDS);

/** An answer about the pod to a request that was sent when the one in doubt could not arrive any more: that had no effect. */
function certain(status: DrainPodStatus): DrainPodStatus {
  const { sentAt, inDoubtUntil: until } = status;
  return until && sentAt && sentAt >= until ? { ...status, inDoubtUntil: null } : status;
}

function withoutAnswer(
  status: DrainPodStatus,
  { isUnanswered, message }: Extract<EvictionVerdict, { kind: 'UNAVAILABLE' }>,
  now: Date,
): DrainPodDecision {
  if (isUnanswered) return unanswered(status, message, now);
  return unavailable({ ...status, unansweredInARow: 0 }, message, now);
}

/** Retries are bounded so that a pod whose eviction a broken webhook refuses does not hold the drain until its deadline. */
function unavailable(status: DrainPodStatus, message: string, now: Date): DrainPodDecision {
  const count = status.unavailableInARow + 1;
  if (count >= MAX_UNAVAILABLE_IN_A_ROW) {
    const next: DrainPodStatus = {
      ...status,
      state: 'FAILED',
      reason: 'SERVER_UNAVAILABLE',
      message,
      unavailableInARow: count,
      settledAt: now,
    };
    return { next, effects: [outcome('FAILED', message)] };
  }
  const seconds = Math.min(MAX_BACKOFF_SECONDS, 0.2 * 2 ** (count - 1));
  const next: DrainPodStatus = { ...waiting(status), reason: 'SERVER_UNAVAILABLE', message, unavailableInARow: count };
  return retry(next, later(now, seconds), 'FAILED', message);
}

/** Without a bound: a cluster that is away says nothing about any pod, and the drain has its own deadline. */
function unanswered(status: DrainPodStatus, message: string, now: Date): DrainPodDecision {
  const count = (status.unansweredInARow ?? 0) + 1;
  const seconds = Math.min(MAX_UNANSWERED_BACKOFF_SECONDS, 0.2 * 2 ** Math.min(10, count - 1));
  const next: DrainPodStatus = {
    ...waiting(status),
    reason: 'CLUSTER_OUT_OF_REACH',
    message,
    unansweredInARow: count,
  };
  return retry(next, later(now, seconds), 'FAILED', message);
}

function retry(next: DrainPodStatus, at: Date, result: 'DENIED' | 'FAILED', message: string): DrainPodDecision {
  return { next: { ...next, retryAt: at }, effects: [outcome(result, message), { kind: 'RETRY_AT', at }] };
}

function observed(status: DrainPodStatus, observation: PodObservation, now: Date): DrainPodDecision {
  switch (observation.kind) {
    case 'ABSENT':
      return settled({ ...status, state: 'GONE', settledAt: now }, status);
    case 'REPLACED':
      return settled({ ...status, state: 'REPLACED', replacedByUid: observation.uid, settledAt: now }, status);
    case 'TERMINATING': {
      if (status.state === 'TERMINATING') return { next: status, effects: [] };
      const next: DrainPodStatus = { ...status, state: 'TERMINATING', terminatingAt: now, retryAt: null };
      const effects = status.state === 'EVICTING' ? [outcome('SUCCEEDED', 'seen terminating')] : [];
      return { next: { ...next, reason: null, budget: null, message: null }, effects };
    }
    case 'PRESENT':
      return { next: status, effects: [] };
  }
}

/** A pod that goes while its answer is out is an outcome as well: the intent must not stay open. */
function settled(next: DrainPodStatus, before: DrainPodStatus): Extract<DrainPodDecision, { next: DrainPodStatus }> {
  const cleared: DrainPodStatus = { ...next, reason: null, budget: null, message: null, retryAt: null };
  return { next: cleared, effects: before.state === 'EVICTING' ? [outcome('SUCCEEDED', 'seen gone')] : [] };
}

const outcome = (result: 'SUCCEEDED' | 'DENIED' | 'FAILED', message: string): DrainPodEffect => ({
  kind: 'OUTCOME',
  outcome: result,
  message,
});
