import type { JsonValue } from '../json/json-value.js';
import type { FieldType } from './field-type.js';

export const RISKS = ['low', 'medium', 'high', 'forbidden'] as const;
export type Risk = (typeof RISKS)[number];

/** How dangerous one change of one field is, and the reason a reviewer reads. */
export interface RiskVerdict {
  risk: Risk;
  /** Pods should leave the node first, since they are admitted again or their state no longer fits. */
  drainFirst: boolean;
  why: string;
}

export interface FieldSpec extends RiskVerdict {
  name: string;
  type: FieldType;
  /** What the kubelet uses when the field is absent from its configuration; undefined if it has no default. */
  default?: JsonValue;
  /** For people: seconds, percent, bytes, pods … */
  unit?: string;
  /** First Kubernetes minor whose kubelet knows the field; absent where all supported ones do. */
  since?: string;
  /** Feature gate that must be on for the field to be accepted. */
  gate?: string;
  /** Still accepted, but to be avoided; the text says what to do instead. */
  deprecated?: string;
  /** A practice of old guides that no longer does what they say. */
  stale?: string;
  /** Differs between nodes by nature (addresses, ids): masked when configs of nodes are compared. */
  nodeSpecific?: boolean;
  /** State files that must go before the kubelet starts with another value. */
  checkpointFiles?: readonly string[];
  /** Narrows the verdict from the two values: raising maxPods is not lowering it. */
  verdict?: (before: JsonValue | undefined, after: JsonValue | undefined) => RiskVerdict;
}

export type FieldDetails = Omit<FieldSpec, 'name' | 'type' | keyof RiskVerdict>;

export const verdict = (risk: Risk, why: string, drainFirst = false): RiskVerdict => ({ risk, drainFirst, why });

/** `field('maxPods', int(0), LOW, { default: 110 })`: name, type, verdict, and what else is known. */
export const field = (name: string, type: FieldType, risk: RiskVerdict, details: FieldDetails = {}): FieldSpec => ({
  name,
  type,
  ...risk,
  ...details,
});

export const maxRisk = (risks: Iterable<Risk>): Risk =>
  RISKS[Math.max(0, ...[...risks].map((risk) => RISKS.indexOf(risk)))] as Risk;
