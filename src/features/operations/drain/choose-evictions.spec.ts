import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOON, samplePdb, samplePod, secondsAfter } from '../../../../test/support/sample-snapshots.js';
import { isPodSettled } from '../engine/operation.js';
import { chooseEvictions, type DrainingPod } from './choose-evictions.js';
import { decideDrainPod } from './drain-pod.machine.js';
import type { DrainPodEvent } from './drain-pod-event.js';
import { type DrainPodStatus, NEW_DRAIN_POD } from './drain-pod-status.js';
import type { PdbSnapshot } from './pdb-snapshot.js';

const draining = (
  name: string,
  status: Partial<DrainPodStatus> = {},
  tier = 0,
  labels = { app: 'api' },
): DrainingPod => ({
  pod: samplePod(name, { labels }),
  status: { ...NEW_DRAIN_POD, ...status },
  tier,
});
const free = { app: 'free' };
const turn = (pods: readonly DrainingPod[], pdb: Partial<PdbSnapshot> = {}, freeRequests = 10, now = NOON) => {
  const { send, closed, wakeAt } = chooseEvictions(pods, [samplePdb(pdb)], { now, freeRequests });
  const short = (uid: string) => uid.replace('uid-payments-', '');
  return { send: send.map(short), closed: closed.map((each) => short(each.uid)), wakeAt };
};

describe('chooseEvictions', () => {
  it('sends as many as budgets and free requests allow, and names the pods that wait', () => {
    const pods = [draining('a'), draining('b'), draining('f1', {}, 0, free), draining('f2', {}, 0, free)];
    expect(turn(pods)).toEqual({ send: ['a', 'f1', 'f2'], closed: ['b'], wakeAt: null });
    expect(turn(pods, {}, 2)).toMatchObject({ send: ['a', 'f1'] });
  });

  it('holds a tier back until the tiers before it are settled', () => {
    const critical = draining('critical', {}, 1, free);
    expect(turn([draining('a', { state: 'TERMINATING' }, 0, free), critical]).send).toEqual([]);
    expect(turn([draining('a', { state: 'GONE' }, 0, free), critical]).send).toEqual(['critical']);
  });

  it('counts requests that the budget can not show yet', () => {
    expect(turn([draining('a', { state: 'EVICTING', sentAt: NOON }), draining('b')]).send).toEqual([]);
    const accepted = draining('a', { state: 'TERMINATING', sentAt: NOON });
    expect(turn([accepted, draining('b')], { seenAt: secondsAfter(NOON, -1) }).send).toEqual([]);
    expect(turn([accepted, draining('b')], { seenAt: secondsAfter(NOON, 1) }).send).toEqual(['b']);
  });

  it('believes a denial more than what it saw of the budget before', () => {
    const denied = { state: 'BLOCKED', reason: 'DISRUPTION_BUDGET', budget: 'payments/api', sentAt: NOON } as const;
    const pod = draining('a', { ...denied, retryAt: secondsAfter(NOON, 5) });
    expect(turn([pod], { seenAt: secondsAfter(NOON, -1) })).toMatchObject({ send: [], wakeAt: secondsAfter(NOON, 5) });
    expect(turn([pod], { seenAt: secondsAfter(NOON, 1) }).send).toEqual(['a']);
    expect(turn([pod], { seenAt: secondsAfter(NOON, -1) }, 10, secondsAfter(NOON, 5)).send).toEqual(['a']);
  });

  it('honours the time that throttling names', () => {
    const pod = draining('a', { reason: 'THROTTLED', retryAt: secondsAfter(NOON, 3) });
    expect(turn([pod])).toMatchObject({ send: [], closed: [], wakeAt: secondsAfter(NOON, 3) });
    expect(turn([pod], {}, 10, secondsAfter(NOON, 3)).send).toEqual(['a']);
  });

  it('deletes an escalated pod without a look at its budget', () => {
    expect(turn([draining('a', { method: 'DELETE' })], { disruptionsAllowed: 0 }).send).toEqual(['a']);
  });
});

