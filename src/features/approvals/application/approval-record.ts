import type { ResolvedTarget } from '../domain/approval-content.js';
import type { ApprovalKind } from '../domain/approval-policy.js';
import type { ApprovalState } from '../domain/approval-state.js';

/** Something of another feature that waits for approval, or was approved. */
export interface ApprovalRecord {
  readonly id: string;
  readonly version: number;
  readonly kind: ApprovalKind;
  readonly cluster: string;
  /** The operation that waits. */
  readonly subjectId: string;
  /** What is to be done, as reviewers see it; part of the content hash. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly targets: readonly ResolvedTarget[];
  readonly reason: string;
  readonly ticket: string | null;
  /** `history` holds only what was added since loading. */
  readonly approval: ApprovalState;
  /** Why an approved request does not start yet. */
  readonly held: string | null;
  /** When those who may review it were reminded. */
  readonly remindedAt: Date | null;
  readonly lastSeq: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One line of the history of a request, and of its live stream. */
export interface ApprovalRequestEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
  at: Date;
}

export type NewApprovalRequestEvent = Pick<ApprovalRequestEvent, 'type' | 'data'>;
