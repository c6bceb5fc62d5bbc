export const OPERATION_TYPES = [
  'CORDON',
  'UNCORDON',
  'DRAIN',
  'RESTART_KUBELET',
  'SET_VERBOSITY',
  'APPLY_KUBELET_CONFIG',
] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

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

export const STEP_NAMES = [
  'CORDON',
  'UNCORDON',
  'PLAN',
  'EVICT',
  'WAIT_GONE',
  'WAIT_DETACH',
  'VERIFY',
  'SNAPSHOT',
  'APPLY',
  'RESTART',
  'WAIT_READY',
  'RESTORE',
  'CHECK',
  'SET',
] as const;
export type StepName = (typeof STEP_NAMES)[number];

export type StepState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

export interface OperationStep {
  readonly name: StepName;
  readonly state: StepState;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly message: string | null;
}

const STEPS: Readonly<Record<OperationType, readonly StepName[]>> = {
  CORDON: ['CORDON', 'VERIFY'],
  UNCORDON: ['UNCORDON', 'VERIFY'],
  DRAIN: ['CORDON', 'PLAN', 'EVICT', 'WAIT_GONE', 'WAIT_DETACH', 'VERIFY'],
  RESTART_KUBELET: ['CHECK', 'RESTART', 'VERIFY'],
  SET_VERBOSITY: ['SET'],
  APPLY_KUBELET_CONFIG: ['SNAPSHOT', 'APPLY', 'RESTART', 'WAIT_READY', 'VERIFY'],
};

export function stepsOf(type: OperationType): OperationStep[] {
  return STEPS[type].map((name) => ({ name, state: 'PENDING', startedAt: null, finishedAt: null, message: null }));
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
