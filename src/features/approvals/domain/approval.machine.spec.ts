import { describe, expect, it } from 'vitest';
import { ACCEPTED_IN, decideApproval } from './approval.machine.js';
import { approvalContentHash } from './approval-content.js';
import type { ApprovalEvent, Rejection } from './approval-event.js';
import type { ApprovalPolicy, ApprovalSubject } from './approval-policy.js';
import { isReviewRequestedFrom, previewApproval, quorumStatus } from './approval-preview.js';
import {
  APPROVAL_STATUSES,
  type ApprovalState,
  countedReviews,
  isBreakGlassReviewOverdue,
  newApproval,
  TERMINAL_STATUSES,
} from './approval-state.js';
import type { FreezeWindow } from './freeze-window.js';
import type { Participant } from './participant.js';

const NOW = new Date('2026-11-23T10:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const person = (id: string, groups: string[] = [], over: Partial<Participant> = {}): Participant => ({
  actorId: id,
  type: 'person',
  displayName: id,
  groups,
  ...over,
});
const author = person('author', ['sre', 'security']);
const ann = person('ann', ['sre']);
const sam = person('sam', ['security']);
const policy: ApprovalPolicy = {
  id: 'default',
  version: 1,
  rules: [
    { id: 'sre', groups: ['sre'], count: 1 },
    { id: 'security', groups: ['security'], count: 1 },
  ],
  approvalTtlSeconds: 3600,
  executionTtlSeconds: 7200,
  breakGlassReviewSeconds: 86400,
};
const subject: ApprovalSubject = {
  kind: 'KUBELET_CONFIG_CHANGE',
  risk: 'high',
  nodes: [{ cluster: 'prod', node: 'n1', labels: {} }],
};
const freeze: FreezeWindow = {
  id: 'f',
  name: 'Release',
  clusters: ['prod'],
  reason: 'release',
  schedule: { type: 'RANGE', from: '2026-11-23T00:00:00Z', to: '2026-11-24T00:00:00Z' },
};
const REASON = 'the payment nodes are down';

const draft = () => newApproval({ author, contentHash: 'h1', subject, policy });
const submit: ApprovalEvent = { type: 'SUBMITTED', by: author };
const approve = (by: Participant, contentHash = 'h1'): ApprovalEvent => ({
  type: 'REVIEWED',
  by,
  decision: 'APPROVE',
  contentHash,
});
const start: ApprovalEvent = { type: 'STARTED', contentHash: 'h1', subject, reviewers: [ann, sam], freezeWindows: [] };
const edit = (contentHash: string, by = author): ApprovalEvent => ({
  type: 'EDITED',
  by,
  contentHash,
  subject,
  policy,
});
const glass = (by = ann): ApprovalEvent & { type: 'BREAK_GLASS' } => ({
  type: 'BREAK_GLASS',
  by,
  permitted: true,
  reason: REASON,
  contentHash: 'h1',
  hasOverdueReview: false,
  freezeWindows: [],
});
const finish: ApprovalEvent = { type: 'FINISHED', outcome: 'SUCCEEDED' };

function run(events: ApprovalEvent[], state = draft(), now = NOW): ApprovalState {
  return events.reduce((current, event) => {
    const decision = decideApproval(current, event, now);
    if ('rejection' in decision) throw new Error(`${event.type}: ${decision.rejection.message}`);
    return decision.next;
  }, state);
}
function refused(state: ApprovalState, event: ApprovalEvent, now = NOW): Rejection['code'] {
  const decision = decideApproval(state, event, now);
  if (!('rejection' in decision)) throw new Error(`${event.type} was taken`);
  return decision.rejection.code;
}
const approved = () => run([submit, approve(ann), approve(sam)]);

/** One way into every state. */
const WAYS: Record<string, () => ApprovalState> = {
  DRAFT: draft,
  PENDING: () => run([submit]),
  APPROVED: approved,
  SCHEDULED: () => run([{ type: 'SCHEDULED', by: author, startAt: later(60).toISOString() }], approved()),
  EXECUTING: () => run([start], approved()),
  PAUSED: () => run([start, { type: 'PAUSED', by: ann }], approved()),
  SUCCEEDED: () => run([start, finish], approved()),
  FAILED: () => run([start, { type: 'FINISHED', outcome: 'FAILED' }], approved()),
  REJECTED: () => run([submit, { type: 'REVIEWED', by: ann, decision: 'REJECT', contentHash: 'h1' }]),
  WITHDRAWN: () => run([{ type: 'WITHDRAWN', by: author, permitted: false }]),
  EXPIRED: () => run([{ type: 'EXPIRY_CHECKED' }], run([submit]), later(3600)),
  STALE: () => run([{ type: 'TARGETS_DRIFTED', difference: { maxPods: [110, 120] } }], approved()),
  CANCELLED: () => run([{ type: 'CANCELLED', by: author }], approved()),
  ROLLED_BACK: () => run([start, { type: 'FINISHED', outcome: 'FAILED' }, { type: 'ROLLED_BACK' }], approved()),
};

