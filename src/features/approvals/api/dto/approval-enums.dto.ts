import { defineEnum } from '../../../../platform/api/define-enum.js';
import type { ApprovalKind } from '../../domain/approval-policy.js';
import type { ApprovalStatus } from '../../domain/approval-state.js';

export const ApprovalStatusEnum = defineEnum(
  'ApprovalStatus',
  {
    DRAFT: 'Being written; nobody is asked yet.',
    PENDING: 'Waits for reviews.',
    APPROVED: 'May be started.',
    SCHEDULED: 'Starts at a time that was set.',
    EXECUTING: 'Being carried out.',
    PAUSED: 'Execution rests until somebody resumes it.',
    SUCCEEDED: 'Carried out.',
    FAILED: 'Execution failed.',
    REJECTED: 'A reviewer refused it.',
    WITHDRAWN: 'Taken back by its author.',
    EXPIRED: 'Not approved, or not started, in time.',
    STALE: 'What it was approved for is no longer what is there.',
    CANCELLED: 'Execution was cancelled.',
    ROLLED_BACK: 'Carried out, and taken back by another one.',
  } satisfies Record<ApprovalStatus, string>,
  'Where an approval request stands.',
);
export const ApprovalKindEnum = defineEnum(
  'ApprovalKind',
  {
    KUBELET_CONFIG_CHANGE: 'A change of kubelet configuration.',
    DRAIN: 'A drain of one node.',
    MAINTENANCE_RUN: 'A rolling run over nodes.',
  } satisfies Record<ApprovalKind, string>,
  'What can need approval.',
);
export const ReviewDecisionEnum = defineEnum(
  'ReviewDecision',
  {
    APPROVE: 'Agrees with the content as it is.',
    REJECT: 'Refuses it; that ends the request.',
    COMMENT: 'Says something and decides nothing.',
  },
  'What a review says.',
);
export const BreakGlassVerdictEnum = defineEnum(
  'BreakGlassVerdict',
  { ACCEPTED: 'It was right to break the glass.', DISPUTED: 'It was not.' },
  'What the review of a break-glass found.',
);
