import { KUBELET_FIELDS } from './kubelet-fields.js';

/** Kubelet flags that set a field and whose name does not follow from the field's. Flags win over every file. */
const IRREGULAR: Record<string, string> = {
  'anonymous-auth': 'authentication',
  'authentication-token-webhook': 'authentication',
  'authentication-token-webhook-cache-ttl': 'authentication',
  'authorization-mode': 'authorization',
  'authorization-webhook-cache-authorized-ttl': 'authorization',
  'authorization-webhook-cache-unauthorized-ttl': 'authorization',
  'client-ca-file': 'authentication',
  'contention-profiling': 'enableContentionProfiling',
  'cpu-cfs-quota': 'cpuCFSQuota',
  'cpu-cfs-quota-period': 'cpuCFSQuotaPeriod',
  'event-qps': 'eventRecordQPS',
  'image-gc-high-threshold': 'imageGCHighThresholdPercent',
  'image-gc-low-threshold': 'imageGCLowThresholdPercent',
  'kube-api-content-type': 'contentType',
  'log-flush-frequency': 'logging',
  'logging-format': 'logging',
  'manifest-url': 'staticPodURL',
  'manifest-url-header': 'staticPodURLHeader',
  'minimum-image-ttl-duration': 'imageMinimumGCAge',
  'pod-manifest-path': 'staticPodPath',
  'pod-max-pids': 'podPidsLimit',
  'registry-qps': 'registryPullQPS',
  'reserved-cpus': 'reservedSystemCPUs',
  'rotate-server-certificates': 'serverTLSBootstrap',
  v: 'logging',
  vmodule: 'logging',
};

/** `clusterDNS` is `cluster-dns`, `kubeAPIQPS` is `kube-api-qps`. */
const flagOf = (field: string): string =>
  field
    .replace('kubeAPI', 'kube-api-')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replaceAll('--', '-')
    .toLowerCase();

const FIELD_OF_FLAG = new Map([
  ...[...KUBELET_FIELDS.keys()].map((name): [string, string] => [flagOf(name), name]),
  ...Object.entries(IRREGULAR),
]);

const FLAG_OF_IRREGULAR = new Map(Object.entries(IRREGULAR).map(([flag, field]) => [field, flag]));

/** Of a field that one flag sets as a whole. */
export const flagNameOf = (field: string): string => FLAG_OF_IRREGULAR.get(field) ?? flagOf(field);

export interface FlagOverride {
  flag: string;
  value: string;
  field: string;
}

/** Flags that keep a change of these fields from having any effect. */
export function flagsOverriding(flags: Record<string, string> | undefined, fields: Iterable<string>): FlagOverride[] {
  const wanted = new Set(fields);
  return Object.entries(flags ?? {}).flatMap(([flag, value]) => {
    const name = flag.replace(/^--?/, '').replaceAll('_', '-');
    const field = FIELD_OF_FLAG.get(name);
    return field !== undefined && wanted.has(field) ? [{ flag: `--${name}`, value, field }] : [];
  });
}
