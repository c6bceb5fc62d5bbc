import type { Page, PageRequest } from '../../../../kernel/page.js';
import type { EventLog } from '../../../../platform/postgres/event-log.js';
import type { ApprovalStatus } from '../../../approvals/index.js';
import type { JsonObject } from '../../domain/json/json-value.js';
import type { ChangeEvent, ChangeRecord } from '../change-record.js';

export interface ChangeFilter {
  readonly cluster?: string | undefined;
  readonly status?: readonly ApprovalStatus[] | undefined;
  readonly author?: string | undefined;
}

export type NewChangeEvent = Pick<ChangeEvent, 'type' | 'data'>;

/** Stored changes. Writes join the running UnitOfWork. */
export abstract class ChangeRepository {
  abstract insert(change: ChangeRecord, events: readonly NewChangeEvent[]): Promise<void>;
  abstract find(id: string): Promise<ChangeRecord | null>;
  /** Holds the row until the transaction ends: whoever decides next sees what was decided before. */
  abstract lock(id: string): Promise<ChangeRecord | null>;
  /** Writes state and reviews, raises the version, appends `approval.history` and `events`. @throws DomainError CONFLICT if the version is not the stored one */
  abstract save(change: ChangeRecord, events?: readonly NewChangeEvent[]): Promise<void>;
  /** Notes that do not change the resource: no new version. */
  abstract note(id: string, notes: { driftCheckedAt?: Date; remindedAt?: Date }): Promise<void>;
  abstract saveBaselines(id: string, live: ReadonlyMap<string, JsonObject>): Promise<void>;
  abstract baselines(id: string): Promise<Map<string, JsonObject>>;
  /** Newest first. */
  abstract list(filter: ChangeFilter, page: PageRequest): Promise<Page<ChangeRecord>>;
  abstract readonly log: EventLog<ChangeEvent>;
  /** Id of the actor who scheduled the change last. */
  abstract scheduledBy(id: string): Promise<string | undefined>;
  /** Changes that time, drift, policies or freezes can move, oldest first. */
  abstract openIds(): Promise<string[]>;
  abstract hasOverdueReview(person: string, now: Date, exceptId: string): Promise<boolean>;
}
