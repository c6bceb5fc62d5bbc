import type { HistoryFilter } from '../../kernel/history-filter.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { PublishedLog, WrittenEventLog } from '../../platform/postgres/event-log.js';
import type { MaintenanceAction } from '../operations/model.js';
import type { NewMaintenanceEvent, StoredMaintenanceEvent } from './maintenance-event.js';
import type { RunState } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';

export interface MaintenanceRunFilter extends HistoryFilter {
  readonly states?: readonly RunState[] | undefined;
  readonly actions?: readonly MaintenanceAction[] | undefined;
}

export interface LockedRun {
  readonly record: MaintenanceRunRecord;
  readonly databaseNow: Date;
}

/** Maintenance runs with their nodes and events. Methods join the caller's transaction (see UnitOfWork). */
export abstract class MaintenanceRunRepository {
  abstract insert(record: MaintenanceRunRecord): Promise<void>;

  abstract find(id: string): Promise<MaintenanceRunRecord | null>;

  /** Reads and locks it until the transaction ends; `databaseNow` is the clock that all workers share. */
  abstract lock(id: string): Promise<LockedRun | null>;

  /** Writes what changed since it was locked. */
  abstract save(next: MaintenanceRunRecord, locked: LockedRun): Promise<void>;

  /**
   * Says that the holder is alive.
   * @returns the state as others may have changed it, or null when the epoch is not the current one any more.
   */
  abstract heartbeat(id: string, epoch: number): Promise<RunState | null>;

  /** Lets another worker claim it at once. @param quiet whether nothing that was sent can still arrive */
  abstract release(id: string, epoch: number, quiet: boolean): Promise<void>;

  /** Whether the run goes on under this epoch; it can't end or be claimed until the caller's transaction does. */
  abstract holds(id: string, epoch: number): Promise<boolean>;

  /** Newest first. */
  abstract list(filter: MaintenanceRunFilter, page: PageRequest): Promise<Page<MaintenanceRunRecord>>;

  abstract readonly log: WrittenEventLog<StoredMaintenanceEvent, NewMaintenanceEvent> &
    PublishedLog<StoredMaintenanceEvent>;

  /** Runs that no living worker holds. */
  abstract orphans(staleAfterMs: number): Promise<{ id: string; epoch: number }[]>;
}
