import { DomainError, type InputViolation } from '../../kernel/domain-error.js';
import type { IntOrPercent } from '../../kernel/int-or-percent.js';
import { INT_OR_PERCENT_RULE, intOrPercentOf } from '../../kernel/int-or-percent.js';
import { parseLabelSelector } from '../../kernel/label-selector.js';
import {
  type DrainOptions,
  type DrainOptionsInput,
  drainOptionsFrom,
  MAINTENANCE_ACTIONS,
  type MaintenanceAction,
  runActionOf,
  type StoredOptions,
} from '../operations/model.js';

export interface CanarySpec {
  readonly count: number;
  /** Null: a person resumes the run. Otherwise it goes on by itself that long after the last canary was done. */
  readonly soakSeconds: number | null;
}

export interface HealthGateSpec {
  readonly enabled: boolean;
  /** The node fails if the gate finds something wrong for longer. */
  readonly timeoutSeconds: number;
  /** For how long nothing may be wrong. */
  readonly stableSeconds: number;
}

export interface MaintenanceSpec {
  readonly action: MaintenanceAction;
  /** Exactly one of both; the selector is resolved again before each node. */
  readonly nodeSelector: string | null;
  readonly nodes: readonly string[] | null;
  /** Nodes, or a share of those that are selected. */
  readonly maxUnavailable: IntOrPercent;
  readonly zoneByZone: boolean;
  readonly canary: CanarySpec | null;
  readonly healthGate: HealthGateSpec;
  readonly onNodeFailure: 'STOP' | 'CONTINUE';
  readonly drainOptions: DrainOptions;
}

export interface MaintenanceSpecInput {
  readonly action: MaintenanceAction;
  readonly nodeSelector?: string | null | undefined;
  readonly nodes?: readonly string[] | null | undefined;
  readonly maxUnavailable?: number | string | null | undefined;
  readonly zoneByZone?: boolean | null | undefined;
  readonly canary?: { readonly count: number; readonly soakSeconds?: number | null | undefined } | null | undefined;
  readonly healthGate?: Partial<HealthGateSpec> | null | undefined;
  readonly onNodeFailure?: 'STOP' | 'CONTINUE' | null | undefined;
  readonly drainOptions?: DrainOptionsInput | null | undefined;
}

/** The options of the operations that the run starts. */
export function optionsOf({ action, drainOptions }: Pick<MaintenanceSpec, 'action' | 'drainOptions'>): StoredOptions {
  return runActionOf(action).options === 'drainOptions' ? { ...drainOptions } : {};
}

const DAY = 86_400;
export const DEFAULT_HEALTH_GATE: HealthGateSpec = { enabled: true, timeoutSeconds: 600, stableSeconds: 0 };

/** @throws DomainError VALIDATION_FAILED with every violation at once. */
export function maintenanceSpecFrom(input: MaintenanceSpecInput, pointer = ''): MaintenanceSpec {
  const violations: InputViolation[] = [];
  const gate = Object.fromEntries(Object.entries(input.healthGate ?? {}).filter(([, value]) => value != null));
  const maxUnavailable = intOrPercentOf(input.maxUnavailable ?? 1);
  if (maxUnavailable === undefined) {
    violations.push({ pointer: `${pointer}/maxUnavailable`, code: 'OUT_OF_RANGE', message: INT_OR_PERCENT_RULE });
  }
  const spec: MaintenanceSpec = {
    action: input.action,
    nodeSelector: input.nodeSelector ?? null,
    nodes: input.nodes ? [...new Set(input.nodes)] : null,
    maxUnavailable: maxUnavailable ?? 1,
    zoneByZone: input.zoneByZone ?? true,
    canary: input.canary ? { count: input.canary.count, soakSeconds: input.canary.soakSeconds ?? null } : null,
    healthGate: { ...DEFAULT_HEALTH_GATE, ...gate },
    onNodeFailure: input.onNodeFailure ?? 'STOP',
    drainOptions:
      collect(violations, () => drainOptionsFrom(input.drainOptions ?? {}, `${pointer}/drainOptions`)) ??
      drainOptionsFrom(),
  };
  violations.push(...violationsOf(spec, pointer));
  if (violations.length > 0) {
    throw new DomainError('VALIDATION_FAILED', 'The maintenance run is not valid.', { violations });
  }
  return spec;
}

function violationsOf(spec: MaintenanceSpec, pointer: string): InputViolation[] {
  const violations: InputViolation[] = [];
  const refuse = (name: string, code: string, message: string) =>
    violations.push({ pointer: `${pointer}/${name}`, code, message });
  const seconds = (value: number, least: number) => Number.isInteger(value) && value >= least && value <= DAY;
  if (!MAINTENANCE_ACTIONS.includes(spec.action)) {
    refuse('action', 'NOT_ALLOWED', `must be one of ${MAINTENANCE_ACTIONS.join(', ')}`);
  }
  const { nodeSelector, nodes, canary, healthGate } = spec;
  if ((nodeSelector === null) === (nodes === null)) refuse('nodes', 'EXACTLY_ONE', 'give either nodeSelector or nodes');
  if (nodes?.length === 0) refuse('nodes', 'EMPTY', 'must name at least one node');
  if (nodeSelector !== null) {
    collect(violations, () => parseLabelSelector(nodeSelector, `${pointer}/nodeSelector`));
  }
  if (canary && !(Number.isInteger(canary.count) && canary.count >= 1)) {
    refuse('canary/count', 'OUT_OF_RANGE', 'must be a whole number from 1');
  }
  if (canary && canary.soakSeconds !== null && !seconds(canary.soakSeconds, 0)) {
    refuse('canary/soakSeconds', 'OUT_OF_RANGE', `must be a whole number from 0 to ${DAY}`);
  }
  if (!seconds(healthGate.timeoutSeconds, 1))
    refuse('healthGate/timeoutSeconds', 'OUT_OF_RANGE', `must be 1 to ${DAY}`);
  if (!seconds(healthGate.stableSeconds, 0) || healthGate.stableSeconds >= healthGate.timeoutSeconds) {
    refuse('healthGate/stableSeconds', 'OUT_OF_RANGE', 'must be from 0 and less than timeoutSeconds');
  }
  return violations;
}

function collect<T>(violations: InputViolation[], parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    violations.push(...(error.details.violations ?? []));
    return null;
  }
}
