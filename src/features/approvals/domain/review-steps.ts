import type { EventOf } from './approval-event.js';
import { applicableRules, nounOf } from './approval-policy.js';
import { type ApprovalState, countedReviews } from './approval-state.js';
import { after, reject, type Step, settleReview, step } from './approval-step.js';
import { type Exclusion, exclusionOf, type Participant, personOf, withEditor } from './participant.js';

/** Whoever changes the content is an editor for good, also when others have changed it since. */
export function edited(state: ApprovalState, event: EventOf<'EDITED'>, now: Date): Step {
  return replaceContent(state, event, { lastEditor: event.by, editors: withEditor(state.editors, event.by) }, now);
}

/** The policy version is part of the content hash, so a new policy asks everybody again. */
export function policyChanged(state: ApprovalState, event: EventOf<'POLICY_CHANGED'>, now: Date): Step {
  return replaceContent(state, event, { lastEditor: state.lastEditor, editors: state.editors }, now);
}

function replaceContent(
  state: ApprovalState,
  { contentHash, subject, policy }: EventOf<'EDITED'> | EventOf<'POLICY_CHANGED'>,
  makers: Pick<ApprovalState, 'lastEditor' | 'editors'>,
  now: Date,
): Step {
  if (contentHash === state.contentHash) {
    if (state.status !== 'STALE') return step({}, [], { contentChanged: false });
    // the drift is gone: what was approved is true again
    const settled = settleReview({ ...state, approvalExpiresAt: null }, now);
    return step({ ...settled.change, difference: null }, settled.effects, { contentChanged: false });
  }
  const voided = countedReviews(state).map(({ person }) => person);
  const at = now.toISOString();
  const reviews = state.reviews.map((review) =>
    review.voidedAt === null ? { ...review, voidedAt: at, voidReason: 'CONTENT_CHANGED' as const } : review,
  );
  const content = { contentHash, subject, policy, ...makers, reviews, difference: null };
  const detail = { contentChanged: true, previousContentHash: state.contentHash, voided };
  if (state.status === 'DRAFT') return step(content, [], detail);
  const settled = settleReview({ ...state, ...content, approvalExpiresAt: null, scheduledFor: null }, now);
  const notice = voided.length > 0 ? [{ type: 'NOTIFY_VOIDED_REVIEWERS' as const, people: voided }] : [];
  return step({ ...content, ...settled.change }, [...notice, ...settled.effects], detail);
}

export function submitted(state: ApprovalState, event: EventOf<'SUBMITTED'>, now: Date): Step {
  const wanted = event.approvalExpiresAt;
  const latest = after(now, state.policy.approvalTtlSeconds);
  if (wanted !== undefined && !(Date.parse(wanted) > now.getTime() && Date.parse(wanted) <= Date.parse(latest))) {
    return reject('INVALID_TIME', `The approval must expire in the future and by ${latest}.`);
  }
  const approvalExpiresAt = wanted === undefined ? latest : new Date(wanted).toISOString();
  const settled = settleReview({ ...state, approvalExpiresAt }, now);
  return step({ ...settled.change, approvalExpiresAt }, settled.effects);
}

export function reviewed(state: ApprovalState, event: EventOf<'REVIEWED'>, now: Date): Step {
  const refusal = refuseReviewer(state, event.by);
  if (refusal) return refusal;
  if (event.contentHash !== state.contentHash) {
    return reject(
      'CONTENT_CHANGED',
      `The ${nounOf(state.subject.kind)} was changed since it was shown: look at it again.`,
      {
        contentHash: state.contentHash,
      },
    );
  }
  if (
    state.approvalExpiresAt !== null &&
    state.status === 'PENDING' &&
    Date.parse(state.approvalExpiresAt) <= now.getTime()
  ) {
    return reject('EXPIRED', 'The time for approvals is over.');
  }
  const person = personOf(event.by);
  const at = now.toISOString();
  const earlier = state.reviews.map((review) =>
    review.person === person && review.voidedAt === null
      ? { ...review, voidedAt: at, voidReason: 'REVIEWED_AGAIN' as const }
      : review,
  );
  const reviews = [
    ...earlier,
    {
      person,
      reviewer: event.by,
      decision: event.decision,
      contentHash: event.contentHash,
      at,
      comment: event.comment ?? null,
      voidedAt: null,
      voidReason: null,
    },
  ];
  const detail = { decision: event.decision, comment: event.comment ?? null };
  if (event.decision === 'REJECT') {
    return step({ reviews, status: 'REJECTED' }, [{ type: 'NOTIFY_STATUS', status: 'REJECTED' }], detail);
  }
  // one more approval on top of a complete quorum changes nothing but the record
  if (state.status !== 'PENDING') return step({ reviews }, [], detail);
  const settled = settleReview({ ...state, reviews }, now);
  return step({ reviews, ...settled.change }, settled.change.status === 'PENDING' ? [] : settled.effects, detail);
}

