import { ListCursors, type Page, type PageRequest } from '../../../../kernel/page.js';
import type { EventLog } from '../../../../platform/postgres/event-log.js';
import type { ApprovalKind } from '../../domain/approval-policy.js';
import type { ApprovalStatus } from '../../domain/approval-state.js';
import type { ApprovalRecord, ApprovalRequestEvent, NewApprovalRequestEvent } from '../approval-record.js';

export interface ApprovalFilter {
  readonly cluster?: string | undefined;
  readonly status?: readonly ApprovalStatus[] | undefined;
  readonly kind?: readonly ApprovalKind[] | undefined;
}

/** Of all lists of requests, wherever they are kept: their ids are in one order of time. */
export const REQUEST_CURSORS = new ListCursors('approval-requests', ['id']);

/** Stored approval requests. Writes join the running UnitOfWork. */
export abstract class ApprovalRepository {
  /** The events of all requests. */
  abstract readonly log: EventLog<ApprovalRequestEvent>;
  abstract insert(record: ApprovalRecord): Promise<void>;
  abstract find(id: string): Promise<ApprovalRecord | null>;
  abstract findAll(ids: readonly string[]): Promise<ApprovalRecord[]>;
  /** Holds the row until the transaction ends. */
  abstract lock(id: string): Promise<ApprovalRecord | null>;
  /** Writes state and reviews, raises the version, appends `approval.history` and `events`. @throws DomainError CONFLICT */
  abstract save(record: ApprovalRecord, events?: readonly NewApprovalRequestEvent[]): Promise<void>;
  /** Why it does not start; no new version. */
  abstract hold(id: string, held: string | null): Promise<void>;
  /** Newest first. */
  abstract list(filter: ApprovalFilter, page: PageRequest): Promise<Page<ApprovalRecord>>;
  /** Requests that time, policies or the end of their subject can move, oldest first. */
  abstract openIds(): Promise<string[]>;
  abstract hasOverdueReview(person: string, now: Date, exceptId: string): Promise<boolean>;
}
