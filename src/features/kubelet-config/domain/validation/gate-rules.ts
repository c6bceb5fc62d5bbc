import {
  gateHistory,
  gateStage,
  gatesOf,
  NEWEST_MINOR,
  OLDEST_MINOR,
  type ReportedGates,
  recorded,
} from '../fields/feature-gates.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import type { KubernetesVersion } from '../parsing/kubernetes-version.js';
import { nearestName } from '../parsing/nearest-name.js';
import { type ConfigViolation, violation } from './violation.js';

const GATE_NAME = /^[A-Z][A-Za-z0-9]{1,127}$/;
const isRecorded = ({ major, minor }: KubernetesVersion): boolean =>
  major === 1 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;

const entriesOf = (patch: JsonObject) =>
  isJsonObject(patch.featureGates) ? Object.entries(patch.featureGates).filter(([, value]) => value !== null) : [];

/** Gates with which the kubelet of the target would not start: it knows no such gate, or can't set it to this value. */
export function checkGates(patch: JsonObject, version: KubernetesVersion, reported: ReportedGates): ConfigViolation[] {
  return entriesOf(patch).flatMap(([gate, value]) => {
    const problem = gateProblem(gate, value === true, version, reported);
    return problem ? [violation(['featureGates', gate], ...problem)] : [];
  });
}

type Problem = [code: string, message: string] | undefined;

function gateProblem(gate: string, on: boolean, version: KubernetesVersion, reported: ReportedGates): Problem {
  const stage = gateStage(gate, version);
  const said = Object.hasOwn(reported, gate) ? reported[gate] : undefined;
  if (said === null) return unknown(gate, version);
  if (said === undefined) {
    const missing = notKnown(gate, version);
    if (missing) return missing;
  }
  if (!stage?.locked || stage.on === on) return undefined;
  const minor = `${version.major}.${version.minor}`;
  return [
    'FEATURE_GATE_LOCKED',
    `is locked to ${stage.on} in Kubernetes ${minor}: with ${on} the kubelet does not start`,
  ];
}

function notKnown(gate: string, version: KubernetesVersion): Problem {
  const history = gateHistory(gate);
  // of versions that are not recorded only misspellings are certain
  if (!isRecorded(version)) return GATE_NAME.test(gate) ? undefined : unknown(gate, version);
  if (!history) return unknown(gate, version);
  const minor = recorded(version);
  const stops = `a kubelet of 1.${minor} does not start with it`;
  if (minor > history.last) return ['FEATURE_GATE_REMOVED', `was removed after Kubernetes 1.${history.last}: ${stops}`];
  return minor < history.first
    ? ['FEATURE_GATE_NOT_IN_VERSION', `exists from Kubernetes 1.${history.first}: ${stops}`]
    : undefined;
}

function unknown(gate: string, version: KubernetesVersion): Problem {
  const nearest = nearestName(gate, gatesOf(version));
  const hint = nearest && nearest !== gate ? `; did you mean ${nearest}?` : '';
  const minor = `${version.major}.${version.minor}`;
  return [
    'FEATURE_GATE_UNKNOWN',
    `is no feature gate of Kubernetes ${minor}, whose kubelet does not start with it${hint}`,
  ];
}

/** What holds for now: gates that the next version refuses, and those of which it is not known whether they are locked. */
export function gateNotices(patch: JsonObject, version: KubernetesVersion): ConfigViolation[] {
  return entriesOf(patch).flatMap(([gate]) => {
    const at = ['featureGates', gate];
    if (!isRecorded(version)) {
      const message = `Nothing is recorded of feature gates in Kubernetes ${version.major}.${version.minor}: check that its kubelet knows this one.`;
      return [violation(at, 'FEATURE_GATE_NOT_RECORDED', message)];
    }
    const history = gateHistory(gate);
    const minor = recorded(version);
    if (!history || minor > history.last || minor < history.first) return [];
    const notices: ConfigViolation[] = [];
    if (history.last < NEWEST_MINOR) {
      const message = `Kubernetes 1.${history.last + 1} no longer knows it: remove it before the kubelet is upgraded, which would not start.`;
      notices.push(violation(at, 'FEATURE_GATE_ENDS', message));
    }
    if (history.stages.length === 0) {
      const message =
        'Whether this gate is locked to one value in this version is not recorded; gates are before they are removed.';
      notices.push(violation(at, 'FEATURE_GATE_NOT_RECORDED', message));
    }
    return notices;
  });
}