describe('states', () => {
  it.each(APPROVAL_STATUSES)('%s is reachable', (status) => expect(WAYS[status]?.().status).toBe(status));

  it('that are terminal accept nothing that could leave them', () => {
    const harmless = ['COMMENTED', 'BREAK_GLASS_REVIEWED'];
    for (const status of TERMINAL_STATUSES) {
      const accepted = Object.entries(ACCEPTED_IN).flatMap(([type, states]) => (states.includes(status) ? [type] : []));
      expect(accepted.sort()).toEqual(harmless.sort());
    }
  });

  it('refuse events out of turn without a change', () => {
    expect(refused(draft(), start)).toBe('WRONG_STATUS');
    expect(refused(WAYS.SUCCEEDED?.() as ApprovalState, edit('h2'))).toBe('WRONG_STATUS');
  });
});

describe('reviews', () => {
  it('approve with the full quorum and not before', () => {
    const one = run([submit, approve(ann)]);
    expect(one.status).toBe('PENDING');
    expect(run([approve(sam)], one)).toMatchObject({
      status: 'APPROVED',
      executionExpiresAt: later(7200).toISOString(),
    });
  });

  it.each<[string, Participant, string]>([
    ['the author', author, 'REVIEWER_EXCLUDED'],
    ['a bot owned by the author', person('bot', ['sre'], { type: 'bot', ownedBy: 'author' }), 'REVIEWER_EXCLUDED'],
    ['a bot acting for the author', person('bot', ['sre'], { type: 'bot', onBehalfOf: 'author' }), 'REVIEWER_EXCLUDED'],
    [
      "the author's bot acting for someone else",
      person('bot', ['sre'], { type: 'bot', ownedBy: 'author', onBehalfOf: 'ann' }),
      'REVIEWER_EXCLUDED',
    ],
    ['a delegate of the author', person('dora', ['sre'], { delegateOf: ['author'] }), 'REVIEWER_EXCLUDED'],
    ['someone in no asked group', person('zoe', ['sales']), 'REVIEWER_NOT_ELIGIBLE'],
  ])('of %s do not count', (_who, by, code) => {
    expect(refused(run([submit]), approve(by))).toBe(code);
  });

  it('exclude the author of a bot-written change and their other bots', () => {
    const bot = person('bot-1', [], { type: 'bot', ownedBy: 'olga' });
    const state = run([{ ...submit, by: bot }], newApproval({ author: bot, contentHash: 'h1', subject, policy }));
    expect(refused(state, approve(person('olga', ['sre'])))).toBe('REVIEWER_EXCLUDED');
    expect(refused(state, approve(person('bot-2', ['sre'], { type: 'bot', ownedBy: 'olga' })))).toBe(
      'REVIEWER_EXCLUDED',
    );
  });

  it('exclude who changed the content last, but not who edited around it', () => {
    const reworded = run([submit, edit('h1', ann)]);
    expect(run([approve(ann)], reworded).reviews).toHaveLength(1);
    const changed = run([submit, edit('h2', ann)]);
    expect(refused(changed, approve(ann, 'h2'))).toBe('REVIEWER_EXCLUDED');
  });

  it('10.19 exclude everyone who has ever changed the content, not the last one only', () => {
    const bob = person('bob', ['sre']);
    const state = run([submit, edit('h2', ann), edit('h3', bob), edit('h1', author)]);
    const refusal = (by: Participant) => {
      const decision = decideApproval(state, approve(by, 'h1'), NOW);
      return 'rejection' in decision ? decision.rejection.detail?.exclusion : undefined;
    };
    expect([ann, bob, author].map(refusal)).toEqual(['EDITOR', 'EDITOR', 'AUTHOR']);
    expect(refusal(person('bot', ['sre'], { type: 'bot', ownedBy: 'ann' }))).toBe('OWNED_BOT');
    expect(refusal(person('dora', ['sre'], { delegateOf: ['bob'] }))).toBe('DELEGATE');
    // An approval that was given before its giver became an editor does not come back either.
    const given = run([submit, approve(ann), edit('h2', ann), edit('h1', author)]);
    expect(quorumStatus(given).satisfied).toBe(false);
  });

  it('of the same person, also through a bot, replace each other', () => {
    const state = run([submit, approve(ann), approve(person('bot', ['security'], { type: 'bot', onBehalfOf: 'ann' }))]);
    expect(state.status).toBe('PENDING');
    expect(countedReviews(state)).toHaveLength(1);
    expect(state.reviews.map(({ voidReason }) => voidReason)).toEqual(['REVIEWED_AGAIN', null]);
  });

  it('of what was shown before an edit are refused', () => {
    expect(refused(run([submit, edit('h2')]), approve(ann))).toBe('CONTENT_CHANGED');
  });

  it('are asked from those who can still fill a place', () => {
    const state = run([submit, approve(ann)]);
    expect([ann, sam, author, person('bea', ['sre'])].map((who) => isReviewRequestedFrom(state, who))).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });
});

