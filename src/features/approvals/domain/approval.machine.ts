import type { ApprovalEvent, ApprovalEventType, Decision } from './approval-event.js';
import { nounOf } from './approval-policy.js';
import { APPROVAL_STATUSES, type ApprovalState, type ApprovalStatus } from './approval-state.js';
import { type Step, step } from './approval-step.js';
import {
  brokeGlass,
  cancelled,
  expiryChecked,
  finished,
  freezeBegan,
  paused,
  resumed,
  rolledBack,
  scheduled,
  started,
} from './execution-steps.js';
import { personOf } from './participant.js';
import {
  breakGlassReviewed,
  edited,
  policyChanged,
  reviewed,
  submitted,
  targetsDrifted,
  withdrawn,
} from './review-steps.js';

const UNDER_REVIEW = ['PENDING', 'APPROVED', 'SCHEDULED'] as const;

/** In which states an event is looked at; everywhere else it is WRONG_STATUS. Views use it to offer actions. */
export const ACCEPTED_IN: Record<ApprovalEventType, readonly ApprovalStatus[]> = {
  EDITED: ['DRAFT', ...UNDER_REVIEW, 'STALE'],
  POLICY_CHANGED: ['DRAFT', ...UNDER_REVIEW, 'STALE'],
  SUBMITTED: ['DRAFT'],
  REVIEWED: UNDER_REVIEW,
  COMMENTED: APPROVAL_STATUSES,
  WITHDRAWN: ['DRAFT', ...UNDER_REVIEW, 'STALE'],
  SCHEDULED: ['PENDING', 'APPROVED', 'SCHEDULED'],
  STARTED: ['APPROVED', 'SCHEDULED'],
  BREAK_GLASS: UNDER_REVIEW,
  BREAK_GLASS_REVIEWED: APPROVAL_STATUSES,
  FREEZE_BEGAN: ['EXECUTING'],
  PAUSED: ['EXECUTING'],
  RESUMED: ['PAUSED'],
  CANCELLED: ['APPROVED', 'SCHEDULED', 'EXECUTING', 'PAUSED'],
  FINISHED: ['EXECUTING', 'PAUSED'],
  TARGETS_DRIFTED: [...UNDER_REVIEW, 'EXECUTING', 'PAUSED'],
  EXPIRY_CHECKED: [...UNDER_REVIEW, 'STALE'],
  ROLLED_BACK: ['SUCCEEDED', 'FAILED'],
};

/**
 * The life of anything that needs approval, as a pure function. It changes no argument, reads no clock and throws nothing.
 * Every event it takes adds one history entry; the history is never changed otherwise.
 */
export function decideApproval(state: ApprovalState, event: ApprovalEvent, now: Date): Decision<ApprovalState> {
  if (!ACCEPTED_IN[event.type].includes(state.status)) {
    const message = `A ${nounOf(state.subject.kind)} that is ${state.status} does not take ${event.type}.`;
    return { rejection: { code: 'WRONG_STATUS', message, detail: { status: state.status } } };
  }
  const result = dispatch(state, event, now);
  if ('rejection' in result) return result;
  const next = { ...state, ...result.change };
  const by = 'by' in event ? event.by : undefined;
  const entry = {
    at: now.toISOString(),
    event: event.type,
    by: by ? { person: personOf(by), actorId: by.actorId, displayName: by.displayName } : null,
    from: state.status,
    to: next.status,
    contentHash: next.contentHash,
    detail: result.detail ?? {},
  };
  return { next: { ...next, history: [...state.history, entry] }, effects: result.effects };
}

function dispatch(state: ApprovalState, event: ApprovalEvent, now: Date): Step {
  switch (event.type) {
    case 'EDITED':
      return edited(state, event, now);
    case 'POLICY_CHANGED':
      return policyChanged(state, event, now);
    case 'SUBMITTED':
      return submitted(state, event, now);
    case 'REVIEWED':
      return reviewed(state, event, now);
    case 'COMMENTED':
      return step({}, [], { text: event.text });
    case 'WITHDRAWN':
      return withdrawn(state, event);
    case 'SCHEDULED':
      return scheduled(state, event, now);
    case 'STARTED':
      return started(state, event, now);
    case 'BREAK_GLASS':
      return brokeGlass(state, event, now);
    case 'BREAK_GLASS_REVIEWED':
      return breakGlassReviewed(state, event, now);
    case 'FREEZE_BEGAN':
      return freezeBegan(state, event);
    case 'PAUSED':
      return paused(state, event);
    case 'RESUMED':
      return resumed(state, event, now);
    case 'CANCELLED':
      return cancelled(state, event);
    case 'FINISHED':
      return finished(state, event);
    case 'TARGETS_DRIFTED':
      return targetsDrifted(state, event, now);
    case 'EXPIRY_CHECKED':
      return expiryChecked(state, now);
    case 'ROLLED_BACK':
      return rolledBack(state, event);
  }
}
