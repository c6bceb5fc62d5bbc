import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOON, secondsAfter } from '../../../../test/support/sample-snapshots.js';
import { isTerminal, OPERATION_STATES, stepsOf } from './operation.js';
import { decideOperation, type OperationEvent, type OperationStatus } from './operation.machine.js';

const STALE = 5_000;
const failure = { code: 'BLOCKED', message: 'a pod can not go' };

const queued = (changes: Partial<OperationStatus> = {}): OperationStatus => ({
  state: 'QUEUED',
  epoch: 0,
  startedAt: null,
  finishedAt: null,
  deadlineAt: secondsAfter(NOON, 60),
  heartbeatAt: null,
  claimedBy: null,
  steps: stepsOf('DRAIN'),
  restoreOnFailure: false,
  cordonedByUs: false,
  cancel: null,
  ending: null,
  failure: null,
  ...changes,
});

/** Runs events one second apart and fails on a rejection. */
function run(start: OperationStatus, ...events: OperationEvent[]) {
  let status = start;
  let effects: readonly { readonly kind: string }[] = [];
  events.forEach((event, i) => {
    const decision = decideOperation(status, event, secondsAfter(NOON, i));
    if (decision.rejection) throw new Error(`${event.type}: ${decision.rejection}`);
    status = decision.next;
    effects = decision.effects;
  });
  return { status, effects: effects.map((effect) => effect.kind) };
}

const claim: OperationEvent = { type: 'CLAIM', by: 'worker-a', staleAfterMilliseconds: STALE };
const cordoned: OperationEvent = { type: 'CORDONED', epoch: 1 };
const cancel: OperationEvent = { type: 'CANCEL', by: 'ann', restore: true };

describe('decideOperation', () => {
  it('runs to success and closes the steps', () => {
    const { status, effects } = run(
      queued(),
      claim,
      { type: 'STEP_STARTED', epoch: 1, step: 'CORDON' },
      { type: 'STEP_ENDED', epoch: 1, step: 'CORDON', result: 'SUCCEEDED' },
      { type: 'STEP_STARTED', epoch: 1, step: 'EVICT' },
      { type: 'SUCCEED', epoch: 1 },
    );
    expect(status).toMatchObject({ state: 'SUCCEEDED', epoch: 1, failure: null });
    expect(status.steps.map((step) => step.state)).toEqual([
      'SUCCEEDED',
      'SKIPPED',
      'SUCCEEDED',
      'SKIPPED',
      'SKIPPED',
      'SKIPPED',
    ]);
    expect(effects).toEqual(['FINISH']);
  });

  it('lets another worker in only after the holder fell silent, and shuts the old one out', () => {
    const running = run(queued(), claim).status;
    const other: OperationEvent = { ...claim, by: 'worker-b' };
    expect(decideOperation(running, other, secondsAfter(NOON, 4)).rejection).toBe('STILL_HELD');
    const taken = decideOperation(running, other, secondsAfter(NOON, 5));
    if (taken.rejection) throw new Error(taken.rejection);
    expect(taken.next).toMatchObject({
      state: 'RUNNING',
      epoch: 2,
      claimedBy: 'worker-b',
      startedAt: running.startedAt,
    });
    expect(decideOperation(taken.next, { type: 'SUCCEED', epoch: 1 }, NOON).rejection).toBe('STALE_EPOCH');
  });

  it('cancels a queued operation at once and a running one after it stopped and restored its own cordon', () => {
    expect(run(queued(), cancel).status.state).toBe('CANCELLED');
    const stopping = run(queued(), claim, cordoned, cancel);
    expect(stopping).toMatchObject({ status: { state: 'CANCELLING' }, effects: ['STOP'] });
    const restoring = run(stopping.status, { type: 'STOPPED', epoch: 1 });
    expect(restoring).toMatchObject({ status: { state: 'CANCELLING' }, effects: ['RESTORE_SCHEDULING'] });
    const ended = run(restoring.status, { type: 'RESTORED', epoch: 1 });
    expect(ended.status).toMatchObject({ state: 'CANCELLED', cordonedByUs: false });
  });

  it('never takes back a cordon that it did not set', () => {
    const { status, effects } = run(queued({ restoreOnFailure: true }), claim, { type: 'FAIL', epoch: 1, failure });
    expect(status.state).toBe('FAILED');
    expect(effects).toEqual(['FINISH']);
  });

  it('keeps the cordon on cancel if asked to', () => {
    const { status } = run(queued(), claim, cordoned, { ...cancel, restore: false }, { type: 'STOPPED', epoch: 1 });
    expect(status).toMatchObject({ state: 'CANCELLED', cordonedByUs: true });
  });

  it('goes on restoring after a crash, and says so if that fails', () => {
    const restoring = run(queued({ restoreOnFailure: true }), claim, cordoned, { type: 'FAIL', epoch: 1, failure });
    expect(restoring).toMatchObject({ status: { state: 'RUNNING' }, effects: ['RESTORE_SCHEDULING'] });
    const again = decideOperation(restoring.status, { ...claim, by: 'b' }, secondsAfter(NOON, 30));
    expect(again).toMatchObject({ effects: [{ kind: 'RESTORE_SCHEDULING' }] });
    const { status } = run(restoring.status, {
      type: 'RESTORED',
      epoch: 1,
      failure: { code: 'CLUSTER_UNAVAILABLE', message: 'no answer' },
    });
    expect(status).toMatchObject({ state: 'FAILED', cordonedByUs: true });
    expect(status.failure).toEqual({ code: 'BLOCKED', message: 'a pod can not go; and then: no answer' });
  });

  it('times out at the deadline and not before', () => {
    expect(decideOperation(queued(), { type: 'DEADLINE' }, secondsAfter(NOON, 59)).rejection).toBe('NO_DEADLINE');
    expect(decideOperation(queued({ deadlineAt: null }), { type: 'DEADLINE' }, NOON).rejection).toBe('NO_DEADLINE');
    const late = decideOperation(run(queued(), claim).status, { type: 'DEADLINE' }, secondsAfter(NOON, 60));
    expect(late).toMatchObject({ next: { state: 'TIMED_OUT', failure: { code: 'TIMED_OUT' } } });
  });
});

