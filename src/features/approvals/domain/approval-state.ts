import type { ApprovalPolicy, ApprovalSubject } from './approval-policy.js';
import type { Participant } from './participant.js';

export const APPROVAL_STATUSES = [
  'DRAFT',
  'PENDING',
  'APPROVED',
  'SCHEDULED',
  'EXECUTING',
  'PAUSED',
  'SUCCEEDED',
  'FAILED',
  'REJECTED',
  'WITHDRAWN',
  'EXPIRED',
  'STALE',
  'CANCELLED',
  'ROLLED_BACK',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** Never left again. Comments and the review of a break-glass are still recorded. */
export const TERMINAL_STATUSES: readonly ApprovalStatus[] = [
  'REJECTED',
  'WITHDRAWN',
  'EXPIRED',
  'CANCELLED',
  'ROLLED_BACK',
];

/** Nothing runs any more and no review is asked for; SUCCEEDED and FAILED can still be rolled back. */
export const FINISHED_STATUSES: readonly ApprovalStatus[] = [...TERMINAL_STATUSES, 'SUCCEEDED', 'FAILED'];

export interface Review {
  person: string;
  reviewer: Participant;
  decision: 'APPROVE' | 'REJECT';
  /** What the reviewer saw; the review counts for this content only. */
  contentHash: string;
  at: string;
  comment: string | null;
  /** Set when the content changed or the same person reviewed again. */
  voidedAt: string | null;
  voidReason: 'CONTENT_CHANGED' | 'REVIEWED_AGAIN' | null;
}

export interface BreakGlass {
  person: string;
  by: Participant;
  reason: string;
  at: string;
  contentHash: string;
  /** What was still missing, for those who were passed over. */
  skipped: { ruleId: string; groups: string[]; count: number }[];
  reviewDueAt: string;
  reviewedAt: string | null;
  reviewedBy: string | null;
  verdict: 'ACCEPTED' | 'DISPUTED' | null;
}

export interface HistoryEntry {
  at: string;
  event: string;
  by: { person: string; actorId: string; displayName: string } | null;
  from: ApprovalStatus;
  to: ApprovalStatus;
  contentHash: string;
  /** JSON facts of the event: a comment, a reason, a difference. */
  detail: Record<string, unknown>;
}

/** Everything the machine knows; plain JSON, times as RFC 3339 UTC text. */
export interface ApprovalState {
  status: ApprovalStatus;
  author: Participant;
  /** Who changed the content last; edits that leave the content hash equal do not count. */
  lastEditor: Participant;
  /** Everyone who has changed the content since it was made; none of them may review it. */
  editors: Participant[];
  contentHash: string;
  subject: ApprovalSubject;
  policy: ApprovalPolicy;
  /** Every review ever given; see `countedReviews`. */
  reviews: Review[];
  approvalExpiresAt: string | null;
  executionExpiresAt: string | null;
  scheduledFor: string | null;
  breakGlass: BreakGlass | null;
  /** What differs from what was approved, while STALE. */
  difference: unknown;
  /** Append-only. */
  history: HistoryEntry[];
}

/** Reviews that still stand: on the present content, and the last of each person. */
export const countedReviews = (state: ApprovalState): Review[] =>
  state.reviews.filter((review) => review.voidedAt === null && review.contentHash === state.contentHash);

export const isBreakGlassReviewOverdue = (state: ApprovalState, now: Date): boolean =>
  state.breakGlass !== null &&
  state.breakGlass.reviewedAt === null &&
  Date.parse(state.breakGlass.reviewDueAt) <= now.getTime();

export interface NewApproval {
  author: Participant;
  contentHash: string;
  subject: ApprovalSubject;
  policy: ApprovalPolicy;
}

export const newApproval = ({ author, contentHash, subject, policy }: NewApproval): ApprovalState => ({
  status: 'DRAFT',
  author,
  lastEditor: author,
  editors: [],
  contentHash,
  subject,
  policy,
  reviews: [],
  approvalExpiresAt: null,
  executionExpiresAt: null,
  scheduledFor: null,
  breakGlass: null,
  difference: null,
  history: [],
});
