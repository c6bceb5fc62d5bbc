import type { HistoryFilter } from '../../../../kernel/history-filter.js';
import { ListCursors, type Page, type PageRequest } from '../../../../kernel/page.js';
import type { WrittenEventLog } from '../../../../platform/postgres/event-log.js';
import type { ApprovalKind } from '../../domain/approval-policy.js';
import type { ApprovalStatus } from '../../domain/approval-state.js';
import {
  type ApprovalRecord,
  type ApprovalRequestEvent,
  type NewApprovalRequestEvent,
  requestNotFound,
} from '../approval-record.js';

export interface ApprovalFilter extends HistoryFilter {
  readonly status?: readonly ApprovalStatus[] | undefined;
  readonly kind?: readonly ApprovalKind[] | undefined;
  /** The person that the author stands for. */
  readonly author?: string | undefined;
  readonly maintenanceRunId?: string | undefined;
  /** Only what people are or were asked about: no drafts. */
  readonly asked?: boolean | undefined;
}

/** Of all lists of requests, also of those of one kind. */
export const REQUEST_CURSORS = new ListCursors('approval-requests', ['id']);

/** Stored approval requests, of all kinds. Writes join the running UnitOfWork. */
export abstract class ApprovalRepository {
  /** The events of all requests. */
  abstract readonly log: WrittenEventLog<ApprovalRequestEvent, NewApprovalRequestEvent>;
  abstract insert(record: ApprovalRecord): Promise<void>;
  abstract find(id: string): Promise<ApprovalRecord | null>;
  abstract findAll(ids: readonly string[]): Promise<ApprovalRecord[]>;
  /** Holds the row until the transaction ends. */
  abstract lock(id: string): Promise<ApprovalRecord | null>;
  /** Writes content, state and reviews, and raises the version. @throws DomainError CONFLICT */
  abstract save(record: ApprovalRecord): Promise<void>;
  /** Notes that do not change the resource: no new version. */
  abstract note(id: string, notes: { held?: string; targetsCheckedAt?: Date }): Promise<void>;
  /** Newest first. */
  abstract list(filter: ApprovalFilter, page: PageRequest): Promise<Page<ApprovalRecord>>;
  /** Requests that time, policies, drift or the end of their subject can move, oldest first; stale ones of these kinds only. */
  abstract openIds(staleKinds: readonly ApprovalKind[]): Promise<string[]>;
  abstract hasOverdueReview(person: string, now: Date, exceptId: string): Promise<boolean>;
  /** Id of the actor who scheduled it last. */
  abstract scheduledBy(id: string): Promise<string | undefined>;

  /** @throws DomainError NOT_FOUND */
  async get(id: string): Promise<ApprovalRecord> {
    const found = await this.find(id);
    if (!found) throw requestNotFound(id);
    return found;
  }
}
