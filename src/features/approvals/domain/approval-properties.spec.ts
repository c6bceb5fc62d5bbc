import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideApproval } from './approval.machine.js';
import type { ApprovalEvent } from './approval-event.js';
import { APPROVAL_KINDS, type ApprovalPolicy, type ApprovalSubject } from './approval-policy.js';
import { type ApprovalState, countedReviews, newApproval, TERMINAL_STATUSES } from './approval-state.js';
import type { FreezeWindow } from './freeze-window.js';
import type { Participant } from './participant.js';

const START = Date.parse('2026-11-23T10:00:00Z');
const GROUPS = ['sre', 'security', 'leads'];
const HASHES = ['h1', 'h2', 'h3'];

/** People p0..p5, and bots that some of them own or speak through. */
const participants = (): fc.Arbitrary<Participant> =>
  fc
    .record({
      n: fc.integer({ min: 0, max: 5 }),
      kind: fc.constantFrom('person', 'owned', 'behalf'),
      groups: fc.subarray(GROUPS),
      delegateOf: fc.subarray(['p0', 'p1'], { maxLength: 1 }),
      isDelegate: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    })
    .map(({ n, kind, groups, delegateOf, isDelegate }) => ({
      actorId: kind === 'person' ? `p${n}` : `bot${n}`,
      type: kind === 'person' ? 'person' : 'bot',
      displayName: 'x',
      groups,
      ...(kind === 'owned' ? { ownedBy: `p${n}` } : {}),
      ...(kind === 'behalf' ? { onBehalfOf: `p${n}`, ownedBy: `p${(n + 1) % 6}` } : {}),
      ...(isDelegate ? { delegateOf } : {}),
    }));

const policies: fc.Arbitrary<ApprovalPolicy> = fc
  .array(
    fc.record({
      groups: fc.subarray(GROUPS, { minLength: 1 }),
      count: fc.integer({ min: 1, max: 2 }),
      high: fc.boolean(),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((rules) => ({
    id: 'p',
    version: 1,
    rules: rules.map(({ groups, count, high }, i) => ({
      id: `r${i}`,
      groups,
      count,
      when: { kinds: [...APPROVAL_KINDS], ...(high ? { minRisk: 'high' as const } : {}) },
    })),
    approvalTtlSeconds: 3600,
    executionTtlSeconds: 3600,
    breakGlassReviewSeconds: 3600,
  }));

const subjects: fc.Arbitrary<ApprovalSubject> = fc
  .tuple(fc.constantFrom(...APPROVAL_KINDS), fc.constantFrom('low' as const, 'high' as const))
  .map(([kind, risk]) => ({
    kind,
    risk,
    nodes: [{ cluster: 'prod', node: 'n', labels: {} }],
  }));

const freeze: FreezeWindow = {
  id: 'f',
  name: 'f',
  clusters: ['*'],
  reason: 'r',
  schedule: {
    type: 'RANGE',
    from: new Date(START + 600_000).toISOString(),
    to: new Date(START + 1_200_000).toISOString(),
  },
};
const freezeFacts = fc.record({
  freezeWindows: fc.constantFrom<readonly FreezeWindow[]>([], [freeze]),
  override: fc.option(fc.record({ permitted: fc.boolean(), reason: fc.constantFrom('x', 'a good long reason') }), {
    freq: 4,
  }),
});
const withFreeze = ({
  freezeWindows,
  override,
}: {
  freezeWindows: readonly FreezeWindow[];
  override: { permitted: boolean; reason: string } | null;
}) => ({
  freezeWindows,
  ...(override ? { freezeOverride: override } : {}),
});

const hash = fc.constantFrom(...HASHES);
const by = participants();
const events: fc.Arbitrary<ApprovalEvent> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('EDITED' as const),
      by,
      contentHash: hash,
      subject: subjects,
      policy: policies,
    }),
  },
  fc.record({ type: fc.constant('POLICY_CHANGED' as const), contentHash: hash, subject: subjects, policy: policies }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('SUBMITTED' as const), by }) },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('REVIEWED' as const),
      by,
      decision: fc.integer({ min: 0, max: 15 }).map((n) => (n === 0 ? ('REJECT' as const) : ('APPROVE' as const))),
      contentHash: fc.oneof({ weight: 4, arbitrary: fc.constant('h1') }, hash),
    }),
  },
  fc.record({ type: fc.constant('COMMENTED' as const), by, text: fc.string() }),
  fc.record({ type: fc.constant('WITHDRAWN' as const), by, permitted: fc.constant(false) }),
  fc.record({
    type: fc.constant('SCHEDULED' as const),
    by,
    startAt: fc.integer({ min: 0, max: 7200 }).map((s) => new Date(START + s * 1000).toISOString()),
  }),
  {
    weight: 6,
    arbitrary: fc
      .record({
        contentHash: fc.oneof({ weight: 4, arbitrary: fc.constant('h1') }, hash),
        subject: subjects,
        reviewers: fc.array(by, { maxLength: 8 }),
        facts: freezeFacts,
      })
      .map(({ facts, ...rest }) => ({ type: 'STARTED' as const, ...rest, ...withFreeze(facts) })),
  },
  fc
    .record({
      by,
      permitted: fc.boolean(),
      reason: fc.constantFrom('', 'a good long reason'),
      contentHash: hash,
      hasOverdueReview: fc.boolean(),
      facts: freezeFacts,
    })
    .map(({ facts, ...rest }) => ({ type: 'BREAK_GLASS' as const, ...rest, ...withFreeze(facts) })),
  fc.record({
    type: fc.constant('BREAK_GLASS_REVIEWED' as const),
    by,
    verdict: fc.constant('ACCEPTED' as const),
    comment: fc.string(),
  }),
  fc.record({ type: fc.constant('FREEZE_BEGAN' as const), windowId: fc.constant('f'), reason: fc.constant('r') }),
  fc.record({ type: fc.constant('PAUSED' as const), by }),
  fc
    .record({ by, facts: freezeFacts })
    .map(({ by: who, facts }) => ({ type: 'RESUMED' as const, by: who, ...withFreeze(facts) })),
  fc.record({ type: fc.constant('CANCELLED' as const), by }),
  fc.record({
    type: fc.constant('FINISHED' as const),
    outcome: fc.constantFrom('SUCCEEDED' as const, 'FAILED' as const),
  }),
  fc.record({ type: fc.constant('TARGETS_DRIFTED' as const), difference: fc.constant('d') }),
  fc.constant({ type: 'EXPIRY_CHECKED' as const }),
  fc.record({ type: fc.constant('ROLLED_BACK' as const) }),
);