const epochs = fc.integer({ min: 0, max: 4 });
const events: fc.Arbitrary<OperationEvent> = fc.oneof(
  fc.constantFrom<OperationEvent>(claim, { ...claim, by: 'worker-b' }, cancel, { ...cancel, restore: false }),
  fc.constantFrom<OperationEvent>(
    { type: 'DEADLINE' },
    { type: 'APPROVED', deadlineAt: null },
    { type: 'REFUSED', failure },
  ),
  fc.record({ type: fc.constantFrom('HEARTBEAT', 'CORDONED', 'STOPPED', 'RESTORED', 'SUCCEED'), epoch: epochs }),
  fc.record({ type: fc.constant('FAIL' as const), epoch: epochs, failure: fc.constant(failure) }),
  fc.record({ type: fc.constant('STEP_STARTED' as const), epoch: epochs, step: fc.constantFrom('CORDON', 'EVICT') }),
) as fc.Arbitrary<OperationEvent>;
const histories = fc.array(fc.record({ event: events, seconds: fc.integer({ min: 0, max: 20 }) }), { maxLength: 25 });

describe('every history of an operation', () => {
  it('absorbs in terminal states, never lowers the epoch, and keeps the state consistent', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), fc.boolean(), (history, restoreOnFailure, waits) => {
        let status = queued({ restoreOnFailure, state: waits ? 'AWAITING_APPROVAL' : 'QUEUED' });
        let now = NOON;
        for (const { event, seconds } of history) {
          now = secondsAfter(now, seconds);
          const decision = decideOperation(status, event, now);
          if (isTerminal(status.state)) {
            expect(decision.rejection).toBe('OPERATION_FINISHED');
            continue;
          }
          if (decision.rejection) continue;
          if (status.state === 'AWAITING_APPROVAL') expect(['QUEUED', 'CANCELLED']).toContain(decision.next.state);
          else expect(decision.next.state).not.toBe('AWAITING_APPROVAL');
          expect(decision.next.epoch).toBe(status.epoch + (event.type === 'CLAIM' ? 1 : 0));
          const over = isTerminal(decision.next.state);
          expect(decision.effects.some((effect) => effect.kind === 'FINISH')).toBe(over);
          expect(decision.next.finishedAt !== null).toBe(over);
          if (over) expect(decision.next.steps.some((step) => step.state === 'RUNNING')).toBe(false);
          status = decision.next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reaches every state', () => {
    const seen = new Set<string>(['AWAITING_APPROVAL']);
    for (const history of fc.sample(histories, { numRuns: 2000, seed: 7 })) {
      const approved = { type: 'APPROVED', deadlineAt: secondsAfter(NOON, 60) } as const;
      let { status } = run(queued({ restoreOnFailure: true, state: 'AWAITING_APPROVAL' }), approved);
      seen.add(status.state);
      let now = NOON;
      for (const { event, seconds } of history) {
        now = secondsAfter(now, seconds);
        const decision = decideOperation(status, event, now);
        if (!decision.rejection) status = decision.next;
        seen.add(status.state);
      }
    }
    expect([...seen].sort()).toEqual([...OPERATION_STATES].sort());
  });
});
