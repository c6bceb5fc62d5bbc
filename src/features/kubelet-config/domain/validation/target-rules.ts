import type { FieldSpec } from '../fields/field-spec.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import { sameValue } from '../fields/normal-value.js';
import type { JsonObject } from '../json/json-value.js';
import { isAtLeast } from '../parsing/kubernetes-version.js';
import type { ConfigView } from './config-view.js';
import { type ConfigViolation, violation } from './violation.js';

/** Fields that k3s and RKE2 write themselves on each start, from their own configuration. */
const SET_BY_K3S = new Set([
  'authentication',
  'authorization',
  'cgroupDriver',
  'clusterDNS',
  'clusterDomain',
  'containerRuntimeEndpoint',
  'resolvConf',
  'staticPodPath',
  'tlsCertFile',
  'tlsPrivateKeyFile',
]);
export const isSetByK3s = (field: string): boolean => SET_BY_K3S.has(field);

/** What depends on the version of the node: fields it does not know, gates that are off or locked. */
export function checkVersion(patch: JsonObject, view: ConfigView): ConfigViolation[] {
  const found: ConfigViolation[] = [];
  const minor = `${view.version.major}.${view.version.minor}`;
  for (const [name, value] of Object.entries(patch)) {
    const spec = KUBELET_FIELDS.get(name);
    if (!spec || value === null) continue;
    if (spec.since && !isAtLeast(view.version, spec.since)) {
      found.push(
        violation([name], 'FIELD_NOT_IN_VERSION', `exists from Kubernetes ${spec.since}, the node runs ${minor}`),
      );
      continue;
    }
    const gate = neededGate(spec, view);
    if (gate && !view.gate(gate)) {
      found.push(
        violation([name], 'FEATURE_GATE_OFF', `needs the feature gate ${gate}, which is off on Kubernetes ${minor}`),
      );
    }
  }
  return [...found, ...checkHiddenMetrics(patch, view)];
}

function neededGate(spec: FieldSpec, view: ConfigView): string | undefined {
  const value = view.value(spec.name);
  if (spec.name === 'shutdownGracePeriod' || spec.name === 'shutdownGracePeriodCriticalPods') {
    return view.duration(spec.name) > 0n ? 'GracefulNodeShutdown' : undefined;
  }
  if (spec.name === 'memoryReservationPolicy') return value === 'TieredReservation' ? 'MemoryQoS' : undefined;
  if (spec.name === 'serverTLSBootstrap' || spec.name === 'enableSystemLogQuery') {
    return value === true ? spec.gate : undefined;
  }
  const unused = sameValue(spec.type, value, undefined);
  // these defaults are only there where the gate is on
  const defaultNeedsGate = spec.name.startsWith('imagePull') || spec.name === 'crashLoopBackOff';
  return unused || (!defaultNeedsGate && sameValue(spec.type, value, spec.default)) ? undefined : spec.gate;
}

/**
 * Where failCgroupV1 is false somebody needed it to be: only hosts with cgroup v1 do. Turned on there, the kubelet does not start,
 * so it is taken only where the kubelet says that its host has version 2.
 */
export function checkCgroupVersion(
  before: JsonObject,
  after: JsonObject,
  cgroupVersion: number | undefined,
): ConfigViolation[] {
  const isTurnedOn = after.failCgroupV1 === true && (before.failCgroupV1 !== true || cgroupVersion === 1);
  if (!isTurnedOn || (cgroupVersion !== undefined && cgroupVersion !== 1)) return [];
  const why =
    cgroupVersion === 1
      ? 'the host uses cgroup v1'
      : 'the node was told to run on cgroup v1, and its kubelet does not report that its host has cgroup v2 by now';
  return [violation(['failCgroupV1'], 'CGROUP_V1_HOST', `${why}: with true the kubelet does not start`)];
}

function checkHiddenMetrics(patch: JsonObject, view: ConfigView): ConfigViolation[] {
  const shown = patch.showHiddenMetricsForVersion;
  const previous = `${view.version.major}.${view.version.minor - 1}`;
  if (typeof shown !== 'string' || shown === '' || shown === previous) return [];
  return [
    violation(['showHiddenMetricsForVersion'], 'NOT_ALLOWED', `must be the previous minor of the node, ${previous}`),
  ];
}
