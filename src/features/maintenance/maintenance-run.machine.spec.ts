import { describe, expect, it } from 'vitest';
import { NOON } from '../../../test/support/sample-snapshots.js';
import { observedNode, SimulatedMaintenance } from '../../../test/support/simulated-maintenance.js';
import { DomainError } from '../../kernel/domain-error.js';
import { type MaintenanceRun, type RunState } from './maintenance-run.js';
import { decideRun, type RunEvent } from './maintenance-run.machine.js';
import { type MaintenanceSpecInput, maintenanceSpecFrom } from './maintenance-spec.js';

const started = (): MaintenanceRun => {
  const world = new SimulatedMaintenance([observedNode('a1'), observedNode('a2')], {}, { crashes: () => true });
  world.step();
  return world.run;
};
const inState = (state: RunState): MaintenanceRun => ({ ...started(), state });
const pause: RunEvent = { type: 'PAUSE', by: 'ann', reason: 'REQUESTED' };
const resume: RunEvent = { type: 'RESUME', by: 'ann' };
const cancel: RunEvent = { type: 'CANCEL', by: 'ann', undo: true };
const verdict = (run: MaintenanceRun, event: RunEvent): string => {
  const decision = decideRun(run, event, NOON);
  return decision.rejection ?? decision.next.state;
};

describe('decideRun', () => {
  it.each<[RunState, string, string, string]>([
    ['AWAITING_APPROVAL', 'NOT_APPROVED', 'NOT_APPROVED', 'NOT_APPROVED'],
    ['RUNNING', 'PAUSED', 'NOT_PAUSED', 'CANCELLING'],
    ['PAUSED', 'ALREADY_PAUSED', 'RUNNING', 'CANCELLING'],
    ['CANCELLING', 'ALREADY_CANCELLING', 'ALREADY_CANCELLING', 'ALREADY_CANCELLING'],
    ['SUCCEEDED', 'RUN_FINISHED', 'RUN_FINISHED', 'RUN_FINISHED'],
    ['FAILED', 'RUN_FINISHED', 'RUN_FINISHED', 'RUN_FINISHED'],
    ['CANCELLED', 'RUN_FINISHED', 'RUN_FINISHED', 'RUN_FINISHED'],
  ])('in %s: pause %s, resume %s, cancel %s', (state, onPause, onResume, onCancel) => {
    expect([pause, resume, cancel].map((event) => verdict(inState(state), event))).toEqual([
      onPause,
      onResume,
      onCancel,
    ]);
  });

  it('begins or ends by the word of its approval, and only while it waits', () => {
    const refused: RunEvent = { type: 'REFUSED', failure: { code: 'APPROVAL_REJECTED', message: 'no' } };
    const words: RunEvent[] = [{ type: 'APPROVED' }, refused];
    expect(words.map((event) => verdict(inState('AWAITING_APPROVAL'), event))).toEqual(['RUNNING', 'CANCELLED']);
    expect(words.map((event) => verdict(inState('RUNNING'), event))).toEqual(['NOT_WAITING', 'NOT_WAITING']);
  });

  it('waits for its turn again when another operation was quicker, and fails the node on other refusals', () => {
    const refused = (code: string): RunEvent => ({ type: 'OPERATION_REFUSED', nodeUid: 'uid-a1', code, message: 'no' });
    const phaseAfter = (code: string) => {
      const decision = decideRun(started(), refused(code), NOON);
      return decision.rejection ?? decision.next.nodes.map((node) => node.phase);
    };
    expect(phaseAfter('OPERATION_IN_PROGRESS')).toEqual(['PENDING', 'PENDING']);
    expect(phaseAfter('FORBIDDEN')).toEqual(['FAILED', 'PENDING']);
    expect(verdict(started(), { ...refused('FORBIDDEN'), nodeUid: 'uid-a2' } as RunEvent)).toBe(
      'NO_OPERATION_EXPECTED',
    );
  });

  it('takes no second operation for a step, and releases only what it holds', () => {
    const event: RunEvent = { type: 'OPERATION_STARTED', nodeUid: 'uid-a1', operationId: 'op-1' };
    const decision = decideRun(started(), event, NOON);
    if (decision.rejection) throw new Error(decision.rejection);
    expect(verdict(decision.next, event)).toBe('NO_OPERATION_EXPECTED');
    expect(verdict(started(), { type: 'RELEASE', nodeUid: 'uid-a1' })).toBe('NOT_HELD');
    expect(verdict(started(), { type: 'RELEASE', nodeUid: 'nobody' })).toBe('UNKNOWN_NODE');
  });
});

describe('maintenanceSpecFrom', () => {
  const pointers = (input: Partial<MaintenanceSpecInput>): string[] => {
    try {
      maintenanceSpecFrom({ action: 'DRAIN', nodeSelector: 'pool=a', ...input });
      return [];
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return (error.details.violations ?? []).map((violation) => violation.pointer);
    }
  };

  it.each<[Partial<MaintenanceSpecInput>, string[]]>([
    [{}, []],
    [{ maxUnavailable: '25%' }, []],
    [{ maxUnavailable: 0 }, ['/maxUnavailable']],
    [{ maxUnavailable: '0%' }, ['/maxUnavailable']],
    [{ maxUnavailable: '101%' }, ['/maxUnavailable']],
    [{ maxUnavailable: 'two' }, ['/maxUnavailable']],
    [{ nodes: ['a'] }, ['/nodes']],
    [{ nodeSelector: null }, ['/nodes']],
    [{ nodeSelector: null, nodes: [] }, ['/nodes']],
    [{ nodeSelector: 'a=b=c' }, ['/nodeSelector']],
    [{ canary: { count: 0, soakSeconds: -1 } }, ['/canary/count', '/canary/soakSeconds']],
    [{ healthGate: { timeoutSeconds: 10, stableSeconds: 10 } }, ['/healthGate/stableSeconds']],
    [{ drainOptions: { timeoutSeconds: -1 }, action: 'JUMP' as never }, ['/drainOptions/timeoutSeconds', '/action']],
  ])('%j', (input, expected) => {
    expect(pointers(input)).toEqual(expected);
  });
});
