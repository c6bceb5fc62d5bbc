import type { HistoryFilter } from '../../../kernel/history-filter.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { PublishedLog, WrittenEventLog } from '../../../platform/postgres/event-log.js';
import type { OperationType } from '../operation-definitions.js';
import type { OperationFailure, OperationState } from './operation.js';
import type { NewOperationEvent, StoredOperationEvent } from './operation-event.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';

export interface OperationFilter extends HistoryFilter {
  readonly states?: readonly OperationState[] | undefined;
  readonly types?: readonly OperationType[] | undefined;
  readonly maintenanceRunId?: string | undefined;
}

export interface ActiveOperation {
  readonly id: string;
  readonly type: OperationType;
  readonly state: OperationState;
  readonly nodeUid: string;
  readonly maintenanceRunId: string | null;
}

/** What a maintenance run needs to know of its operations. */
export interface RunOperation {
  readonly id: string;
  readonly key: string;
  readonly state: OperationState;
  readonly cordonedByUs: boolean;
  readonly failure: OperationFailure | null;
}

export interface LockedOperation {
  readonly operation: OperationRecord;
  readonly databaseNow: Date;
}

/** Operations, their pods and their events. Methods join the caller's transaction (see UnitOfWork). */
export abstract class OperationRepository {
  /** @throws DomainError OPERATION_IN_PROGRESS naming the operation that holds the node */
  abstract insert(operation: OperationRecord): Promise<void>;

  /** Id of the operation of a step of a maintenance run. */
  abstract findByRunKey(runKey: string): Promise<string | null>;

  /** Of a run: those with these ids or keys. */
  abstract ofRun(runId: string, ids: readonly string[], keys: readonly string[]): Promise<RunOperation[]>;

  abstract find(id: string): Promise<OperationRecord | null>;

  /** Reads and locks the row until the transaction ends; `databaseNow` is the clock that all workers share. */
  abstract lock(id: string): Promise<LockedOperation | null>;

  /** Writes decisions and findings of a locked operation. */
  abstract save(operation: OperationRecord): Promise<void>;

  /**
   * Says that the holder is alive.
   * @returns the state as others may have changed it, or null when the epoch is not the current one any more.
   */
  abstract heartbeat(id: string, epoch: number): Promise<OperationState | null>;

  /** Lets another worker claim it at once. @param quiet whether nothing that was sent can still arrive */
  abstract release(id: string, epoch: number, quiet: boolean): Promise<void>;

  abstract list(filter: OperationFilter, page: PageRequest): Promise<Page<OperationRecord>>;

  abstract pods(id: string): Promise<OperationPod[]>;

  abstract podsOf(ids: readonly string[]): Promise<ReadonlyMap<string, OperationPod[]>>;

  abstract savePods(id: string, pods: readonly OperationPod[]): Promise<void>;

  abstract readonly log: WrittenEventLog<StoredOperationEvent, NewOperationEvent> & PublishedLog<StoredOperationEvent>;

  events(id: string, afterSeq: number, limit: number): Promise<StoredOperationEvent[]> {
    return this.log.after(id, afterSeq, limit);
  }

  /** Active operations that no living worker holds. */
  abstract orphans(staleAfterMs: number): Promise<{ id: string; epoch: number }[]>;

  /** Active operations on nodes of a cluster. */
  abstract activeOn(cluster: string, nodeUids: readonly string[]): Promise<ActiveOperation[]>;
}
