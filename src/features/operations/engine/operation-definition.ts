import type { NodePlatform } from '../../../kernel/node-platform.js';
import type { StepName } from './operation.js';

export type OperationRisk = 'low' | 'medium' | 'high';

/** Defaults of options that an installation sets. */
export interface OperationSettings {
  readonly nodeAgent: { readonly recoverySeconds: number; readonly stableSeconds: number };
}

export type StoredOptions = Readonly<Record<string, unknown>>;

/** What a maintenance run can do with each of its nodes by operations of this type. */
export interface RunActionDefinition {
  readonly action: string;
  /** What the published enum says of it. */
  readonly meaning: string;
  /** The node gives no service meanwhile: it counts against `maxUnavailable`, and the control plane is guarded. */
  readonly disrupts: boolean;
  /** When the operation has succeeded. RELEASE takes the own cordon back, HOLD waits for somebody to; both then SETTLE, which is the health gate. */
  readonly afterwards: 'DONE' | 'SETTLE' | 'RELEASE' | 'HOLD';
  /** Which part of the run's request its operations take for their options. */
  readonly options?: 'drainOptions';
}

/**
 * All that is particular to one type of operation and can be said without doing it. The published enums, validation, access
 * checks, audit events, approval, runs and the checks at start derive from it; its runner does the work.
 */
export interface OperationDefinition {
  readonly type: string;
  /** What the published enum says of it. */
  readonly meaning: string;
  readonly steps: readonly StepName[];
  /** The right it takes on the node, and the action that audit events name. */
  readonly right: `node.${string}`;
  /** A second right, for options that go further. */
  readonly furtherRight?: { readonly right: `node.${string}`; takenBy(options: StoredOptions): boolean };
  /** Options with their defaults. @throws DomainError VALIDATION_FAILED with every violation at once */
  options(input: object, settings: OperationSettings): object;
  /** Wall-clock limit of the work; 0 for none. */
  timeoutSeconds(options: StoredOptions): number;
  /** Takes the own cordon back when the work fails. */
  restoreOnFailure?(options: StoredOptions): boolean;
  /** @throws DomainError NOT_POSSIBLE_ON_NODE for nodes of which nobody can ask this */
  requirePossible?(cluster: string, nodes: readonly PlatformNode[]): void;
  /** The kind that approval policies call it by, and its risk; left out where none is ever asked for. */
  readonly approval?: { readonly kind: string; risk(options: StoredOptions, labels: Labels): OperationRisk };
  readonly runActions: readonly RunActionDefinition[];
}

type Labels = Readonly<Record<string, string>>;

interface PlatformNode {
  readonly name: string;
  readonly platform: NodePlatform;
}