describe('edits', () => {
  it('void approvals if the content hash changes, and tell whom', () => {
    const decision = decideApproval(approved(), edit('h2'), NOW);
    if ('rejection' in decision) throw new Error('refused');
    expect(decision.next.status).toBe('PENDING');
    expect(countedReviews(decision.next)).toEqual([]);
    expect(decision.next.reviews).toHaveLength(2);
    expect(decision.effects).toContainEqual({ type: 'NOTIFY_VOIDED_REVIEWERS', people: ['ann', 'sam'] });
  });

  it('keep them if it does not', () => {
    const state = run([edit('h1')], approved());
    expect(state.status).toBe('APPROVED');
    expect(countedReviews(state)).toHaveLength(2);
  });

  it('by a new policy version ask again', () => {
    const strict = { ...policy, version: 2, rules: [{ id: 'board', groups: ['board'], count: 2 }] };
    const state = run([{ type: 'POLICY_CHANGED', contentHash: 'h2', subject, policy: strict }], approved());
    expect(state).toMatchObject({ status: 'PENDING', lastEditor: author, policy: { version: 2 } });
  });

  it('after drift go back to review, or to the approval if the drift is gone', () => {
    const stale = WAYS.STALE?.() as ApprovalState;
    expect(stale.difference).toEqual({ maxPods: [110, 120] });
    expect(run([edit('h2')], stale)).toMatchObject({ status: 'PENDING', difference: null });
    expect(run([edit('h1')], stale)).toMatchObject({ status: 'APPROVED', difference: null });
  });
});

describe('execution', () => {
  it('starts approved content only, in time', () => {
    expect(refused(approved(), { ...start, contentHash: 'h2' } as ApprovalEvent)).toBe('CONTENT_CHANGED');
    expect(refused(approved(), start, later(7200))).toBe('EXPIRED');
    expect(refused(WAYS.SCHEDULED?.() as ApprovalState, start, later(59))).toBe('NOT_DUE');
    expect(run([start], WAYS.SCHEDULED?.(), later(60)).status).toBe('EXECUTING');
  });

  it('asks again when an approver lost the group, left, or became a delegate of the author', () => {
    const demoted = [ann, person('sam', ['sre'])];
    const delegate = [ann, person('sam', ['security'], { delegateOf: ['author'] })];
    for (const reviewers of [demoted, [ann], delegate]) {
      const decision = decideApproval(approved(), { ...start, reviewers } as ApprovalEvent, NOW);
      if ('rejection' in decision) throw new Error('refused');
      expect(decision.next.status).toBe('PENDING');
      expect(decision.effects.map(({ type }) => type)).not.toContain('START_EXECUTION');
    }
  });

  it('respects freeze windows unless overridden with right and reason', () => {
    const frozen = { ...start, freezeWindows: [freeze] } as ApprovalEvent & { type: 'STARTED' };
    expect(refused(approved(), frozen)).toBe('FREEZE_WINDOW');
    expect(refused(approved(), { ...frozen, freezeOverride: { permitted: false, reason: REASON } })).toBe(
      'NOT_PERMITTED',
    );
    expect(refused(approved(), { ...frozen, freezeOverride: { permitted: true, reason: 'now' } })).toBe(
      'REASON_REQUIRED',
    );
    expect(run([{ ...frozen, freezeOverride: { permitted: true, reason: REASON } }], approved()).status).toBe(
      'EXECUTING',
    );
  });

  it('pauses after the node in hand when a freeze begins, and resumes only after it', () => {
    const decision = decideApproval(
      run([start], approved()),
      { type: 'FREEZE_BEGAN', windowId: 'f', reason: 'r' },
      NOW,
    );
    if ('rejection' in decision) throw new Error('refused');
    expect(decision.effects).toEqual([{ type: 'PAUSE_EXECUTION_AFTER_NODE' }]);
    const resume: ApprovalEvent = { type: 'RESUMED', by: ann, freezeWindows: [freeze] };
    expect(refused(decision.next, resume)).toBe('FREEZE_WINDOW');
    expect(run([resume], decision.next, later(86400)).status).toBe('EXECUTING');
  });

  it('stops when a target drifts under it', () => {
    const decision = decideApproval(run([start], approved()), { type: 'TARGETS_DRIFTED', difference: 1 }, NOW);
    expect(decision).toMatchObject({
      next: { status: 'STALE' },
      effects: expect.arrayContaining([{ type: 'STOP_EXECUTION' }]),
    });
  });
});