/** The model: who is whose, and every assignment tried, written without the code under test. */
const human = (p: Participant) => p.onBehalfOf ?? p.ownedBy ?? p.actorId;
function related(p: Participant, maker: Participant): boolean {
  const ids = [maker.actorId, human(maker), ...(maker.ownedBy ? [maker.ownedBy] : [])];
  return (
    ids.includes(p.actorId) ||
    ids.includes(human(p)) ||
    ids.includes(p.ownedBy ?? '-') ||
    (p.delegateOf ?? []).some((d) => ids.includes(d))
  );
}
function canFill(places: string[][], people: Map<string, string[]>): boolean {
  const [first, ...rest] = places;
  if (!first) return true;
  return [...people].some(([who, groups]) => {
    if (!groups.some((group) => first.includes(group))) return false;
    const others = new Map(people);
    others.delete(who);
    return canFill(rest, others);
  });
}
const placesOf = (policy: ApprovalPolicy, subject: ApprovalSubject) =>
  policy.rules
    .filter((rule) => !rule.when?.minRisk || subject.risk === 'high')
    .flatMap((rule) => Array.from({ length: rule.count }, () => rule.groups));

/** What the model keeps: the last review of each person on the present content. */
type Model = Map<string, { by: Participant; decision: string }>;
const standing = (
  model: Model,
  before: ApprovalState,
  groups: (who: string, reviewed: Participant) => Participant | undefined,
) =>
  new Map(
    [...model].flatMap(([who, review]): [string, string[]][] => {
      const present = groups(who, review.by);
      if (review.decision !== 'APPROVE' || !present) return [];
      const near = [before.author, before.lastEditor, ...before.editors].some(
        (maker) => related(present, maker) || related(review.by, maker),
      );
      return near ? [] : [[who, present.groups]];
    }),
  );

interface Round<E extends ApprovalEvent = ApprovalEvent> {
  event: E;
  before: ApprovalState;
  next: ApprovalState;
  now: number;
}
type Of<T extends ApprovalEvent['type']> = Extract<ApprovalEvent, { type: T }>;

function checkHistory({ event, before, next }: Round): void {
  expect(next.history.slice(0, -1)).toEqual(before.history);
  expect(next.history.at(-1)).toMatchObject({ event: event.type, from: before.status, to: next.status });
  expect(next.reviews.length).toBeGreaterThanOrEqual(before.reviews.length);
  if (TERMINAL_STATUSES.includes(before.status)) expect(next.status).toBe(before.status);
}

