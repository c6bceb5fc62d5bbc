import type { StatusDetails } from './api-error.js';

interface ResourceKindFields {
  readonly kind: string;
  readonly plural: string;
  readonly group?: string;
  readonly version?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced?: boolean;
  /** Has a status subresource: a plain update leaves status alone, and a status update leaves the rest alone. */
  readonly status?: boolean;
  /** `metadata.generation` counts spec changes. */
  readonly generation?: boolean;
  readonly subresources?: readonly string[];
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly fields?: readonly string[];
}

/** One resource type that the simulated API server stores and serves. */
export class ResourceKind {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
  readonly hasGeneration: boolean;
  readonly subresources: readonly string[];
  readonly selectableFields: ReadonlySet<string>;

  constructor(fields: ResourceKindFields) {
    this.kind = fields.kind;
    this.plural = fields.plural;
    this.singular = fields.kind.toLowerCase();
    this.group = fields.group ?? '';
    this.version = fields.version ?? 'v1';
    this.apiVersion = this.group ? `${this.group}/${this.version}` : this.version;
    this.shortNames = fields.shortNames ?? [];
    this.categories = fields.categories ?? [];
    this.namespaced = fields.namespaced ?? true;
    this.hasStatus = fields.status ?? false;
    this.hasGeneration = fields.generation ?? false;
    this.subresources = fields.subresources ?? [];
    this.selectableFields = new Set(['metadata.name', 'metadata.namespace', ...(fields.fields ?? [])]);
  }

  /** `pods`, `deployments.apps`: how error messages name the resource. */
  get qualifiedPlural(): string {
    return this.group ? `${this.plural}.${this.group}` : this.plural;
  }

  get qualifiedKind(): string {
    return this.group ? `${this.kind}.${this.group}` : this.kind;
  }

  statusDetails(name: string): StatusDetails {
    return { name, group: this.group || undefined, kind: this.plural };
  }
}

const all = ['all'];
const eventFields = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];

const KINDS: readonly ResourceKindFields[] = [
  {
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    status: true,
    subresources: ['proxy', 'status'],
    fields: ['spec.unschedulable'],
  },
  {
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    categories: all,
    status: true,
    generation: true,
    subresources: ['binding', 'eviction', 'log', 'status'],
    fields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
  },
  {
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    status: true,
    subresources: ['finalize', 'status'],
    fields: ['status.phase'],
  },
  { kind: 'Event', plural: 'events', shortNames: ['ev'], fields: eventFields },
  { kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'] },
  { kind: 'Secret', plural: 'secrets', fields: ['type'] },
  { kind: 'Service', plural: 'services', shortNames: ['svc'], categories: all, status: true },
  { kind: 'ServiceAccount', plural: 'serviceaccounts', shortNames: ['sa'], subresources: ['token'] },
  { kind: 'PersistentVolume', plural: 'persistentvolumes', shortNames: ['pv'], namespaced: false, status: true },
  { kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', shortNames: ['pvc'], status: true },
  {
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    shortNames: ['rc'],
    categories: all,
    status: true,
    generation: true,
    subresources: ['scale', 'status'],
  },
  {
    kind: 'Deployment',
    plural: 'deployments',
    group: 'apps',
    shortNames: ['deploy'],
    categories: all,
    status: true,
    generation: true,
    subresources: ['scale', 'status'],
  },
  {
    kind: 'ReplicaSet',
    plural: 'replicasets',
    group: 'apps',
    shortNames: ['rs'],
    categories: all,
    status: true,
    generation: true,
    subresources: ['scale', 'status'],
    fields: ['status.replicas'],
  },
  {
    kind: 'StatefulSet',
    plural: 'statefulsets',
    group: 'apps',
    shortNames: ['sts'],
    categories: all,
    status: true,
    generation: true,
    subresources: ['scale', 'status'],
  },
  {
    kind: 'DaemonSet',
    plural: 'daemonsets',
    group: 'apps',
    shortNames: ['ds'],
    categories: all,
    status: true,
    generation: true,
    subresources: ['status'],
  },
  {
    kind: 'Job',
    plural: 'jobs',
    group: 'batch',
    categories: all,
    status: true,
    generation: true,
    subresources: ['status'],
    fields: ['status.successful'],
  },
  { kind: 'Lease', plural: 'leases', group: 'coordination.k8s.io' },
  {
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    group: 'policy',
    shortNames: ['pdb'],
    status: true,
    generation: true,
    subresources: ['status'],
  },
  {
    kind: 'CertificateSigningRequest',
    plural: 'certificatesigningrequests',
    group: 'certificates.k8s.io',
    shortNames: ['csr'],
    namespaced: false,
    status: true,
    subresources: ['approval', 'status'],
    fields: ['spec.signerName'],
  },
  {
    kind: 'StorageClass',
    plural: 'storageclasses',
    group: 'storage.k8s.io',
    shortNames: ['sc'],
    namespaced: false,
  },
  {
    kind: 'VolumeAttachment',
    plural: 'volumeattachments',
    group: 'storage.k8s.io',
    namespaced: false,
    status: true,
    subresources: ['status'],
  },
  { kind: 'CSINode', plural: 'csinodes', group: 'storage.k8s.io', namespaced: false },
  {
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    group: 'scheduling.k8s.io',
    shortNames: ['pc'],
    namespaced: false,
  },
  {
    kind: 'ResourceSlice',
    plural: 'resourceslices',
    group: 'resource.k8s.io',
    namespaced: false,
    generation: true,
    fields: ['spec.nodeName', 'spec.driver'],
  },
];

/** Every stored kind, in discovery order. */
export const RESOURCE_KINDS: readonly ResourceKind[] = KINDS.map((fields) => new ResourceKind(fields));

const byKind = new Map(RESOURCE_KINDS.map((kind) => [kind.kind, kind]));

/** Throws on a kind that the simulated cluster does not know: a bug of the caller, never of a client. */
export function resourceKind(kind: string): ResourceKind {
  const found = byKind.get(kind);
  if (!found) throw new Error(`The simulated cluster has no kind ${kind}`);
  return found;
}
