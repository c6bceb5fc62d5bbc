import { describe, expect, it } from 'vitest';
import type { OperationPod } from '../engine/operation-pod.js';
import type { SessionChange } from '../engine/session-change.js';
import { NEW_DRAIN_POD } from './drain-pod-status.js';
import { DrainProgress } from './drain-progress.js';

const NOW = new Date('2026-11-23T12:00:00Z');
const pod: OperationPod = {
  uid: 'u1',
  namespace: 'payments',
  name: 'api-0',
  position: 0,
  tier: 0,
  action: 'EVICT',
  notes: [],
  controller: 'ReplicaSet/api',
  volumes: [],
  status: NEW_DRAIN_POD,
  intentId: 'intent-1',
};

/** The pods of a change as they would be written. */
function written(change: SessionChange | null): readonly OperationPod[] {
  const pods = change?.pods;
  return typeof pods === 'function' ? pods([]) : (pods ?? []);
}

describe('DrainProgress', () => {
  it('never writes a state whose audit outcome is in a later change', () => {
    const progress = new DrainProgress([pod], null);
    progress.apply('u1', { type: 'SENT' }, NOW);
    const first = progress.takeChange();
    // The answer comes before the first change is committed.
    progress.apply('u1', { type: 'ANSWERED', verdict: { kind: 'ACCEPTED' } }, NOW);
    const second = progress.takeChange();
    expect(written(first).map(({ status }) => status.state)).toEqual(['EVICTING']);
    expect(first?.closings()).toEqual([]);
    expect(written(second).map(({ status }) => status.state)).toEqual(['TERMINATING']);
    expect(second?.closings().flatMap(({ intentIds }) => intentIds)).toEqual(['intent-1']);
  });

  it('writes the intent that is current at the commit', () => {
    const progress = new DrainProgress([pod], null);
    progress.apply('u1', { type: 'SENT' }, NOW);
    const change = progress.takeChange();
    progress.setIntents([pod], ['intent-2']);
    expect(written(change)[0]?.intentId).toBe('intent-2');
  });

  it('10.1 closes the intent that is current at the commit, and writes no state of after it was decided', () => {
    const progress = new DrainProgress([pod], null);
    // An escalation has decided on the pod as it waited, and is being written when the pod goes by itself.
    progress.apply('u1', { type: 'OBSERVED', observation: { kind: 'TERMINATING' } }, NOW);
    const change = progress.takeChange();
    expect(progress.setIntents([pod], ['intent-2']).map(({ status }) => status.state)).toEqual(['PENDING']);
    expect(change?.closings().flatMap(({ intentIds }) => intentIds)).toEqual(['intent-2']);
  });
});
