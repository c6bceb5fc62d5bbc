import type {
  KubeCondition,
  Node,
  NodeSystemInfo,
  ResourceList,
  Taint,
} from '../../../platform/kubernetes/kube-objects.js';

/** What the service keeps of a Node: all that lists, filters and scopes need, without image lists and managed fields. */
export interface NodeRow {
  readonly uid: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** As kubectl prints it: `Ready,SchedulingDisabled`. */
  readonly status: string;
  readonly ready: boolean;
  readonly schedulable: boolean;
  readonly roles: readonly string[];
  readonly zone: string | null;
  readonly taints: readonly Taint[];
  readonly conditions: readonly KubeCondition[];
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly info: NodeSystemInfo;
  readonly podCidrs: readonly string[];
  readonly providerId: string | null;
  readonly kubeletPort: number | null;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
/** Keeps whole manifests in annotations (kubectl's own) out of memory; node detail reads them live. */
const BIG_ANNOTATION = 2048;

const NO_INFO: NodeSystemInfo = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  operatingSystem: '',
  architecture: '',
};

export function nodeRow({ metadata, spec, status }: Node): NodeRow {
  const labels = metadata.labels ?? {};
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  const schedulable = spec.unschedulable !== true;
  return {
    uid: metadata.uid,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    createdAt: new Date(metadata.creationTimestamp),
    deletedAt: metadata.deletionTimestamp ? new Date(metadata.deletionTimestamp) : null,
    labels,
    annotations: small(metadata.annotations ?? {}),
    status: `${readiness(ready)}${schedulable ? '' : ',SchedulingDisabled'}`,
    ready: ready?.status === 'True',
    schedulable,
    roles: rolesOf(labels),
    zone: ZONE_LABELS.map((label) => labels[label]).find((zone) => zone) ?? null,
    taints: spec.taints ?? [],
    conditions: status.conditions ?? [],
    addresses: status.addresses ?? [],
    capacity: status.capacity ?? {},
    allocatable: status.allocatable ?? {},
    info: { ...NO_INFO, ...status.nodeInfo },
    podCidrs: spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : []),
    providerId: spec.providerID ?? null,
    kubeletPort: status.daemonEndpoints?.kubeletEndpoint?.Port ?? null,
  };
}

function readiness(ready: KubeCondition | undefined): string {
  if (!ready) return 'Unknown';
  return ready.status === 'True' ? 'Ready' : 'NotReady';
}

/** As kubectl finds them: from both label forms, sorted, each once. */
function rolesOf(labels: Readonly<Record<string, string>>): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(labels)) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== '') roles.add(value);
  }
  return [...roles].sort();
}

function small(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => value.length <= BIG_ANNOTATION));
}
