import type { ApprovalEffect, EventOf, FreezeOverride } from './approval-event.js';
import { nounOf } from './approval-policy.js';
import type { ApprovalState } from './approval-state.js';
import { after, groupsOf, quorumOf, reject, type Step, settleReview, step } from './approval-step.js';
import { activeFreezes, type FreezeWindow } from './freeze-window.js';
import { personOf } from './participant.js';

const MIN_REASON = 10;

export function scheduled(state: ApprovalState, event: EventOf<'SCHEDULED'>, now: Date): Step {
  const at = Date.parse(event.startAt);
  // Before it is approved, any time is good that lies within the shortest life the approval can have.
  const limit = state.executionExpiresAt ?? after(now, state.policy.executionTtlSeconds);
  if (isOver(limit, now)) return reject('EXPIRED', overdue(state));
  if (Number.isNaN(at) || at < now.getTime() || at >= Date.parse(limit)) {
    return reject('INVALID_TIME', `The start must lie in the future and before the approval ends (${limit}).`);
  }
  const scheduledFor = new Date(at).toISOString();
  if (state.status === 'PENDING') return step({ scheduledFor }, [], { scheduledFor });
  return step({ status: 'SCHEDULED', scheduledFor }, [{ type: 'START_AT', at: scheduledFor }], { scheduledFor });
}

/** Nothing that was approved is taken for granted here: content, quorum with today's groups, expiry and freeze are checked again. */
export function started(state: ApprovalState, event: EventOf<'STARTED'>, now: Date): Step {
  if (event.contentHash !== state.contentHash) {
    return reject('CONTENT_CHANGED', 'What would be executed is not what was approved.', {
      approved: state.contentHash,
      found: event.contentHash,
    });
  }
  if (isOver(state.executionExpiresAt, now)) return reject('EXPIRED', overdue(state));
  if (state.scheduledFor !== null && now.getTime() < Date.parse(state.scheduledFor)) {
    return reject('NOT_DUE', `The ${noun(state)} is scheduled for ${state.scheduledFor}.`);
  }
  const frozen = refuseFrozen(state, event.freezeWindows, event.freezeOverride, now);
  if (frozen) return frozen;
  const present = { ...state, subject: event.subject };
  const quorum = quorumOf(present, event.reviewers);
  if (!quorum.satisfied) {
    const settled = settleReview({ ...present, approvalExpiresAt: null }, now, quorum);
    const detail = { refused: 'QUORUM_LOST', missing: quorum.missing };
    return step(
      { ...settled.change, subject: event.subject },
      [{ type: 'NOTIFY_STATUS', status: 'PENDING', detail }, ...settled.effects],
      detail,
    );
  }
  return step(
    { status: 'EXECUTING', subject: event.subject, scheduledFor: null },
    [{ type: 'START_EXECUTION' }, { type: 'NOTIFY_STATUS', status: 'EXECUTING' }],
    { assignments: quorum.assignments, freezeOverride: event.freezeOverride?.reason ?? null },
  );
}

export function brokeGlass(state: ApprovalState, event: EventOf<'BREAK_GLASS'>, now: Date): Step {
  if (!event.permitted) return reject('NOT_PERMITTED', 'Break-glass needs its own permission.');
  if (event.reason.trim().length < MIN_REASON) {
    return reject('REASON_REQUIRED', `Break-glass needs a reason of at least ${MIN_REASON} characters.`);
  }
  if (event.hasOverdueReview) {
    return reject('REVIEW_OVERDUE', 'An earlier break-glass of yours waits for an overdue review.');
  }
  if (state.breakGlass && state.breakGlass.reviewedAt === null) {
    return reject('REVIEW_OVERDUE', `The earlier break-glass of this ${noun(state)} must be reviewed first.`);
  }
  if (event.contentHash !== state.contentHash) {
    return reject('CONTENT_CHANGED', `The ${noun(state)} was changed since it was shown: look at it again.`);
  }
  const frozen = refuseFrozen(state, event.freezeWindows, event.freezeOverride, now);
  if (frozen) return frozen;
  const quorum = quorumOf(state);
  const reviewDueAt = after(now, state.policy.breakGlassReviewSeconds);
  const breakGlass = {
    person: personOf(event.by),
    by: event.by,
    reason: event.reason,
    at: now.toISOString(),
    contentHash: state.contentHash,
    skipped: quorum.missing,
    reviewDueAt,
    reviewedAt: null,
    reviewedBy: null,
    verdict: null,
  };
  const effects: ApprovalEffect[] = [
    { type: 'START_EXECUTION' },
    { type: 'NOTIFY_SKIPPED_APPROVERS', groups: groupsOf(quorum), reason: event.reason },
    { type: 'OPEN_BREAK_GLASS_REVIEW', person: breakGlass.person, dueAt: reviewDueAt },
  ];
  return step({ status: 'EXECUTING', breakGlass, scheduledFor: null }, effects, {
    reason: event.reason,
    skipped: quorum.missing,
    freezeOverride: event.freezeOverride?.reason ?? null,
  });
}