/** Refused are those near the author or an editor, and those whom no rule asks. */
function refuseReviewer(state: ApprovalState, by: Participant): Step | undefined {
  const exclusion = exclusionOf(by, state);
  if (exclusion) {
    return reject('REVIEWER_EXCLUDED', EXCLUSION_MESSAGES[exclusion](nounOf(state.subject.kind)), { exclusion });
  }
  const rules = applicableRules(state.policy, state.subject);
  const groups = [...new Set(rules.flatMap((rule) => rule.groups))];
  if (groups.length > 0 && !groups.some((group) => by.groups.includes(group))) {
    return reject('REVIEWER_NOT_ELIGIBLE', `A review counts only from a member of ${groups.join(', ')}.`, { groups });
  }
  return undefined;
}

const EXCLUSION_MESSAGES = {
  AUTHOR: (noun) => `The author of a ${noun} cannot review it.`,
  LAST_EDITOR: (noun) => `Who edited a ${noun} last cannot review it.`,
  EDITOR: (noun) => `Who has ever edited a ${noun} cannot review it.`,
  DELEGATE: (noun) => `A delegate of the author or of an editor cannot review the ${noun}.`,
  OWNED_BOT: (noun) => `A bot owned by the author or by an editor cannot review the ${noun}.`,
} as const satisfies Record<Exclusion, (noun: string) => string>;

export function breakGlassReviewed(state: ApprovalState, event: EventOf<'BREAK_GLASS_REVIEWED'>, now: Date): Step {
  const { breakGlass } = state;
  if (!breakGlass || breakGlass.reviewedAt !== null)
    return reject('NOTHING_TO_DO', 'No break-glass waits for a review.');
  const refusal = refuseReviewer(state, event.by);
  if (refusal) return refusal;
  const exclusion = exclusionOf(event.by, { author: breakGlass.by, lastEditor: breakGlass.by, editors: [] });
  if (exclusion) {
    return reject('REVIEWER_EXCLUDED', 'Who broke the glass cannot review it, nor can their bots or delegates.', {
      exclusion,
    });
  }
  const review = { reviewedAt: now.toISOString(), reviewedBy: personOf(event.by), verdict: event.verdict };
  return step({ breakGlass: { ...breakGlass, ...review } }, [], { verdict: event.verdict, comment: event.comment });
}

export function withdrawn(state: ApprovalState, event: EventOf<'WITHDRAWN'>): Step {
  const owner = [state.author, state.lastEditor].some((maker) => personOf(maker) === personOf(event.by));
  if (!owner && !event.permitted)
    return reject('NOT_PERMITTED', `Only its author or last editor may withdraw a ${nounOf(state.subject.kind)}.`);
  return step({ status: 'WITHDRAWN' }, [{ type: 'NOTIFY_STATUS', status: 'WITHDRAWN' }], {
    reason: event.reason ?? null,
  });
}

export function targetsDrifted(state: ApprovalState, event: EventOf<'TARGETS_DRIFTED'>, now: Date): Step {
  const approvalExpiresAt = after(now, state.policy.approvalTtlSeconds);
  const running = state.status === 'EXECUTING' || state.status === 'PAUSED';
  return step(
    { status: 'STALE', difference: event.difference, approvalExpiresAt, executionExpiresAt: null, scheduledFor: null },
    [
      ...(running ? [{ type: 'STOP_EXECUTION' as const }] : []),
      { type: 'NOTIFY_STATUS', status: 'STALE' },
      { type: 'CHECK_EXPIRY_AT', at: approvalExpiresAt },
    ],
    { difference: event.difference },
  );
}
