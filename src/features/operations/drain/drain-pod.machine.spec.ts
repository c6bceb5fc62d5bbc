import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOON, secondsAfter } from '../../../../test/support/sample-snapshots.js';
import { isPodSettled, POD_STATES } from '../engine/operation.js';
import { decideDrainPod } from './drain-pod.machine.js';
import type { DrainPodEvent } from './drain-pod-event.js';
import { type DrainPodStatus, ignoredDrainPod, isPodFinal, isUnanswered, NEW_DRAIN_POD } from './drain-pod-status.js';
import type { EvictionVerdict } from './eviction-response.js';

const context = { now: NOON, namespace: 'payments' };
const sent: DrainPodEvent = { type: 'SENT' };
const answered = (verdict: EvictionVerdict): DrainPodEvent => ({ type: 'ANSWERED', verdict });
const denied: EvictionVerdict = {
  kind: 'BUDGET_DENIED',
  budget: 'api',
  needed: 2,
  healthy: 2,
  retryAfterSeconds: null,
  message: 'The disruption budget api needs 2 healthy pods and has 2 currently',
};

function run(...events: DrainPodEvent[]): DrainPodStatus {
  return events.reduce((status, event) => {
    const decision = decideDrainPod(status, event, context);
    if (decision.rejection) throw new Error(`${event.type}: ${decision.rejection}`);
    return decision.next;
  }, NEW_DRAIN_POD);
}

describe('decideDrainPod', () => {
  it.each<[string, Partial<DrainPodStatus>, EvictionVerdict]>([
    ['accepted', { state: 'TERMINATING' }, { kind: 'ACCEPTED' }],
    ['gone', { state: 'GONE' }, { kind: 'GONE' }],
    ['another UID', { state: 'REPLACED' }, { kind: 'REPLACED' }],
    [
      'budget',
      { state: 'BLOCKED', reason: 'DISRUPTION_BUDGET', budget: 'payments/api', retryAt: secondsAfter(NOON, 10) },
      denied,
    ],
    ['stale budget', { state: 'BLOCKED', retryAt: secondsAfter(NOON, 7) }, { ...denied, retryAfterSeconds: 7 }],
    [
      'throttled',
      { state: 'PENDING', reason: 'THROTTLED', retryAt: secondsAfter(NOON, 3) },
      { kind: 'THROTTLED', retryAfterSeconds: 3 },
    ],
    [
      'namespace',
      { state: 'BLOCKED', reason: 'NAMESPACE_TERMINATING' },
      { kind: 'NAMESPACE_TERMINATING', message: 'x' },
    ],
    [
      'unavailable',
      { state: 'PENDING', reason: 'SERVER_UNAVAILABLE', unavailableInARow: 1 },
      { kind: 'UNAVAILABLE', message: 'x' },
    ],
    [
      'refused',
      { state: 'FAILED', reason: 'MULTIPLE_BUDGETS', message: 'x' },
      { kind: 'REFUSED', code: 'MULTIPLE_BUDGETS', message: 'x' },
    ],
  ])('after an answer: %s', (_title, expected, verdict) => {
    expect(run(sent, answered(verdict))).toMatchObject(expected);
  });

  it('gives up on a server that never recovers, but forgets failures after another answer', () => {
    const down = answered({ kind: 'UNAVAILABLE', message: 'webhook refused' });
    const eleven = Array.from({ length: 11 }, () => [sent, down]).flat();
    expect(run(...eleven)).toMatchObject({ state: 'PENDING', unavailableInARow: 11 });
    expect(run(...eleven, sent, down)).toMatchObject({ state: 'FAILED', reason: 'SERVER_UNAVAILABLE' });
    expect(run(...eleven, sent, answered(denied), sent, down)).toMatchObject({
      state: 'PENDING',
      unavailableInARow: 1,
    });
  });

  it('12.23 never fails for a cluster that does not answer, and does not add that to what it answers', () => {
    const away = answered({ kind: 'UNAVAILABLE', message: 'refused', isUnanswered: true });
    const down = answered({ kind: 'UNAVAILABLE', message: 'etcd' });
    const long = Array.from({ length: 200 }, () => [sent, away]).flat();
    const status = run(sent, down, ...long);
    expect(status).toMatchObject({ state: 'PENDING', reason: 'CLUSTER_OUT_OF_REACH', unansweredInARow: 200 });
    expect(status.retryAt).toEqual(secondsAfter(NOON, 3));
    expect(run(sent, down, ...long, sent, down)).toMatchObject({ unavailableInARow: 2, unansweredInARow: 0 });
  });

  it('10.1 a failed pod stays open to what is seen of it while a request is in doubt', () => {
    const lost = answered({ kind: 'UNAVAILABLE', message: 'cut', isUnanswered: true, isInDoubt: true });
    const down = answered({ kind: 'UNAVAILABLE', message: 'webhook refused' });
    const twelve = Array.from({ length: 12 }, () => [sent, down]).flat();
    const observed: DrainPodEvent = { type: 'OBSERVED', observation: { kind: 'TERMINATING' } };
    const certain = run(...twelve);
    expect(decideDrainPod(certain, observed, context)).toEqual({ rejection: 'SETTLED' });
    const failed = run(sent, lost, ...twelve);
    expect([failed.state, isUnanswered(failed), isPodFinal(failed)]).toEqual(['FAILED', true, false]);
    expect(decideDrainPod(failed, sent, context)).toEqual({ rejection: 'SETTLED' });
    expect(run(sent, lost, ...twelve, observed)).toMatchObject({ state: 'TERMINATING', reason: null });
    const unknown = run(sent, lost, ...twelve, { type: 'UNANSWERED' });
    expect(unknown).toMatchObject({ state: 'EVICTING', reason: 'UNANSWERED' });
  });

  it('10.1 a lost request is in doubt until the pod answers to one that was sent when it could not arrive any more', () => {
    const lost = answered({ kind: 'UNAVAILABLE', message: 'cut', isUnanswered: true, isInDoubt: true });
    const status = run(sent, lost);
    const deniedAfter = (seconds: number) => {
      const now = secondsAfter(NOON, seconds);
      return [sent, answered(denied)].reduce((each, event) => {
        const decision = decideDrainPod(each, event, { ...context, now });
        return decision.rejection ? each : decision.next;
      }, status);
    };
    expect([deniedAfter(2), deniedAfter(20)].map(isUnanswered)).toEqual([true, false]);
  });

  it('12.4 asks again every 5 s while admission denies, without end', () => {
    const no = answered({ kind: 'ADMISSION_DENIED', message: 'denied the request', retryAfterSeconds: null });
    const many = Array.from({ length: 50 }, () => [sent, no]).flat();
    expect(run(...many)).toMatchObject({ state: 'BLOCKED', reason: 'ADMISSION_DENIED', message: 'denied the request' });
    expect(run(...many).retryAt).toEqual(secondsAfter(NOON, 5));
  });

  it('does not take being throttled for an answer about the pod', () => {
    const down = answered({ kind: 'UNAVAILABLE', message: 'cut' });
    const throttled = answered({ kind: 'THROTTLED', retryAfterSeconds: 1 });
    expect(run(sent, down, sent, throttled)).toMatchObject({ reason: 'THROTTLED', unavailableInARow: 1 });
  });

  it('resumes what was sent from what is observed', () => {
    const observe = (kind: 'ABSENT' | 'TERMINATING' | 'PRESENT'): DrainPodEvent => ({
      type: 'OBSERVED',
      observation: { kind },
    });
    expect(run(sent, observe('TERMINATING'))).toMatchObject({ state: 'TERMINATING', attempts: 1 });
    expect(run(sent, observe('ABSENT'))).toMatchObject({ state: 'GONE' });
    expect(run(sent, observe('PRESENT'), { type: 'RESUMED' })).toMatchObject({
      state: 'PENDING',
      reason: 'UNREPORTED',
    });
  });

  it('deletes after the escalation, from whichever waiting state', () => {
    expect(run(sent, answered(denied), { type: 'ESCALATED' })).toMatchObject({
      state: 'PENDING',
      method: 'DELETE',
      retryAt: null,
    });
    expect(run(sent, { type: 'ESCALATED' })).toMatchObject({ state: 'EVICTING', method: 'DELETE' });
  });

  it('is settled from the start for a pod that stays', () => {
    expect(decideDrainPod(ignoredDrainPod('daemon set', NOON), sent, context).rejection).toBe('SETTLED');
  });
});