export function freezeBegan(_state: ApprovalState, event: EventOf<'FREEZE_BEGAN'>): Step {
  return step({ status: 'PAUSED' }, [{ type: 'PAUSE_EXECUTION_AFTER_NODE' }], {
    freezeWindow: event.windowId,
    reason: event.reason,
  });
}

export function paused(_state: ApprovalState, event: EventOf<'PAUSED'>): Step {
  return step({ status: 'PAUSED' }, [{ type: 'PAUSE_EXECUTION_AFTER_NODE' }], { reason: event.reason ?? null });
}

export function resumed(state: ApprovalState, event: EventOf<'RESUMED'>, now: Date): Step {
  const frozen = refuseFrozen(state, event.freezeWindows, event.freezeOverride, now);
  if (frozen) return frozen;
  return step({ status: 'EXECUTING' }, [{ type: 'RESUME_EXECUTION' }], {
    freezeOverride: event.freezeOverride?.reason ?? null,
  });
}

export function cancelled(state: ApprovalState, event: EventOf<'CANCELLED'>): Step {
  const running = state.status === 'EXECUTING' || state.status === 'PAUSED';
  const effects: ApprovalEffect[] = [{ type: 'NOTIFY_STATUS', status: 'CANCELLED' }];
  if (running) effects.unshift({ type: 'STOP_EXECUTION' });
  return step({ status: 'CANCELLED' }, effects, { reason: event.reason ?? null });
}

export function finished(_state: ApprovalState, event: EventOf<'FINISHED'>): Step {
  return step({ status: event.outcome }, [{ type: 'NOTIFY_STATUS', status: event.outcome }], event.detail ?? {});
}

export function rolledBack(_state: ApprovalState, event: EventOf<'ROLLED_BACK'>): Step {
  return step({ status: 'ROLLED_BACK' }, [{ type: 'NOTIFY_STATUS', status: 'ROLLED_BACK' }], event.detail ?? {});
}

export function expiryChecked(state: ApprovalState, now: Date): Step {
  const waiting = state.status === 'PENDING' || state.status === 'STALE';
  const limit = waiting ? state.approvalExpiresAt : state.executionExpiresAt;
  if (!isOver(limit, now)) return reject('NOT_DUE', 'Nothing has expired.');
  return step({ status: 'EXPIRED' }, [{ type: 'NOTIFY_STATUS', status: 'EXPIRED' }], {
    expired: waiting ? 'APPROVAL' : 'EXECUTION',
  });
}

const noun = ({ subject }: ApprovalState): string => nounOf(subject.kind);

const overdue = (state: ApprovalState): string => `The time to execute the approved ${noun(state)} is over.`;

const isOver = (limit: string | null, now: Date): boolean => limit !== null && Date.parse(limit) <= now.getTime();

function refuseFrozen(
  state: ApprovalState,
  windows: readonly FreezeWindow[],
  override: FreezeOverride | undefined,
  now: Date,
): Step | undefined {
  const clusters = [...new Set(state.subject.nodes.map(({ cluster }) => cluster))];
  const [freeze] = activeFreezes(windows, clusters, now);
  if (!freeze) return undefined;
  const detail = { freezeWindow: freeze.window.id, endsAt: freeze.endsAt.toISOString() };
  if (!override) {
    return reject('FREEZE_WINDOW', `The freeze "${freeze.window.name}" lasts until ${detail.endsAt}.`, detail);
  }
  if (!override.permitted)
    return reject('NOT_PERMITTED', 'Acting in a freeze window needs its own permission.', detail);
  if (override.reason.trim().length < MIN_REASON) {
    return reject(
      'REASON_REQUIRED',
      `Acting in a freeze window needs a reason of at least ${MIN_REASON} characters.`,
      detail,
    );
  }
  return undefined;
}
