import type { Json, KubeObject } from '../../store/kube-object.js';
import { ageSince, humanDuration } from '../human-duration.js';
import { defineTable, labelsText, NONE, nameCell, UNSET } from './table-definition.js';

const age = (object: KubeObject) => ageSince(object.metadata.creationTimestamp);
const keys = (map: Json) => Object.keys(map ?? {}).length;

/** For kinds that need no columns of their own. */
export const PLAIN_TABLE = defineTable({ Name: nameCell, Age: age });

export const EVENT_TABLE = defineTable({
  'Last Seen': (event) => eventAge(event),
  Type: (event) => event.type ?? '',
  Reason: (event) => event.reason ?? '',
  Object: (event) => `${String(event.involvedObject?.kind ?? '').toLowerCase()}/${event.involvedObject?.name ?? ''}`,
  '+Subobject': (event) => event.involvedObject?.fieldPath ?? '',
  '+Source': (event) => [event.source?.component, event.source?.host].filter(Boolean).join(', '),
  Message: (event) => String(event.message ?? '').trim(),
  '+First Seen': (event) => ageSince(event.firstTimestamp ?? event.eventTime),
  '+Count#': (event) => event.count ?? event.series?.count ?? 1,
  '+Name': nameCell,
});

export const NAMESPACE_TABLE = defineTable({
  Name: nameCell,
  Status: ({ status }) => status?.phase ?? '',
  Age: age,
});

export const CONFIG_MAP_TABLE = defineTable({
  Name: nameCell,
  'Data#': (map) => keys(map.data) + keys(map.binaryData),
  Age: age,
});

export const SECRET_TABLE = defineTable({
  Name: nameCell,
  Type: (secret) => secret.type ?? 'Opaque',
  'Data#': (secret) => keys(secret.data),
  Age: age,
});

export const SERVICE_TABLE = defineTable({
  Name: nameCell,
  Type: ({ spec }) => spec?.type ?? 'ClusterIP',
  'Cluster-IP': ({ spec }) => spec?.clusterIP ?? NONE,
  'External-IP': () => NONE,
  'Port(s)': ({ spec }) => (spec?.ports ?? []).map((port: Json) => `${port.port}/${port.protocol ?? 'TCP'}`).join(','),
  Age: age,
  '+Selector': ({ spec }) => labelsText(spec?.selector),
});

export const LEASE_TABLE = defineTable({
  Name: nameCell,
  Holder: ({ spec }) => spec?.holderIdentity ?? '',
  Age: age,
});

export const VOLUME_TABLE = defineTable({
  Name: nameCell,
  Capacity: ({ spec }) => spec?.capacity?.storage ?? '',
  'Access Modes': ({ spec }) => accessModes(spec?.accessModes),
  'Reclaim Policy': ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? 'Retain',
  Status: (volume) => (volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status?.phase ?? '')),
  Claim: ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : ''),
  StorageClass: ({ spec }) => spec?.storageClassName ?? '',
  VolumeAttributesClass: ({ spec }) => spec?.volumeAttributesClassName ?? UNSET,
  Reason: ({ status }) => status?.reason ?? '',
  Age: age,
  '+VolumeMode': ({ spec }) => spec?.volumeMode ?? 'Filesystem',
});

export const CLAIM_TABLE = defineTable({
  Name: nameCell,
  Status: (claim) => (claim.metadata.deletionTimestamp ? 'Terminating' : (claim.status?.phase ?? '')),
  Volume: ({ spec }) => spec?.volumeName ?? '',
  Capacity: ({ status }) => status?.capacity?.storage ?? '',
  'Access Modes': ({ spec, status }) => accessModes(status?.accessModes ?? spec?.accessModes),
  StorageClass: ({ spec }) => spec?.storageClassName ?? '',
  VolumeAttributesClass: ({ spec }) => spec?.volumeAttributesClassName ?? UNSET,
  Age: age,
  '+VolumeMode': ({ spec }) => spec?.volumeMode ?? 'Filesystem',
});

export const STORAGE_CLASS_TABLE = defineTable({
  Name: (storage) =>
    storage.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
      ? `${storage.metadata.name} (default)`
      : storage.metadata.name,
  Provisioner: (storage) => storage.provisioner ?? '',
  ReclaimPolicy: (storage) => storage.reclaimPolicy ?? 'Delete',
  VolumeBindingMode: (storage) => storage.volumeBindingMode ?? 'Immediate',
  AllowVolumeExpansion: (storage) => storage.allowVolumeExpansion ?? false,
  Age: age,
});

export const ATTACHMENT_TABLE = defineTable({
  Name: nameCell,
  Attacher: ({ spec }) => spec?.attacher ?? '',
  PV: ({ spec }) => spec?.source?.persistentVolumeName ?? '',
  Node: ({ spec }) => spec?.nodeName ?? '',
  Attached: ({ status }) => String(status?.attached ?? false),
  Age: age,
});

export const PRIORITY_CLASS_TABLE = defineTable({
  Name: nameCell,
  Value: (priority) => priority.value ?? 0,
  'Global-Default': (priority) => priority.globalDefault ?? false,
  Age: age,
  PreemptionPolicy: (priority) => priority.preemptionPolicy ?? 'PreemptLowerPriority',
});

export const CSR_TABLE = defineTable({
  Name: nameCell,
  Age: age,
  SignerName: ({ spec }) => spec?.signerName ?? NONE,
  Requestor: ({ spec }) => spec?.username ?? '',
  RequestedDuration: ({ spec }) => (spec?.expirationSeconds ? humanDuration(spec.expirationSeconds * 1000) : NONE),
  Condition: csrCondition,
});

export const RESOURCE_SLICE_TABLE = defineTable({
  Name: nameCell,
  Node: ({ spec }) => spec?.nodeName || UNSET,
  Driver: ({ spec }) => spec?.driver ?? '',
  Pool: ({ spec }) => spec?.pool?.name ?? '',
  Age: age,
});

function eventAge(event: KubeObject): string {
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  const first = event.firstTimestamp ?? event.eventTime;
  const times = event.series?.count ?? event.count ?? 1;
  return times > 1 ? `${ageSince(last)} (x${times} over ${ageSince(first)})` : ageSince(last ?? first);
}

const ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: readonly string[] | undefined): string {
  return (modes ?? []).map((mode) => ACCESS_MODES[mode] ?? mode).join(',');
}

function csrCondition({ status }: KubeObject): string {
  const types: string[] = (status?.conditions ?? []).map((condition: Json) => condition.type);
  const shown = types.filter((type) => ['Approved', 'Denied'].includes(type));
  if (types.includes('Failed')) shown.push('Failed');
  if (status?.certificate) shown.push('Issued');
  return shown.length === 0 ? 'Pending' : shown.join(',');
}
