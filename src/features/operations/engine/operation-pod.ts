import type { DrainPodStatus } from '../drain/drain-pod-status.js';
import type { DecisionNote, PodAction } from '../drain/pod-decision.js';

/** One pod of a drain: what was decided for it, and where it stands. */
export interface OperationPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Order of eviction within the drain. */
  readonly position: number;
  readonly tier: number;
  readonly action: PodAction;
  readonly notes: readonly DecisionNote[];
  /** `kind/name` of the controller. */
  readonly controller: string | null;
  /** Claims with persistent volumes, for the detach wait. */
  readonly volumes: readonly string[];
  readonly status: DrainPodStatus;
  /** The open or closed audit intent of removing it. */
  readonly intentId: string | null;
}