describe('break-glass', () => {
  it('executes with one permitted person and a reason, and leaves a debt', () => {
    const decision = decideApproval(run([submit]), glass(), NOW);
    if ('rejection' in decision) throw new Error('refused');
    expect(decision.next.status).toBe('EXECUTING');
    expect(decision.effects).toEqual([
      { type: 'START_EXECUTION' },
      { type: 'NOTIFY_SKIPPED_APPROVERS', groups: ['sre', 'security'], reason: REASON },
      { type: 'OPEN_BREAK_GLASS_REVIEW', person: 'ann', dueAt: later(86400).toISOString() },
    ]);
    expect([later(86399), later(86400)].map((t) => isBreakGlassReviewOverdue(decision.next, t))).toEqual([false, true]);
  });

  it('is refused without the right, a reason, the present content, or with a review overdue', () => {
    const pending = run([submit]);
    expect(refused(pending, { ...glass(), permitted: false })).toBe('NOT_PERMITTED');
    expect(refused(pending, { ...glass(), reason: '  urgent  ' })).toBe('REASON_REQUIRED');
    expect(refused(pending, { ...glass(), hasOverdueReview: true })).toBe('REVIEW_OVERDUE');
    expect(refused(pending, { ...glass(), contentHash: 'h0' })).toBe('CONTENT_CHANGED');
    expect(refused(pending, { ...glass(), freezeWindows: [freeze] })).toBe('FREEZE_WINDOW');
  });

  it('is reviewed afterwards by someone else, even when all is over', () => {
    const over = run([submit, glass(), finish]);
    const review = (by: Participant): ApprovalEvent => ({
      type: 'BREAK_GLASS_REVIEWED',
      by,
      verdict: 'ACCEPTED',
      comment: 'fine',
    });
    expect(refused(over, review(ann))).toBe('REVIEWER_EXCLUDED');
    expect(refused(over, review(author))).toBe('REVIEWER_EXCLUDED');
    const settled = run([review(sam)], over, later(99999));
    expect(settled).toMatchObject({ status: 'SUCCEEDED', breakGlass: { reviewedBy: 'sam', verdict: 'ACCEPTED' } });
    expect(isBreakGlassReviewOverdue(settled, later(999999))).toBe(false);
  });
});

describe('content hash', () => {
  const targets = [
    { cluster: 'prod', node: 'a' },
    { cluster: 'prod', node: 'b', baseHash: 'x' },
  ];
  const hash = (over: object = {}) =>
    approvalContentHash({ spec: { maxPods: 1, b: { c: 2, d: 3 } }, targets, policyId: 'p', policyVersion: 1, ...over });

  it('does not depend on the order of keys or targets, and does on everything else', () => {
    expect(hash({ spec: { b: { d: 3, c: 2 }, maxPods: 1 }, targets: [...targets].reverse() })).toBe(hash());
    const others = [{ spec: {} }, { targets: targets.slice(1) }, { policyVersion: 2 }, { policyId: 'q' }];
    expect(new Set([hash(), ...others.map(hash)]).size).toBe(5);
  });
});

it('a dry run names who would have to approve', () => {
  const preview = previewApproval(policy, subject, author, [author, ann, sam, person('bea', ['sre'])]);
  expect(preview).toEqual({
    automatic: false,
    rules: [
      { ruleId: 'sre', groups: ['sre'], count: 1, candidates: ['ann', 'bea'] },
      { ruleId: 'security', groups: ['security'], count: 1, candidates: ['sam'] },
    ],
    satisfiable: true,
    excluded: [{ person: 'author', exclusion: 'AUTHOR' }],
  });
  expect(previewApproval({ ...policy, rules: [] }, subject, author).automatic).toBe(true);
  expect(
    run([submit], newApproval({ author, contentHash: 'h', subject, policy: { ...policy, rules: [] } })).status,
  ).toBe('APPROVED');
});
