import type { OperationFailure, OperationState, OperationType } from '../operations/model.js';
import type { MaintenanceSpec } from './maintenance-spec.js';

export const RUN_STATES = [
  'AWAITING_APPROVAL',
  'RUNNING',
  'PAUSED',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const isRunOver = (state: RunState): boolean =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';

export const RUN_NODE_PHASES = [
  'PENDING',
  'OPERATING',
  'HOLDING',
  'RELEASING',
  'SETTLING',
  'UNDOING',
  'DONE',
  'FAILED',
  'SKIPPED',
  'UNDONE',
] as const;
/**
 * PENDING -> OPERATING -> (HOLDING ->) (RELEASING ->) SETTLING -> DONE. RELEASING takes the own cordon back, SETTLING is the
 * health gate. After a cancel, UNDOING -> UNDONE takes back what is left of own cordons.
 */
export type RunNodePhase = (typeof RUN_NODE_PHASES)[number];

export interface RunNode {
  readonly name: string;
  readonly uid: string;
  readonly zone: string | null;
  readonly controlPlane: boolean;
  readonly canary: boolean;
  readonly phase: RunNodePhase;
  /** The operation of this phase; null until it was created. */
  readonly operationId: string | null;
  /** The node was schedulable before this run cordoned it, and the run has not taken that back. */
  readonly ownCordon: boolean;
  /** Taking the own cordon back was tried once after a cancel: not again, so that a cancel always ends. */
  readonly undoTried: boolean;
  /** Pods of the cluster that no node took when this node was begun: the health gate looks for new ones. */
  readonly pendingPodsBefore: number;
  readonly startedAt: Date | null;
  readonly settlingSince: Date | null;
  /** Since when the health gate finds nothing wrong. */
  readonly healthySince: Date | null;
  readonly finishedAt: Date | null;
  /** Why it is SKIPPED or FAILED, or what is worth to know about how it ended. */
  readonly failure: OperationFailure | null;
}

export interface MaintenanceRun {
  readonly id: string;
  readonly spec: MaintenanceSpec;
  readonly state: RunState;
  readonly pause: {
    readonly reason: 'REQUESTED' | 'CANARY_GATE' | 'FREEZE_WINDOW';
    readonly at: Date;
    readonly by: string;
  } | null;
  readonly cancel: { readonly at: Date; readonly by: string; readonly undo: boolean } | null;
  /** The gate after the canary nodes is behind this run, or it has none. */
  readonly canaryPassed: boolean;
  readonly nodes: readonly RunNode[];
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly failure: OperationFailure | null;
  /** The approval request that it waits for, or that let it go. */
  readonly approvalId?: string;
}

/** A node as the cluster shows it now. All nodes of the cluster are observed, whether they are selected or not. */
export interface ObservedNode {
  readonly name: string;
  readonly uid: string;
  readonly zone: string | null;
  readonly controlPlane: boolean;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  /** The selector or the list names it, and whoever started the run may still act on it. */
  readonly selected: boolean;
  /** An etcd member runs on it: whether it is healthy; null without one. */
  readonly etcdHealthy: boolean | null;
  /** Another operation holds it. */
  readonly busy: boolean;
}

export interface ObservedOperation {
  /** Of the action that asked for it: a crash can lose the id of an operation, but not the operation. */
  readonly key: string;
  readonly state: OperationState;
  readonly cordonedByUs: boolean;
  readonly failure: OperationFailure | null;
}

export interface RunObservation {
  readonly nodes: readonly ObservedNode[];
  /** All operations of this run by id. */
  readonly operations: ReadonlyMap<string, ObservedOperation>;
  /** Pods that no node takes, in the whole cluster. */
  readonly pendingPods: number;
  /** By node UID: `namespace/name` of workloads whose pods left the node and whose replacements are not Ready. */
  readonly unreadyReplacements: ReadonlyMap<string, readonly string[]>;
}

export type RunAction =
  | {
      readonly kind: 'START_OPERATION';
      readonly node: string;
      readonly nodeUid: string;
      readonly type: OperationType;
      /** The same for the same step: the store refuses a second operation with it, so that a crash can't do a step twice. */
      readonly key: string;
    }
  | { readonly kind: 'CANCEL_OPERATION'; readonly operationId: string; readonly restore: boolean };

export const ACTIVE_PHASES: readonly RunNodePhase[] = ['OPERATING', 'HOLDING', 'RELEASING', 'SETTLING', 'UNDOING'];

export const isActivePhase = (phase: RunNodePhase): boolean => ACTIVE_PHASES.includes(phase);

/** Names one step of one node: each is done at most once in a run. */
export const operationKey = (run: Pick<MaintenanceRun, 'id'>, node: Pick<RunNode, 'uid' | 'phase'>): string =>
  `${run.id}:${node.uid}:${node.phase}`;

/** The phase has an operation, and it is not known yet whether that was created. */
export const expectsOperation = (node: Pick<RunNode, 'operationId' | 'phase'>): boolean =>
  node.operationId === null && (node.phase === 'OPERATING' || node.phase === 'RELEASING' || node.phase === 'UNDOING');

/** Everything a run begins with but its nodes: those are resolved before each start. */
export function newMaintenanceRun(id: string, spec: MaintenanceSpec, now: Date): MaintenanceRun {
  return {
    id,
    spec,
    state: 'RUNNING',
    pause: null,
    cancel: null,
    canaryPassed: spec.canary === null,
    nodes: [],
    startedAt: now,
    finishedAt: null,
    failure: null,
  };
}
