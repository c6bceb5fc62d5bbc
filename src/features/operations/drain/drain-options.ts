import { DomainError, type InputViolation } from '../../../kernel/domain-error.js';
import { parseLabelSelector } from '../../../kernel/label-selector.js';

export const ON_FAILURE = ['KEEP_CORDONED', 'RESTORE'] as const;
export type OnFailure = (typeof ON_FAILURE)[number];

export const EVICTION_ORDERS = ['PRIORITY_THEN_SLOWEST', 'PRIORITY', 'SLOWEST', 'NAME'] as const;
export type EvictionOrder = (typeof EVICTION_ORDERS)[number];

/** kubectl's drain options under their names in camelCase, then those that kubectl has not. */
export interface DrainOptions {
  /** Also remove pods without a controller, and pods of a DaemonSet that is gone. */
  readonly force: boolean;
  readonly ignoreDaemonSets: boolean;
  readonly deleteEmptyDirData: boolean;
  /** Delete in place of evict: disruption budgets are not asked. */
  readonly disableEviction: boolean;
  /** -1: the pod's own; 0: at once. */
  readonly gracePeriodSeconds: number;
  /** For the whole operation, from its start by the wall clock; 0: none. */
  readonly timeoutSeconds: number;
  /** Pods that should have been gone for longer than this are not waited for; 0: all are waited for. */
  readonly skipWaitForDeleteTimeoutSeconds: number;
  /** Only pods whose labels match; empty: all. */
  readonly podSelector: string;
  readonly onFailure: OnFailure;
  /** Requests to the API server at the same time, not pods that terminate at the same time. */
  readonly maxParallelEvictions: number;
  readonly waitForVolumeDetach: boolean;
  readonly volumeDetachTimeoutSeconds: number;
  /** After this long, blocked pods are deleted against their budget; null: never. */
  readonly escalateAfterSeconds: number | null;
  readonly evictionOrder: EvictionOrder;
  /** Ascending priorities that begin a new tier. A tier starts when the pods of all earlier ones are gone. */
  readonly priorityTiers: readonly number[];
  /** The plan that the caller saw; the drain is refused if the live one differs in substance. */
  readonly planHash: string | null;
}

/** `system-node-critical`: what the other pods may need until their last moment. */
export const NODE_CRITICAL_PRIORITY = 2_000_001_000;

export const DEFAULT_DRAIN_OPTIONS: DrainOptions = {
  force: false,
  ignoreDaemonSets: false,
  deleteEmptyDirData: false,
  disableEviction: false,
  gracePeriodSeconds: -1,
  timeoutSeconds: 0,
  skipWaitForDeleteTimeoutSeconds: 0,
  podSelector: '',
  onFailure: 'KEEP_CORDONED',
  maxParallelEvictions: 16,
  waitForVolumeDetach: false,
  volumeDetachTimeoutSeconds: 300,
  escalateAfterSeconds: null,
  evictionOrder: 'PRIORITY_THEN_SLOWEST',
  priorityTiers: [NODE_CRITICAL_PRIORITY],
  planHash: null,
};

const DAY = 86_400;
const RANGES = {
  gracePeriodSeconds: [-1, DAY],
  timeoutSeconds: [0, 7 * DAY],
  skipWaitForDeleteTimeoutSeconds: [0, 7 * DAY],
  maxParallelEvictions: [1, 100],
  volumeDetachTimeoutSeconds: [1, DAY],
  escalateAfterSeconds: [1, 7 * DAY],
} as const;

export type DrainOptionsInput = { readonly [K in keyof DrainOptions]?: DrainOptions[K] | null | undefined };

/**
 * Defaults for what is absent or null, checks for what is there. `pointer` is where the options stand in the caller's input.
 * @throws DomainError VALIDATION_FAILED with every violation at once.
 */
export function drainOptionsFrom(input: DrainOptionsInput = {}, pointer = '/options'): DrainOptions {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== null));
  const options: DrainOptions = { ...DEFAULT_DRAIN_OPTIONS, ...given };
  const violations = [...rangeViolations(options, pointer), ...otherViolations(options, pointer)];
  if (violations.length > 0) {
    throw new DomainError('VALIDATION_FAILED', 'The drain options are not valid.', { violations });
  }
  return options;
}

function rangeViolations(options: DrainOptions, pointer: string): InputViolation[] {
  const violations: InputViolation[] = [];
  for (const [name, [least, most]] of Object.entries(RANGES) as [keyof typeof RANGES, readonly [number, number]][]) {
    const value = options[name];
    if (value === null || (Number.isInteger(value) && value >= least && value <= most)) continue;
    const message = `must be a whole number from ${least} to ${most}`;
    violations.push({ pointer: `${pointer}/${name}`, code: 'OUT_OF_RANGE', message });
  }
  return violations;
}

function otherViolations(options: DrainOptions, pointer: string): InputViolation[] {
  const violations: InputViolation[] = [];
  const { timeoutSeconds, escalateAfterSeconds, priorityTiers } = options;
  const refuse = (name: keyof DrainOptions, code: string, message: string) =>
    violations.push({ pointer: `${pointer}/${name}`, code, message });
  if (!ON_FAILURE.includes(options.onFailure)) refuse('onFailure', 'NOT_ALLOWED', `must be ${ON_FAILURE.join(' or ')}`);
  if (!EVICTION_ORDERS.includes(options.evictionOrder)) {
    refuse('evictionOrder', 'NOT_ALLOWED', `must be one of ${EVICTION_ORDERS.join(', ')}`);
  }
  if (timeoutSeconds > 0 && escalateAfterSeconds !== null && escalateAfterSeconds >= timeoutSeconds) {
    refuse('escalateAfterSeconds', 'OUT_OF_RANGE', 'must be less than timeoutSeconds, or it never comes into effect');
  }
  const ascending = priorityTiers.every(
    (tier, i) => Number.isInteger(tier) && (i === 0 || tier > (priorityTiers[i - 1] ?? 0)),
  );
  if (!ascending || priorityTiers.length > 10) {
    refuse('priorityTiers', 'NOT_ALLOWED', 'must be at most 10 whole numbers in ascending order');
  }
  if (options.planHash !== null && !/^[0-9a-f]{64}$/.test(options.planHash)) {
    refuse('planHash', 'INVALID_HASH', 'must be the planHash of a drain plan');
  }
  try {
    parseLabelSelector(options.podSelector, `${pointer}/podSelector`);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    violations.push(...(error.details.violations ?? []));
  }
  return violations;
}
