import { DomainError, type ErrorCode } from '../../../kernel/domain-error.js';
import type { Rejection, RejectionCode } from '../domain/approval-event.js';

const CODES: Record<RejectionCode, ErrorCode> = {
  WRONG_STATUS: 'CHANGE_STATE_CONFLICT',
  NOT_PERMITTED: 'FORBIDDEN',
  REVIEWER_EXCLUDED: 'REVIEW_NOT_ALLOWED',
  REVIEWER_NOT_ELIGIBLE: 'REVIEW_NOT_ALLOWED',
  CONTENT_CHANGED: 'CONFLICT',
  EXPIRED: 'CHANGE_STATE_CONFLICT',
  NOT_DUE: 'CHANGE_STATE_CONFLICT',
  FREEZE_WINDOW: 'FREEZE_WINDOW',
  REASON_REQUIRED: 'VALIDATION_FAILED',
  REVIEW_OVERDUE: 'CONFLICT',
  NOTHING_TO_DO: 'CHANGE_STATE_CONFLICT',
  INVALID_TIME: 'VALIDATION_FAILED',
};

/** What a caller is told when the machine refuses; `cause` in the answer is the machine's own code. */
export function rejectionError({ code, message, detail }: Rejection): DomainError {
  return new DomainError(CODES[code], message, { extensions: { cause: code, ...detail } });
}

export const isDenial = (code: RejectionCode): boolean =>
  code === 'NOT_PERMITTED' || code === 'REVIEWER_EXCLUDED' || code === 'REVIEWER_NOT_ELIGIBLE';
