import { type Claim, isHeld, takenBy } from '../../../kernel/claim.js';
import {
  isTerminal,
  type OperationFailure,
  type OperationState,
  type OperationStep,
  type StepName,
  type StepState,
  type TerminalState,
} from './operation.js';

/** What the decisions about an operation depend on. Rows of the database carry more. */
export interface OperationStatus extends Claim {
  readonly state: OperationState;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly deadlineAt: Date | null;
  readonly steps: readonly OperationStep[];
  /** What to do with an own cordon when the operation fails or times out. */
  readonly restoreOnFailure: boolean;
  /** The node was schedulable and this operation changed that: only then may it change it back. */
  readonly cordonedByUs: boolean;
  readonly cancel: { readonly at: Date; readonly by: string; readonly restore: boolean } | null;
  /** The end that is already decided while the own cordon is still being taken back. */
  readonly ending: { readonly state: TerminalState; readonly failure: OperationFailure | null } | null;
  readonly failure: OperationFailure | null;
}

export type OperationEvent =
  /** Its approval is complete: it may be taken up. */
  | { readonly type: 'APPROVED'; readonly deadlineAt: Date | null }
  /** It will never be approved. */
  | { readonly type: 'REFUSED'; readonly failure: OperationFailure }
  /** A worker takes the operation: the first time, or again after its holder fell silent. */
  | { readonly type: 'CLAIM'; readonly by: string; readonly staleAfterMilliseconds: number }
  | { readonly type: 'HEARTBEAT'; readonly epoch: number }
  | { readonly type: 'STEP_STARTED'; readonly epoch: number; readonly step: StepName }
  | {
      readonly type: 'STEP_ENDED';
      readonly epoch: number;
      readonly step: StepName;
      readonly result: 'SUCCEEDED' | 'FAILED' | 'SKIPPED';
      readonly message?: string;
    }
  /** The own patch made the node unschedulable. */
  | { readonly type: 'CORDONED'; readonly epoch: number }
  | { readonly type: 'CANCEL'; readonly by: string; readonly restore: boolean }
  /** Nothing that the cancelled operation began is under way any more. */
  | { readonly type: 'STOPPED'; readonly epoch: number }
  | { readonly type: 'RESTORED'; readonly epoch: number; readonly failure?: OperationFailure }
  | { readonly type: 'SUCCEED'; readonly epoch: number }
  /** @property undoCordon the own cordon is taken back, whatever was asked for */
  | {
      readonly type: 'FAIL';
      readonly epoch: number;
      readonly failure: OperationFailure;
      readonly undoCordon?: boolean;
    }
  | { readonly type: 'DEADLINE' };

export type OperationEffect =
  /** Run the steps from the first that has not ended, on observed state. */
  | { readonly kind: 'RUN' }
  /** Send nothing more; answer with STOPPED. */
  | { readonly kind: 'STOP' }
  /** Take the own cordon back; answer with RESTORED. */
  | { readonly kind: 'RESTORE_SCHEDULING' }
  /** Terminal now: audit outcome, node annotation, lease, notification. */
  | { readonly kind: 'FINISH'; readonly state: TerminalState };

export type OperationRejection =
  | 'OPERATION_FINISHED'
  | 'NOT_APPROVED'
  | 'NOT_WAITING'
  | 'STALE_EPOCH'
  | 'STILL_HELD'
  | 'NOT_CLAIMED'
  | 'ALREADY_CANCELLING'
  | 'ALREADY_ENDING'
  | 'NOT_CANCELLING'
  | 'NOT_ENDING'
  | 'NO_DEADLINE'
  | 'UNKNOWN_STEP';

export type OperationDecision =
  | { readonly next: OperationStatus; readonly effects: readonly OperationEffect[]; readonly rejection?: undefined }
  | { readonly rejection: OperationRejection };

const reject = (rejection: OperationRejection): OperationDecision => ({ rejection });

/** The whole life of an operation. Pure: `now` comes from the caller and effects are only named. */
export function decideOperation(status: OperationStatus, event: OperationEvent, now: Date): OperationDecision {
  if (isTerminal(status.state)) return reject('OPERATION_FINISHED');
  if (status.state === 'AWAITING_APPROVAL') return waiting(status, event, now);
  switch (event.type) {
    case 'APPROVED':
    case 'REFUSED':
      return reject('NOT_WAITING');
    case 'CLAIM':
      return claim(status, event, now);
    case 'CANCEL':
      return cancel(status, event, now);
    case 'DEADLINE':
      return deadline(status, now);
    default:
      if (status.state === 'QUEUED') return reject('NOT_CLAIMED');
      if (event.epoch !== status.epoch) return reject('STALE_EPOCH');
      return report(status, event, now);
  }
}

/** Nothing was begun: whatever ends it now ends it at once. */
function waiting(status: OperationStatus, event: OperationEvent, now: Date): OperationDecision {
  switch (event.type) {
    case 'APPROVED':
      return { next: { ...status, state: 'QUEUED', deadlineAt: event.deadlineAt }, effects: [] };
    case 'REFUSED':
      return finish(status, 'CANCELLED', event.failure, now);
    case 'CANCEL':
      return cancel(status, event, now);
    default:
      return reject('NOT_APPROVED');
  }
}

function claim(
  status: OperationStatus,
  event: Extract<OperationEvent, { type: 'CLAIM' }>,
  now: Date,
): OperationDecision {
  if (status.state !== 'QUEUED' && isHeld(status, now, event.staleAfterMilliseconds)) return reject('STILL_HELD');
  const next: OperationStatus = {
    ...status,
    ...takenBy(event.by, status, now),
    state: status.state === 'QUEUED' ? 'RUNNING' : status.state,
    startedAt: status.startedAt ?? now,
  };
  return { next, effects: [resumption(next)] };
}

