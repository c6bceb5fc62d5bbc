import type { ApprovalEffect, Rejection, RejectionCode } from './approval-event.js';
import { applicableRules } from './approval-policy.js';
import { type ApprovalState, countedReviews } from './approval-state.js';
import { exclusionOf, type Participant, personOf } from './participant.js';
import { evaluateQuorum, type Quorum } from './quorum.js';

/** What a handler decides; the machine itself appends the history, so no handler can forget or rewrite it. */
export type Step =
  | { change: Partial<Omit<ApprovalState, 'history'>>; effects: ApprovalEffect[]; detail?: Record<string, unknown> }
  | { rejection: Rejection };

export const step = (
  change: Partial<Omit<ApprovalState, 'history'>>,
  effects: ApprovalEffect[] = [],
  detail: Record<string, unknown> = {},
): Step => ({ change, effects, detail });

export const reject = (code: RejectionCode, message: string, detail?: Record<string, unknown>): Step => ({
  rejection: detail === undefined ? { code, message } : { code, message, detail },
});

export const after = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

/** The quorum of the approvals that stand. With `reviewers` given, their present groups and relations count, not those of the review. */
export function quorumOf(state: ApprovalState, reviewers?: readonly Participant[]): Quorum {
  const current = new Map(reviewers?.map((reviewer) => [personOf(reviewer), reviewer]));
  const approvers = countedReviews(state)
    .filter(({ decision }) => decision === 'APPROVE')
    .flatMap(({ person, reviewer }) => {
      const present = reviewers ? current.get(person) : reviewer;
      if (!present || exclusionOf(present, state)) return [];
      // a bot is bound to its own relations at the time of the review as well
      return exclusionOf(reviewer, state) ? [] : [{ person, groups: present.groups }];
    });
  return evaluateQuorum(applicableRules(state.policy, state.subject), approvers);
}

/** Where a change under review stands, by its quorum: waiting for more, or approved with a time limit. */
export function settleReview(
  state: ApprovalState,
  now: Date,
  quorum = quorumOf(state),
): { change: Partial<Omit<ApprovalState, 'history'>>; effects: ApprovalEffect[] } {
  if (quorum.satisfied) {
    const executionExpiresAt = after(now, state.policy.executionTtlSeconds);
    // A time that was asked for before the approval came still holds: what is approved waits for it.
    const isAhead = state.scheduledFor !== null && Date.parse(state.scheduledFor) > now.getTime();
    const scheduledFor = isAhead ? state.scheduledFor : null;
    return {
      change: { status: 'APPROVED', executionExpiresAt, scheduledFor },
      effects: [
        { type: 'NOTIFY_STATUS', status: 'APPROVED' },
        { type: 'CHECK_EXPIRY_AT', at: executionExpiresAt },
        ...(scheduledFor === null ? [] : [{ type: 'START_AT' as const, at: scheduledFor }]),
      ],
    };
  }
  const approvalExpiresAt = state.approvalExpiresAt ?? after(now, state.policy.approvalTtlSeconds);
  return {
    change: {
      status: 'PENDING',
      approvalExpiresAt,
      executionExpiresAt: null,
      scheduledFor: state.status === 'PENDING' ? state.scheduledFor : null,
    },
    effects: [
      { type: 'REQUEST_REVIEWS', groups: groupsOf(quorum) },
      { type: 'CHECK_EXPIRY_AT', at: approvalExpiresAt },
    ],
  };
}

export const groupsOf = (quorum: Quorum): string[] => [...new Set(quorum.missing.flatMap(({ groups }) => groups))];