/** Approvals are void if and only if the content hash changed. */
function checkEdit({ event, before, next }: Round<Of<'EDITED' | 'POLICY_CHANGED'>>, model: Model): void {
  const changed = event.contentHash !== before.contentHash;
  if (changed) {
    model.clear();
    expect(countedReviews(next)).toEqual([]);
    expect(['DRAFT', 'PENDING', 'APPROVED']).toContain(next.status);
    return;
  }
  expect(countedReviews(next)).toEqual(countedReviews(before));
  if (before.status !== 'STALE') expect(next.status).toBe(before.status);
}

/** Nobody near the makers counts, one person counts once, and a quorum that exists is found. */
function checkReview({ event, before, next }: Round<Of<'REVIEWED'>>, model: Model): void {
  expect(event.contentHash).toBe(before.contentHash);
  expect([before.author, before.lastEditor, ...before.editors].some((maker) => related(event.by, maker))).toBe(false);
  model.set(human(event.by), { by: event.by, decision: event.decision });
  const people = countedReviews(next).map(({ person }) => person);
  expect(people.sort()).toEqual([...model.keys()].sort());
  if (before.status === 'PENDING' && event.decision === 'APPROVE') {
    const approvers = standing(model, before, (_, reviewed) => reviewed);
    const complete = canFill(placesOf(before.policy, before.subject), approvers);
    expect(next.status).toBe(complete ? 'APPROVED' : 'PENDING');
  }
}

/** Nothing executes without the policy satisfied on the exact content with the groups of now, in time. */
function checkStart({ event, before, next, now }: Round<Of<'STARTED'>>, model: Model): void {
  if (next.status !== 'EXECUTING') return;
  expect(event.contentHash).toBe(before.contentHash);
  const current = new Map(event.reviewers.map((reviewer) => [human(reviewer), reviewer]));
  const approvers = standing(model, before, (who) => current.get(who));
  expect(canFill(placesOf(before.policy, event.subject), approvers)).toBe(true);
  expect(Date.parse(before.executionExpiresAt ?? '')).toBeGreaterThan(now);
}

function checkWayToExecution({ event, before, next, now }: Round): void {
  if (next.status !== 'EXECUTING' || before.status === 'EXECUTING') return;
  if (event.type !== 'STARTED' && event.type !== 'BREAK_GLASS' && event.type !== 'RESUMED') {
    throw new Error(`${event.type} led to EXECUTING`);
  }
  const frozen = now >= START + 600_000 && now < START + 1_200_000 && event.freezeWindows.length > 0;
  if (frozen) expect(event.freezeOverride).toMatchObject({ permitted: true });
  if (event.type !== 'BREAK_GLASS') return;
  expect(event).toMatchObject({ permitted: true, hasOverdueReview: false, contentHash: before.contentHash });
  expect(next.breakGlass?.reviewedAt).toBeNull();
}

function checkRound(round: Round, model: Model): void {
  const { event } = round;
  checkHistory(round);
  if (event.type === 'EDITED' || event.type === 'POLICY_CHANGED') checkEdit({ ...round, event }, model);
  if (event.type === 'REVIEWED') checkReview({ ...round, event }, model);
  if (event.type === 'STARTED') checkStart({ ...round, event }, model);
  checkWayToExecution(round);
}

it('holds its invariants over random histories', () => {
  const seen = new Set<string>();
  const sequences = fc.array(fc.tuple(events, fc.integer({ min: 0, max: 400 })), { maxLength: 40 });
  fc.assert(
    fc.property(by, policies, subjects, sequences, (author, policy, subject, sequence) => {
      let state = newApproval({ author, contentHash: 'h1', subject, policy });
      let now = START;
      const model: Model = new Map();
      for (const [event, seconds] of sequence) {
        now += seconds * 1000;
        const before = structuredClone(state);
        const decision = decideApproval(state, event, new Date(now));
        expect(state).toEqual(before);
        if ('rejection' in decision) continue;
        checkRound({ event, before, next: decision.next, now }, model);
        state = decision.next;
        seen.add(`${state.subject.kind} ${before.status} ${event.type} ${state.status}`);
      }
    }),
    { numRuns: 3000 },
  );
  // the run must have gone where it matters, with each kind of subject
  const ways = ['REVIEWED APPROVED', 'STARTED EXECUTING', 'STARTED PENDING', 'EDITED PENDING'];
  const wanted = APPROVAL_KINDS.flatMap((kind) => ways.map((way) => ({ kind, way })));
  expect(
    wanted.filter(({ kind, way }) => ![...seen].some((step) => step.startsWith(kind) && step.endsWith(way))),
  ).toEqual([]);
});
