import { definitionOf, type OperationType } from '../operation-definitions.js';

export const OPERATION_STATES = [
  'AWAITING_APPROVAL',
  'QUEUED',
  'RUNNING',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

export type TerminalState = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED';

export const isTerminal = (state: OperationState): state is TerminalState =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'TIMED_OUT' || state === 'CANCELLED';

/** Every step that some type of operation has, with what the published enum says of it. */
export const STEP_MEANINGS = {
  CORDON: 'Make the node unschedulable.',
  UNCORDON: 'Make it schedulable.',
  PLAN: 'Decide for each pod.',
  EVICT: 'Ask for the removal of pods.',
  WAIT_GONE: 'Wait until they are gone.',
  WAIT_DETACH: 'Wait until their volumes are detached.',
  VERIFY: 'Look whether the node is empty.',
  CHECK: 'Look whether the node allows it.',
  RESTART: 'Restart the kubelet.',
  SET: 'Set the log level.',
  RESTORE: 'Put back what was before.',
} as const;
export type StepName = keyof typeof STEP_MEANINGS;

export type StepState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

export interface OperationStep {
  readonly name: StepName;
  readonly state: StepState;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly message: string | null;
}

export function stepsOf(type: OperationType): OperationStep[] {
  const { steps } = definitionOf(type);
  return steps.map((name) => ({ name, state: 'PENDING', startedAt: null, finishedAt: null, message: null }));
}

/** Why an operation did not succeed: a stable code, and words for people. */
export interface OperationFailure {
  readonly code: string;
  readonly message: string;
}

export const POD_STATES = [
  'PENDING',
  'EVICTING',
  'BLOCKED',
  'TERMINATING',
  'GONE',
  'REPLACED',
  'IGNORED',
  'FAILED',
] as const;
export type DrainPodState = (typeof POD_STATES)[number];

export const isPodSettled = (state: DrainPodState): boolean =>
  state === 'GONE' || state === 'REPLACED' || state === 'IGNORED' || state === 'FAILED';
