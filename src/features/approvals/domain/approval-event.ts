import type { ApprovalPolicy, ApprovalSubject } from './approval-policy.js';
import type { FreezeWindow } from './freeze-window.js';
import type { Participant } from './participant.js';

/** The right to act in a freeze window, which is asked for by name and with a reason. */
export interface FreezeOverride {
  permitted: boolean;
  reason: string;
}

interface FreezeCheck {
  /** All windows as they are now; the machine finds the active ones. */
  freezeWindows: readonly FreezeWindow[];
  freezeOverride?: FreezeOverride;
}

/** Facts for the machine. Whether the caller may do it at all is decided before; `permitted` flags carry that decision where the outcome depends on it. */
export type ApprovalEvent =
  | { type: 'EDITED'; by: Participant; contentHash: string; subject: ApprovalSubject; policy: ApprovalPolicy }
  | { type: 'POLICY_CHANGED'; contentHash: string; subject: ApprovalSubject; policy: ApprovalPolicy }
  | { type: 'SUBMITTED'; by: Participant; approvalExpiresAt?: string }
  | { type: 'REVIEWED'; by: Participant; decision: 'APPROVE' | 'REJECT'; contentHash: string; comment?: string }
  | { type: 'COMMENTED'; by: Participant; text: string }
  | { type: 'WITHDRAWN'; by: Participant; permitted: boolean; reason?: string }
  | { type: 'SCHEDULED'; by: Participant; startAt: string }
  | ({
      type: 'STARTED';
      /** Absent where the schedule started it. */
      by?: Participant;
      contentHash: string;
      /** Resolved again: rules may apply to other nodes by now. */
      subject: ApprovalSubject;
      /** The reviewers with the groups they have now; one who is missing no longer counts. */
      reviewers: readonly Participant[];
    } & FreezeCheck)
  | ({
      type: 'BREAK_GLASS';
      by: Participant;
      permitted: boolean;
      reason: string;
      contentHash: string;
      /** Whether an earlier break-glass of this person waits for an overdue review. */
      hasOverdueReview: boolean;
    } & FreezeCheck)
  | { type: 'BREAK_GLASS_REVIEWED'; by: Participant; verdict: 'ACCEPTED' | 'DISPUTED'; comment: string }
  | { type: 'FREEZE_BEGAN'; windowId: string; reason: string }
  | { type: 'PAUSED'; by: Participant; reason?: string }
  | ({ type: 'RESUMED'; by: Participant } & FreezeCheck)
  | { type: 'CANCELLED'; by: Participant; reason?: string }
  | { type: 'FINISHED'; outcome: 'SUCCEEDED' | 'FAILED'; detail?: Record<string, unknown> }
  | { type: 'TARGETS_DRIFTED'; difference: unknown }
  | { type: 'EXPIRY_CHECKED' }
  | { type: 'ROLLED_BACK'; by?: Participant; detail?: Record<string, unknown> };

export type ApprovalEventType = ApprovalEvent['type'];
export type EventOf<T extends ApprovalEventType> = Extract<ApprovalEvent, { type: T }>;

/** What the use case does after it has saved the next state. */
export type ApprovalEffect =
  | { type: 'REQUEST_REVIEWS'; groups: string[] }
  | { type: 'NOTIFY_VOIDED_REVIEWERS'; people: string[] }
  | { type: 'NOTIFY_STATUS'; status: string; detail?: Record<string, unknown> }
  | { type: 'CHECK_EXPIRY_AT'; at: string }
  | { type: 'START_AT'; at: string }
  | { type: 'START_EXECUTION' }
  | { type: 'PAUSE_EXECUTION_AFTER_NODE' }
  | { type: 'RESUME_EXECUTION' }
  | { type: 'STOP_EXECUTION' }
  | { type: 'NOTIFY_SKIPPED_APPROVERS'; groups: string[]; reason: string }
  | { type: 'OPEN_BREAK_GLASS_REVIEW'; person: string; dueAt: string };

export type RejectionCode =
  | 'WRONG_STATUS'
  | 'NOT_PERMITTED'
  | 'REVIEWER_EXCLUDED'
  | 'REVIEWER_NOT_ELIGIBLE'
  | 'CONTENT_CHANGED'
  | 'EXPIRED'
  | 'NOT_DUE'
  | 'FREEZE_WINDOW'
  | 'REASON_REQUIRED'
  | 'REVIEW_OVERDUE'
  | 'NOTHING_TO_DO'
  | 'INVALID_TIME';

export interface Rejection {
  code: RejectionCode;
  message: string;
  detail?: Record<string, unknown>;
}

export type Decision<S> = { next: S; effects: ApprovalEffect[] } | { rejection: Rejection };
