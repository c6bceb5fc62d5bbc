import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRecovery, RECOVERY_BEGINS, type RecoverySample, type RecoveryState } from './kubelet-recovery.js';

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second));
const good: RecoverySample = { ready: true, readyChangedAt: at(2), leaseRenewedAt: at(3), healthy: true };
const restartedAt = at(1);

function follow(samples: readonly (readonly [number, RecoverySample])[], stableSeconds = 10) {
  let state: RecoveryState = RECOVERY_BEGINS;
  return samples.map(([second, sample]) => {
    const judged = judgeRecovery(state, sample, { restartedAt, stableSeconds, now: at(second) });
    state = judged.state;
    return { ...judged };
  });
}

describe('the recovery of a kubelet', () => {
  it.each([
    ['no lease', { leaseRenewedAt: null }, ['LEASE']],
    ['a lease of the old process', { leaseRenewedAt: at(1) }, ['LEASE']],
    // 12.32: the Job ended at some time within that second.
    [
      'a lease of the second in which the restart ended',
      { leaseRenewedAt: new Date(at(1).getTime() + 999) },
      ['LEASE'],
    ],
    ['a failing check', { healthy: false }, ['HEALTHZ']],
    ['a node that is not Ready', { ready: false }, ['READY']],
    ['nothing at all', { leaseRenewedAt: null, healthy: false, ready: false }, ['LEASE', 'HEALTHZ', 'READY']],
  ])('misses what %s can not show', (_name, change, missing) => {
    expect(follow([[4, { ...good, ...change }]])[0]?.missing).toEqual(missing);
  });

  it('12.32 takes the first lease after that second for proof', () => {
    const leaseRenewedAt = new Date(at(2).getTime() + 1);
    expect(follow([[4, { ...good, leaseRenewedAt }]])[0]?.missing).toEqual(['STABLE']);
  });

  it('is complete after one window without a change', () => {
    const judged = follow([
      [4, good],
      [9, good],
      [13, good],
      [14, good],
    ]);
    expect(judged.map((each) => each.missing)).toEqual([['STABLE'], ['STABLE'], ['STABLE'], []]);
    expect(judged.at(-1)?.state).toMatchObject({ steadySince: at(4), setbacks: 0 });
  });

  it('begins the window again after a flap that only the time of the change shows', () => {
    const flapped = { ...good, readyChangedAt: at(8) };
    const judged = follow([
      [4, good],
      [9, flapped],
      [14, flapped],
      [19, flapped],
    ]);
    expect(judged.map((each) => each.missing)).toEqual([['STABLE'], ['STABLE'], ['STABLE'], []]);
    expect(judged.at(-1)?.state).toMatchObject({ steadySince: at(9), setbacks: 1 });
  });

  it('does not count a node that is still called Ready while its kubelet is dead', () => {
    const dead = { ...good, leaseRenewedAt: at(0), healthy: false };
    expect(
      follow([
        [4, dead],
        [14, dead],
        [24, good],
        [33, good],
      ]).at(-1)?.missing,
    ).toEqual(['STABLE']);
  });

  it('never is complete earlier than a window after the last thing that was missing', () => {
    const sample = fc.record({
      ready: fc.boolean(),
      readyChangedAt: fc.constantFrom(at(2), at(3)),
      leaseRenewedAt: fc.constantFrom(null, at(0), at(3)),
      healthy: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (samples, stableSeconds) => {
        const judged = follow(
          samples.map((each, index) => [index + 4, each] as const),
          stableSeconds,
        );
        judged.forEach(({ missing }, index) => {
          if (missing.length > 0) return;
          const window = samples.slice(index - stableSeconds, index + 1);
          expect(window).toHaveLength(stableSeconds + 1);
          for (const each of window) {
            expect(each).toMatchObject({ ready: true, healthy: true, leaseRenewedAt: at(3) });
            expect(each.readyChangedAt).toEqual(window[0]?.readyChangedAt);
          }
        });
      }),
    );
  });
});
