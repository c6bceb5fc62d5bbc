import type { ApprovalState } from './approval-state.js';
import { groupsOf, quorumOf } from './approval-step.js';

/** Until when a request in this status waits; null where it does not. */
export function expiryOf({ status, approvalExpiresAt, executionExpiresAt }: ApprovalState): Date | null {
  const limit = status === 'PENDING' || status === 'STALE' ? approvalExpiresAt : executionExpiresAt;
  return limit === null ? null : new Date(limit);
}

/** Once, when half of the time to approve is over. */
export function isReminderDue(
  { status, approvalExpiresAt, policy }: ApprovalState,
  remindedAt: Date | null,
  now: Date,
): boolean {
  if (status !== 'PENDING' || remindedAt !== null || approvalExpiresAt === null) return false;
  return Date.parse(approvalExpiresAt) - now.getTime() <= (policy.approvalTtlSeconds * 1000) / 2;
}

/** The event that reminds: until when, and the groups that are still missing. */
export const reminderOf = (state: ApprovalState) => ({
  type: 'REMINDED',
  data: { approvalExpiresAt: state.approvalExpiresAt, groups: groupsOf(quorumOf(state)) },
});
