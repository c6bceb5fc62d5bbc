import { isJsonObject, type JsonObject, ownValue } from '../json/json-value.js';
import type { KubernetesVersion } from '../parsing/kubernetes-version.js';
import { FEATURE_GATE_TABLE } from './feature-gate-table.js';

export interface GateStage {
  /** Minor from which it holds. */
  readonly since: number;
  readonly stage: 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED';
  readonly on: boolean;
  /** A kubelet that is given the other value does not start. */
  readonly locked: boolean;
}

export interface GateHistory {
  /** First and last minor, of those in the table, whose kubelet knows the gate: with any other it does not start. */
  readonly first: number;
  readonly last: number;
  /** Oldest first; empty where the history of the gate is not recorded. */
  readonly stages: readonly GateStage[];
}

/**
 * What the node itself says about its gates: on, off, or null for one that its kubelet does not know. Only what differs from the
 * table is kept, so that a fleet of one version is one group.
 */
export type ReportedGates = Readonly<Record<string, boolean | null>>;

export const OLDEST_MINOR = 29;
export const NEWEST_MINOR = 37;
const STAGES = { a: 'ALPHA', b: 'BETA', g: 'GA', d: 'DEPRECATED' } as const;

let table: ReadonlyMap<string, GateHistory> | undefined;

/** Read when first asked for: most processes never look at a gate. */
function histories(): ReadonlyMap<string, GateHistory> {
  table ??= new Map(
    FEATURE_GATE_TABLE.split(';').flatMap((entry) => {
      const [name, range, ...stages] = entry.trim().split(' ');
      return name && range ? [[name, historyOf(range, stages)]] : [];
    }),
  );
  return table;
}

function historyOf(range: string, stages: readonly string[]): GateHistory {
  const [first = 0, last = 0] = range.split('-').map(Number);
  return {
    first,
    last,
    stages: stages.map((text) => ({
      since: Number.parseInt(text.slice(1), 10),
      stage: STAGES[text[0] as keyof typeof STAGES],
      on: text.includes('+'),
      locked: text.endsWith('!'),
    })),
  };
}

export const gateHistory = (gate: string): GateHistory | undefined => histories().get(gate);

/** The gates that kubelets of a version know. */
export const gatesOf = (version: KubernetesVersion): string[] =>
  [...histories()].flatMap(([name, { first, last }]) => {
    const minor = recorded(version);
    return first <= minor && minor <= last ? [name] : [];
  });

/** The recorded minor that is nearest: nothing is known of older and newer ones. */
export const recorded = ({ major, minor }: KubernetesVersion): number =>
  major > 1 ? NEWEST_MINOR : Math.min(Math.max(minor, OLDEST_MINOR), NEWEST_MINOR);

/** Undefined where the table does not have it. */
export function gateStage(gate: string, version: KubernetesVersion): GateStage | undefined {
  const minor = recorded(version);
  return gateHistory(gate)?.stages.findLast(({ since }) => since <= minor);
}

/** Whether a kubelet of this version with this configuration has the gate on; what the node reports goes before the table. */
export function isGateOn(
  gate: string,
  config: JsonObject,
  version: KubernetesVersion,
  reported: ReportedGates = {},
): boolean {
  const said = Object.hasOwn(reported, gate) ? reported[gate] : undefined;
  if (said !== undefined) return said === true;
  const stage = gateStage(gate, version);
  if (stage?.locked) return stage.on;
  const set = gateSetting(config, gate);
  if (set !== undefined) return set;
  const all = stage?.stage === 'ALPHA' ? 'AllAlpha' : stage?.stage === 'BETA' ? 'AllBeta' : undefined;
  return (all === undefined ? undefined : gateSetting(config, all)) ?? stage?.on ?? false;
}

/** What a configuration says about a gate; undefined where it leaves the default. */
export function gateSetting(config: JsonObject, gate: string): boolean | undefined {
  const gates = ownValue(config, 'featureGates');
  const set = isJsonObject(gates) ? ownValue(gates, gate) : undefined;
  return typeof set === 'boolean' ? set : undefined;
}

/** Of what a kubelet reports, that in which it differs from the table. Nothing reported says nothing. */
export function differingGates(
  reported: ReadonlyMap<string, boolean>,
  live: JsonObject,
  version: KubernetesVersion,
): ReportedGates {
  if (reported.size === 0) return {};
  const different = [...reported].filter(
    ([gate, on]) => on !== isGateOn(gate, live, version) || !gateHistory(gate) || !isKnown(gate, version),
  );
  const absent = reported.size < WHOLE_REPORT ? [] : gatesOf(version).filter((gate) => !reported.has(gate));
  return Object.fromEntries([...different, ...absent.map((gate): [string, null] => [gate, null])]);
}

/** Kubelets know some 150 gates and report all of them; a page with fewer was cut, and absence in it says nothing. */
const WHOLE_REPORT = 50;

function isKnown(gate: string, version: KubernetesVersion): boolean {
  const history = gateHistory(gate);
  const minor = recorded(version);
  return history !== undefined && history.first <= minor && minor <= history.last;
}
