import { type ApprovalState, personOf, type Review } from '../../approvals/index.js';
import type { ChangeRecord, ChangeTarget } from '../application/change-record.js';
import type { ChangeSpec } from '../application/change-spec.js';
import type { ConfigViolation } from '../domain/validation/violation.js';

export interface ReviewRow {
  change_id: string;
  review: Review;
}

export interface ChangeRow {
  id: string;
  version: number;
  spec: ChangeSpec;
  reason: string;
  ticket: string | null;
  approval: Omit<ApprovalState, 'reviews' | 'history'>;
  targets: ChangeTarget[];
  notices: ConfigViolation[];
  drain_first: boolean;
  wanted_approval_expiry: Date | null;
  reminded_at: Date | null;
  drift_checked_at: Date | null;
  last_seq: number;
  created_at: Date;
  updated_at: Date;
}

export function changeOf(row: ChangeRow, reviews: readonly ReviewRow[]): ChangeRecord {
  return {
    id: row.id,
    version: row.version,
    spec: row.spec,
    reason: row.reason,
    ticket: row.ticket,
    approval: {
      ...row.approval,
      editors: row.approval.editors ?? [],
      reviews: reviews.map(({ review }) => review),
      history: [],
    },
    targets: row.targets,
    notices: row.notices,
    drainFirst: row.drain_first,
    wantedApprovalExpiry: row.wanted_approval_expiry,
    remindedAt: row.reminded_at,
    driftCheckedAt: row.drift_checked_at,
    lastSeq: row.last_seq,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Columns that a write sets. Reviews and history have tables of their own. */
export function columnsOf(change: ChangeRecord): Record<string, unknown> {
  const { reviews: _reviews, history: _history, ...approval } = change.approval;
  const { breakGlass } = approval;
  const owed = breakGlass && breakGlass.reviewedAt === null ? breakGlass : null;
  return {
    status: approval.status,
    cluster: change.spec.cluster,
    spec: JSON.stringify(change.spec),
    reason: change.reason,
    ticket: change.ticket,
    author: personOf(approval.author),
    approval: JSON.stringify(approval),
    targets: JSON.stringify(change.targets),
    notices: JSON.stringify(change.notices),
    drain_first: change.drainFirst,
    wanted_approval_expiry: change.wantedApprovalExpiry,
    reminded_at: change.remindedAt,
    drift_checked_at: change.driftCheckedAt,
    break_glass_person: owed?.person ?? null,
    break_glass_review_due_at: owed?.reviewDueAt ?? null,
    updated_at: change.updatedAt,
  };
}
