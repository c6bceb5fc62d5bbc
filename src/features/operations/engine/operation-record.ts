import type { Caller } from '../../../kernel/actor.js';
import type { OperationType } from '../operation-definitions.js';
import type { OperationStatus } from './operation.machine.js';

export interface OperationProgress {
  readonly total: number;
  readonly done: number;
  readonly etaSeconds: number | null;
}

/** What the worker finds out on the way; a write of these never changes a decision. */
export interface OperationFindings {
  readonly progress: OperationProgress;
  /** Why it takes so long or can't go on, in words a person can act on. Empty while nothing is in the way. */
  readonly diagnosis: readonly string[];
  readonly warnings: readonly string[];
  /** Facts for callers that depend on the type of the operation. */
  readonly result: Readonly<Record<string, unknown>>;
  /** `spec.unschedulable` before the first patch; null until the node was read. */
  readonly priorUnschedulable: boolean | null;
  readonly planHash: string | null;
}

/** One operation as it is stored: the decisions (OperationStatus), the request and the findings. */
export interface OperationRecord extends OperationStatus, OperationFindings {
  readonly id: string;
  readonly type: OperationType;
  readonly cluster: string;
  readonly nodeName: string;
  readonly nodeUid: string;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly ticket: string | null;
  readonly caller: Caller;
  readonly policyIds: readonly string[];
  readonly intentId: string | null;
  readonly maintenanceRunId: string | null;
  /** The approval request that it waits for, or that let it go. */
  readonly approvalId: string | null;
  /** Names the step of the run: a second operation with it can't exist. */
  readonly runKey: string | null;
  /** Sequence of its last event. */
  readonly lastSeq: number;
  readonly createdAt: Date;
}

/** What an audit event of it belongs to. */
export const auditLinks = ({ id, maintenanceRunId }: OperationRecord) => ({
  correlationId: id,
  ...(maintenanceRunId === null ? {} : { maintenanceRunId }),
});
