import type { Json } from '../store/kube-object.js';

type Rule = (config: Json) => string | undefined;

const atLeast =
  (field: string, minimum: number, text: string): Rule =>
  (config) =>
    config[field] < minimum
      ? `invalid configuration: ${field} (--${kebab(field)}) ${config[field]} ${text}`
      : undefined;

const oneOf =
  (field: string, allowed: readonly string[]): Rule =>
  (config) =>
    allowed.includes(config[field])
      ? undefined
      : `invalid configuration: option ${JSON.stringify(config[field])} specified for ${field} (--${kebab(field)}). Valid options are ${allowed.map((item) => JSON.stringify(item)).join(', ')}`;

const kebab = (field: string): string => field.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`);

/** The checks that make a real kubelet refuse to start, as far as the simulation needs them. */
const RULES: readonly Rule[] = [
  atLeast('maxPods', 0, 'must not be a negative number'),
  atLeast('maxOpenFiles', 0, 'must not be a negative number'),
  atLeast('registryBurst', 0, 'must not be a negative number'),
  atLeast('eventBurst', 0, 'must not be a negative number'),
  atLeast('eventRecordQPS', 0, 'must not be a negative number'),
  atLeast('kubeAPIQPS', 0, 'must not be a negative number'),
  atLeast('nodeStatusMaxImages', -1, 'must be -1 or greater'),
  atLeast('containerLogMaxFiles', 2, 'must be greater than 1'),
  (config) =>
    config.nodeLeaseDurationSeconds > 0
      ? undefined
      : 'invalid configuration: nodeLeaseDurationSeconds must be greater than 0',
  (config) =>
    config.imageGCLowThresholdPercent < config.imageGCHighThresholdPercent
      ? undefined
      : `invalid configuration: imageGCLowThresholdPercent (--image-gc-low-threshold) ${config.imageGCLowThresholdPercent} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${config.imageGCHighThresholdPercent}`,
  (config) =>
    config.imageGCHighThresholdPercent <= 100
      ? undefined
      : `invalid configuration: imageGCHighThresholdPercent (--image-gc-high-threshold) ${config.imageGCHighThresholdPercent} must be between 0 and 100, inclusive`,
  (config) =>
    Math.abs(config.oomScoreAdj) <= 1000
      ? undefined
      : `invalid configuration: oomScoreAdj (--oom-score-adj) ${config.oomScoreAdj} must be between -1000 and 1000, inclusive`,
  (config) =>
    config.maxParallelImagePulls > 1 && config.serializeImagePulls
      ? `invalid configuration: maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false`
      : undefined,
  (config) =>
    config.enableSystemLogQuery && !config.enableSystemLogHandler
      ? 'invalid configuration: enableSystemLogHandler is required for enableSystemLogQuery'
      : undefined,
  (config) =>
    config.memoryThrottlingFactor > 0 && config.memoryThrottlingFactor <= 1
      ? undefined
      : `invalid configuration: memoryThrottlingFactor ${config.memoryThrottlingFactor} must be greater than 0 and less than or equal to 1.0`,
  (config) =>
    config.containerRuntimeEndpoint
      ? undefined
      : 'invalid configuration: the containerRuntimeEndpoint was not specified or empty',
  (config) =>
    config.cpuManagerPolicy === 'static' && !reservesCpu(config)
      ? 'failed to run Kubelet: failed to create kubelet: [cpumanager] unable to determine reserved CPU resources for static policy'
      : undefined,
  oneOf('topologyManagerPolicy', ['none', 'best-effort', 'restricted', 'single-numa-node']),
  oneOf('topologyManagerScope', ['container', 'pod']),
  oneOf('hairpinMode', ['hairpin-veth', 'promiscuous-bridge', 'none']),
  oneOf('cpuManagerPolicy', ['none', 'static']),
  oneOf('memoryManagerPolicy', ['None', 'Static']),
];

const reservesCpu = (config: Json): boolean =>
  Boolean(config.reservedSystemCPUs || config.systemReserved?.cpu || config.kubeReserved?.cpu);

const INTEGER_FIELDS = [
  'maxPods',
  'eventRecordQPS',
  'eventBurst',
  'kubeAPIQPS',
  'kubeAPIBurst',
  'registryPullQPS',
  'registryBurst',
  'podPidsLimit',
  'containerLogMaxFiles',
  'imageGCHighThresholdPercent',
  'imageGCLowThresholdPercent',
  'nodeLeaseDurationSeconds',
  'oomScoreAdj',
  'port',
  'readOnlyPort',
  'healthzPort',
  'maxOpenFiles',
];
const BOOLEAN_FIELDS = [
  'serverTLSBootstrap',
  'rotateCertificates',
  'failSwapOn',
  'serializeImagePulls',
  'seccompDefault',
  'protectKernelDefaults',
  'enableSystemLogQuery',
  'enableSystemLogHandler',
  'makeIPTablesUtilChains',
  'enableDebuggingHandlers',
  'cpuCFSQuota',
];
const DURATION_FIELDS = [
  'syncFrequency',
  'streamingConnectionIdleTimeout',
  'nodeStatusUpdateFrequency',
  'nodeStatusReportFrequency',
  'imageMinimumGCAge',
  'imageMaximumGCAge',
  'shutdownGracePeriod',
  'shutdownGracePeriodCriticalPods',
  'runtimeRequestTimeout',
  'evictionPressureTransitionPeriod',
  'containerLogMonitorInterval',
  'cpuManagerReconcilePeriod',
];
const DURATION = /^(?:0|-?(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+)$/;

/** A value of the wrong type fails while the file is decoded, before any rule is looked at. */
export function decodingError(config: Json): string | undefined {
  const wrong = (field: string, kind: string, goType: string) =>
    `json: cannot unmarshal ${kind} into Go struct field KubeletConfiguration.${field} of type ${goType}`;
  for (const field of INTEGER_FIELDS) {
    if (config[field] !== undefined && !Number.isInteger(config[field]))
      return wrong(field, typeof config[field], 'int32');
  }
  for (const field of BOOLEAN_FIELDS) {
    if (config[field] !== undefined && typeof config[field] !== 'boolean')
      return wrong(field, typeof config[field], 'bool');
  }
  for (const field of DURATION_FIELDS) {
    const value = config[field];
    if (value === undefined) continue;
    if (typeof value !== 'string') return wrong(field, typeof value, 'v1.Duration');
    if (!DURATION.test(value)) return `time: invalid duration ${JSON.stringify(value)}`;
  }
  return undefined;
}

export function validationErrors(config: Json): string[] {
  return RULES.flatMap((rule) => rule(config) ?? []);
}
