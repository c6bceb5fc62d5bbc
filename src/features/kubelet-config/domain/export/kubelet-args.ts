import { flagNameOf } from '../fields/flag-names.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';

/** Fields of which every supported kubelet has a flag that takes the same value. */
const FLAGGED = new Set(
  (
    'address allowedUnsafeSysctls cgroupDriver clusterDNS clusterDomain containerLogMaxFiles containerLogMaxSize contentType ' +
    'cpuCFSQuota cpuCFSQuotaPeriod cpuManagerPolicy cpuManagerPolicyOptions enableControllerAttachDetach enforceNodeAllocatable ' +
    'eventBurst eventRecordQPS evictionHard evictionMaxPodGracePeriod evictionMinimumReclaim evictionPressureTransitionPeriod ' +
    'evictionSoft evictionSoftGracePeriod failSwapOn featureGates healthzBindAddress healthzPort imageGCHighThresholdPercent ' +
    'imageGCLowThresholdPercent imageMinimumGCAge kubeAPIBurst kubeAPIQPS kubeReserved kubeReservedCgroup maxOpenFiles maxPods ' +
    'memoryManagerPolicy nodeStatusMaxImages nodeStatusUpdateFrequency oomScoreAdj podPidsLimit podsPerCore protectKernelDefaults ' +
    'readOnlyPort registryBurst registryPullQPS reservedSystemCPUs resolvConf rotateCertificates runtimeRequestTimeout ' +
    'seccompDefault serializeImagePulls serverTLSBootstrap streamingConnectionIdleTimeout syncFrequency systemReserved ' +
    'systemReservedCgroup tlsCipherSuites tlsMinVersion topologyManagerPolicy topologyManagerScope volumeStatsAggPeriod'
  ).split(' '),
);

/** The fields as flags, `max-pods=90`, and those that no flag can say. */
export function kubeletArgs(fields: JsonObject): { args: string[]; rest: JsonObject; removed: string[] } {
  const args: string[] = [];
  const removed: string[] = [];
  const rest: [string, JsonValue][] = [];
  for (const [field, value] of Object.entries(fields)) {
    const text = FLAGGED.has(field) ? flagText(field, value) : undefined;
    const flag = flagNameOf(field);
    if (FLAGGED.has(field) && value === null) removed.push(flag);
    else if (text === undefined) rest.push([field, value]);
    else args.push(`${flag}=${text}`);
  }
  return { args, rest: Object.fromEntries(rest), removed };
}

function flagText(field: string, value: JsonValue): string | undefined {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? value.join(',') : undefined;
  if (!isJsonObject(value)) return value === null ? undefined : String(value);
  const separator = field === 'evictionHard' || field === 'evictionSoft' ? '<' : '=';
  return Object.entries(value)
    .flatMap(([key, item]) => (item === null ? [] : [`${key}${separator}${String(item)}`]))
    .join(',');
}
