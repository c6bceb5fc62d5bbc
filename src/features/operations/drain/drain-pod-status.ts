import { type DrainPodState, isPodSettled } from '../engine/operation.js';
import type { EvictionRefusal } from './eviction-response.js';

export type PodStateReason =
  | 'DISRUPTION_BUDGET'
  | 'NAMESPACE_TERMINATING'
  | 'THROTTLED'
  | 'SERVER_UNAVAILABLE'
  | 'CLUSTER_OUT_OF_REACH'
  | 'DELETION_OVERDUE'
  | 'NODE_GONE'
  | 'KEPT'
  | 'UNREPORTED'
  | 'UNANSWERED'
  | EvictionRefusal;

/** Where one pod of a drain stands. The pod is its UID: a namesake with another UID is another pod and is left alone. */
export interface DrainPodStatus {
  readonly state: DrainPodState;
  readonly reason: PodStateReason | null;
  /** `namespace/name` of the budget that a BLOCKED pod waits for. */
  readonly budget: string | null;
  readonly message: string | null;
  /** DELETE once the budget is passed over: by option or by escalation. */
  readonly method: 'EVICT' | 'DELETE';
  /** Requests sent for this pod. */
  readonly attempts: number;
  /** Answers in a row that blame the server; an answer about the pod sets it back, being throttled or unanswered doesn't. */
  readonly unavailableInARow: number;
  /** Requests in a row that nobody answered: they say nothing of the pod and never fail it. */
  readonly unansweredInARow: number;
  /** Until then a request that nobody answered, or that the server gave up half way, may still arrive; null when none is in doubt. */
  readonly inDoubtUntil: Date | null;
  /** Not to be tried before this time; null: whenever its turn comes. */
  readonly retryAt: Date | null;
  readonly sentAt: Date | null;
  readonly terminatingAt: Date | null;
  readonly settledAt: Date | null;
  readonly replacedByUid: string | null;
}

export const NEW_DRAIN_POD: DrainPodStatus = {
  state: 'PENDING',
  reason: null,
  budget: null,
  message: null,
  method: 'EVICT',
  attempts: 0,
  unavailableInARow: 0,
  unansweredInARow: 0,
  inDoubtUntil: null,
  retryAt: null,
  sentAt: null,
  terminatingAt: null,
  settledAt: null,
  replacedByUid: null,
};

/** A pod that stays on the node by decision. */
export const ignoredDrainPod = (message: string, now: Date): DrainPodStatus => ({
  ...NEW_DRAIN_POD,
  state: 'IGNORED',
  reason: 'KEPT',
  message,
  settledAt: now,
});

/** Whether a request was sent of which nobody knows yet whether it had its effect. */
export const isUnanswered = ({ state, inDoubtUntil }: DrainPodStatus): boolean =>
  state === 'EVICTING' || Boolean(inDoubtUntil);

/** Settled for good. One that failed with a request in doubt still shows whether that had its effect. */
export const isPodFinal = (status: DrainPodStatus): boolean =>
  isPodSettled(status.state) && !(status.state === 'FAILED' && isUnanswered(status));