/** A new holder goes on where the decisions stand, not where the old holder's work stood. */
function resumption(status: OperationStatus): OperationEffect {
  if (status.ending) return { kind: 'RESTORE_SCHEDULING' };
  return status.state === 'CANCELLING' ? { kind: 'STOP' } : { kind: 'RUN' };
}

function cancel(
  status: OperationStatus,
  event: Extract<OperationEvent, { type: 'CANCEL' }>,
  now: Date,
): OperationDecision {
  if (status.state === 'CANCELLING') return reject('ALREADY_CANCELLING');
  if (status.ending) return reject('ALREADY_ENDING');
  const requested = { ...status, cancel: { at: now, by: event.by, restore: event.restore } };
  if (status.state === 'QUEUED' || status.state === 'AWAITING_APPROVAL')
    return finish(requested, 'CANCELLED', null, now);
  return { next: { ...requested, state: 'CANCELLING' }, effects: [{ kind: 'STOP' }] };
}

/** A cancel that is under way goes on: it ends in its own state, however late. */
function deadline(status: OperationStatus, now: Date): OperationDecision {
  if (!status.deadlineAt || now < status.deadlineAt) return reject('NO_DEADLINE');
  if (status.state === 'CANCELLING') return reject('ALREADY_CANCELLING');
  if (status.ending) return reject('ALREADY_ENDING');
  const failure = { code: 'TIMED_OUT', message: `not finished by the deadline ${status.deadlineAt.toISOString()}` };
  return end(status, 'TIMED_OUT', failure, status.restoreOnFailure, now);
}

type Report = Exclude<OperationEvent, { type: 'APPROVED' | 'REFUSED' | 'CLAIM' | 'CANCEL' | 'DEADLINE' }>;

function report(status: OperationStatus, event: Report, now: Date): OperationDecision {
  switch (event.type) {
    case 'HEARTBEAT':
      return { next: { ...status, heartbeatAt: now }, effects: [] };
    case 'STEP_STARTED':
      return step(status, event.step, 'RUNNING', null, now);
    case 'STEP_ENDED':
      return step(status, event.step, event.result, event.message ?? null, now);
    case 'CORDONED':
      return { next: { ...status, cordonedByUs: true }, effects: [] };
    case 'STOPPED':
      if (status.state !== 'CANCELLING') return reject('NOT_CANCELLING');
      if (status.ending) return reject('ALREADY_ENDING');
      return end(status, 'CANCELLED', null, status.cancel?.restore ?? true, now);
    case 'RESTORED': {
      if (!status.ending) return reject('NOT_ENDING');
      const restored = event.failure ? status : { ...status, cordonedByUs: false };
      return finish(restored, status.ending.state, joinFailures(status.ending.failure, event.failure ?? null), now);
    }
    case 'SUCCEED':
      if (status.state === 'CANCELLING') return reject('ALREADY_CANCELLING');
      if (status.ending) return reject('ALREADY_ENDING');
      return finish(status, 'SUCCEEDED', null, now);
    case 'FAIL':
      if (status.ending) return reject('ALREADY_ENDING');
      if (status.state === 'CANCELLING') {
        return end(status, 'CANCELLED', event.failure, status.cancel?.restore ?? true, now);
      }
      return end(status, 'FAILED', event.failure, status.restoreOnFailure || event.undoCordon === true, now);
  }
}

function step(
  status: OperationStatus,
  name: StepName,
  state: StepState,
  message: string | null,
  now: Date,
): OperationDecision {
  if (!status.steps.some((candidate) => candidate.name === name)) return reject('UNKNOWN_STEP');
  const steps = status.steps.map((candidate) => {
    if (candidate.name !== name) return candidate;
    const startedAt = candidate.startedAt ?? (state === 'SKIPPED' ? null : now);
    return { ...candidate, state, startedAt, finishedAt: state === 'RUNNING' ? null : now, message };
  });
  return { next: { ...status, steps }, effects: [] };
}

/** The cordon is taken back before the end is recorded: a crash in between must not leave a node that nobody owns cordoned. */
function end(
  status: OperationStatus,
  state: TerminalState,
  failure: OperationFailure | null,
  restore: boolean,
  now: Date,
): OperationDecision {
  if (!restore || !status.cordonedByUs) return finish(status, state, failure, now);
  return { next: { ...status, ending: { state, failure } }, effects: [{ kind: 'RESTORE_SCHEDULING' }] };
}

function finish(
  status: OperationStatus,
  state: TerminalState,
  failure: OperationFailure | null,
  now: Date,
): OperationDecision {
  const steps = status.steps.map((candidate): OperationStep => {
    if (candidate.state === 'PENDING') return { ...candidate, state: 'SKIPPED', finishedAt: now };
    if (candidate.state !== 'RUNNING') return candidate;
    return { ...candidate, state: state === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED', finishedAt: now };
  });
  const next: OperationStatus = { ...status, state, steps, failure, ending: null, finishedAt: now, claimedBy: null };
  return { next, effects: [{ kind: 'FINISH', state }] };
}

function joinFailures(first: OperationFailure | null, second: OperationFailure | null): OperationFailure | null {
  if (!first || !second) return first ?? second;
  return { code: first.code, message: `${first.message}; and then: ${second.message}` };
}
