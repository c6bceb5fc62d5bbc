import type { Container, Pod } from '../../../platform/kubernetes/kube-objects.js';
import type { PodAffinityTerm, TopologySpreadConstraint } from '../../../platform/kubernetes/pod-selection.js';
import { labelSelectorOf } from './label-requirements.js';
import type { AffinityTerm, HostPort, SchedulingNeeds, SpreadConstraint } from './pod-snapshot.js';

const DEFAULT_SCHEDULER = 'default-scheduler';
const NOTHING: SchedulingNeeds = { hostPorts: [], affinity: [], spread: [], unknown: null, impossible: null };

/** Where a claim's volume can be mounted; MISSING without such a claim. */
type Claims = (claim: string) => unknown;

/** Shared where a pod needs nothing else, as most pods. */
export function schedulingNeeds(pod: Pod, claims: Claims): SchedulingNeeds {
  const { spec, metadata } = pod;
  const needs: SchedulingNeeds = {
    hostPorts: hostPortsOf(pod),
    affinity: affinityTerms(spec.affinity?.podAffinity, metadata.namespace ?? ''),
    spread: (spec.topologySpreadConstraints ?? [])
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
      .map((constraint) => spreadOf(constraint, metadata.labels ?? {})),
    unknown: unknownOf(pod),
    impossible: impossibleOf(pod, claims),
  };
  const isPlain = needs.hostPorts.length + needs.affinity.length + needs.spread.length === 0;
  return isPlain && needs.unknown === null && needs.impossible === null ? NOTHING : needs;
}

export function affinityTerms(
  affinity: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] } | undefined,
  namespace: string,
): AffinityTerm[] {
  return (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => {
    const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = term;
    const own = namespaces.length === 0 && !namespaceSelector;
    return {
      topologyKey,
      selector: labelSelectorOf(labelSelector),
      namespaces: own ? [namespace] : namespaces,
      namespaceSelector: labelSelectorOf(namespaceSelector),
    };
  });
}

function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) => hostPorts(ports));
}

export function hostPorts(ports: NonNullable<Container['ports']>): HostPort[] {
  return ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }) =>
    hostPort ? [{ port: hostPort, protocol, ip: hostIP === '0.0.0.0' || hostIP === '::' ? '' : hostIP }] : [],
  );
}

function spreadOf(constraint: TopologySpreadConstraint, labels: Readonly<Record<string, string>>): SpreadConstraint {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [] } = constraint;
  const selector = labelSelectorOf(labelSelector);
  const keys = matchLabelKeys.filter((key) => labels[key] !== undefined);
  const more = keys.map((key) => ({ key, operator: '=' as const, values: [labels[key] as string] }));
  return {
    topologyKey,
    maxSkew,
    minDomains,
    selector: selector && { requirements: [...selector.requirements, ...more] },
    honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
    honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

function unknownOf({ spec }: Pod): string | null {
  const { schedulerName = DEFAULT_SCHEDULER, resourceClaims = [] } = spec;
  if (schedulerName !== DEFAULT_SCHEDULER) return `only its own scheduler ${schedulerName} can tell`;
  if (resourceClaims.length > 0) return 'it claims devices, which only their drivers can tell of';
  return null;
}

function impossibleOf({ metadata, spec }: Pod, claims: Claims): string | null {
  const gates = (spec.schedulingGates ?? []).map(({ name }) => name);
  if (gates.length > 0) return `waits for its scheduling gates to be lifted: ${gates.join(', ')}`;
  for (const { persistentVolumeClaim } of spec.volumes ?? []) {
    const name = persistentVolumeClaim?.claimName;
    if (name && claims(`${metadata.namespace}/${name}`) === 'MISSING')
      return `its claim ${name} does not exist: create it`;
  }
  return null;
}