/** A server whose budget is seen late by the drain; replacements become Ready after a while. */
function drainAll(replicas: number, minAvailable: number, here: number, lag: number, startup: number, width: number) {
  let now = NOON;
  const readyAt: Date[] = [];
  let healthy = replicas;
  let allowed = healthy - minAvailable;
  let lowest = healthy;
  let denials = 0;
  const versions: { at: Date; allowed: number; healthy: number }[] = [{ at: NOON, allowed, healthy }];
  const pods = Array.from({ length: here }, (_, i) => draining(`p${i}`));
  const change = (index: number, event: DrainPodEvent) => {
    const pod = pods[index] as DrainingPod;
    const decision = decideDrainPod(pod.status, event, { now, namespace: 'payments' });
    if (!decision.rejection) pods[index] = { ...pod, status: decision.next };
  };
  for (let tick = 0; tick < 400 && !pods.every(({ status }) => isPodSettled(status.state)); tick++) {
    now = secondsAfter(NOON, tick);
    const due = readyAt.filter((at) => at <= now).length;
    if (replicas - readyAt.length + due > healthy) {
      healthy = replicas - readyAt.length + due;
      allowed = Math.max(0, healthy - minAvailable);
      versions.push({ at: now, allowed, healthy });
    }
    pods.forEach((pod, i) => {
      if (pod.status.state === 'TERMINATING') change(i, { type: 'OBSERVED', observation: { kind: 'ABSENT' } });
    });
    const seen = versions.filter(({ at }) => secondsAfter(at, lag) <= now).at(-1) ?? versions[0];
    const pdb = samplePdb({
      expectedPods: replicas,
      desiredHealthy: minAvailable,
      disruptionsAllowed: seen?.allowed ?? 0,
      currentHealthy: seen?.healthy ?? 0,
      seenAt: secondsAfter(seen?.at ?? NOON, lag),
    });
    const { send, closed } = chooseEvictions(pods, [pdb], { now, freeRequests: width });
    expect(send.length).toBeLessThanOrEqual(width);
    for (const each of closed)
      change(
        pods.findIndex(({ pod }) => pod.uid === each.uid),
        { type: 'BUDGET_CLOSED', ...each },
      );
    for (const uid of send) {
      const index = pods.findIndex(({ pod }) => pod.uid === uid);
      change(index, { type: 'SENT' });
      if (allowed > 0) {
        allowed--;
        healthy--;
        readyAt.push(secondsAfter(now, startup));
        versions.push({ at: now, allowed, healthy });
        change(index, { type: 'ANSWERED', verdict: { kind: 'ACCEPTED' } });
      } else {
        denials++;
        const message = 'The disruption budget api needs more healthy pods';
        const verdict = {
          kind: 'BUDGET_DENIED',
          budget: 'api',
          needed: null,
          healthy: null,
          retryAfterSeconds: null,
          message,
        } as const;
        change(index, { type: 'ANSWERED', verdict });
      }
    }
    lowest = Math.min(lowest, healthy);
  }
  return { pods, lowest, denials, seconds: (now.getTime() - NOON.getTime()) / 1000 };
}

describe('a whole drain by chooseEvictions', () => {
  it('ends with every pod gone, each evicted once, without a storm of denied requests', () => {
    fc.assert(
      fc.property(
        fc.record({
          replicas: fc.integer({ min: 2, max: 12 }),
          spare: fc.integer({ min: 1, max: 4 }),
          here: fc.integer({ min: 1, max: 12 }),
          lag: fc.integer({ min: 0, max: 3 }),
          startup: fc.integer({ min: 1, max: 5 }),
          width: fc.integer({ min: 1, max: 16 }),
        }),
        ({ replicas, spare, here, lag, startup, width }) => {
          const minAvailable = Math.max(0, replicas - spare);
          const count = Math.min(here, replicas);
          const { pods, lowest, denials, seconds } = drainAll(replicas, minAvailable, count, lag, startup, width);
          expect(pods.map(({ status }) => status.state)).toEqual(pods.map(() => 'GONE'));
          expect(lowest).toBeGreaterThanOrEqual(minAvailable);
          // Besides the asking again every 10 s, at most one lost race for each pod that goes.
          expect(denials).toBeLessThanOrEqual(count * (1 + seconds / 10));
        },
      ),
      { numRuns: 500 },
    );
  });
});