const verdicts = fc.constantFrom<EvictionVerdict>(
  { kind: 'ACCEPTED' },
  { kind: 'GONE' },
  { kind: 'REPLACED' },
  denied,
  { kind: 'THROTTLED', retryAfterSeconds: 1 },
  { kind: 'NAMESPACE_TERMINATING', message: 'x' },
  { kind: 'UNAVAILABLE', message: 'x' },
  { kind: 'REFUSED', code: 'FORBIDDEN', message: 'x' },
);
const events: fc.Arbitrary<DrainPodEvent> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<DrainPodEvent>(
      sent,
      { type: 'RESUMED' },
      { type: 'BUDGET_OPENED' },
      { type: 'ESCALATED' },
    ),
  },
  { weight: 3, arbitrary: verdicts.map(answered) },
  fc.constant<DrainPodEvent>({ type: 'BUDGET_CLOSED', budget: 'payments/api', message: 'x' }),
  fc
    .constantFrom('ABSENT' as const, 'TERMINATING' as const, 'PRESENT' as const)
    .map((kind): DrainPodEvent => ({ type: 'OBSERVED', observation: { kind } })),
  fc.constant<DrainPodEvent>({ type: 'OBSERVED', observation: { kind: 'REPLACED', uid: 'other' } }),
);

describe('every history of a pod', () => {
  it('settles once, and gives each request exactly one outcome', () => {
    const seen = new Set<string>(['IGNORED']);
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (history) => {
        let status = NEW_DRAIN_POD;
        let outcomes = 0;
        for (const event of history) {
          const decision = decideDrainPod(status, event, context);
          if (isPodSettled(status.state)) expect(decision.rejection).toBe('SETTLED');
          if (decision.rejection) continue;
          outcomes += decision.effects.filter((effect) => effect.kind === 'OUTCOME').length;
          status = decision.next;
          seen.add(status.state);
          expect(status.attempts - outcomes).toBe(status.state === 'EVICTING' ? 1 : 0);
          expect(status.settledAt !== null).toBe(isPodSettled(status.state));
        }
      }),
      { numRuns: 1000 },
    );
    expect([...seen].sort()).toEqual([...POD_STATES].sort());
  });
});
