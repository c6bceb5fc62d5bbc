import { type MetricSample, parseSamples } from './parse-samples.js';
import { RUNTIME_OPERATION_SAMPLES, type RuntimeOperationFigures, runtimeOperations } from './runtime-operations.js';

/** Commonly asked figures of a kubelet; null where it does not publish one. */
export interface KubeletFigures {
  readonly cpuCores: number | null;
  readonly memoryWorkingSetBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  readonly filesystemUsedBytes: number | null;
  readonly filesystemCapacityBytes: number | null;
  readonly imageFilesystemUsedBytes: number | null;
  readonly podCount: number | null;
  readonly processCount: number | null;
  readonly kubeletStartedAt: Date | null;
  readonly plegRelistMeanSeconds: number | null;
  readonly runtimeErrors: number | null;
  readonly runtimeOperations: readonly RuntimeOperationFigures[];
  readonly servingCertificateExpiresAt: Date | null;
}

const FIGURES = new Set([
  'kubelet_pleg_relist_duration_seconds_sum',
  'kubelet_pleg_relist_duration_seconds_count',
  'kubelet_certificate_manager_server_ttl_seconds',
  'process_start_time_seconds',
  ...RUNTIME_OPERATION_SAMPLES,
]);

/** From a stats summary and the kubelet's own metrics page, read at `now`. */
export function kubeletFigures(stats: unknown, metrics: string, now: Date): KubeletFigures {
  const samples = [...parseSamples(metrics, FIGURES)];
  const sums = sumsByName(samples);
  const number = (...path: string[]): number | null => asNumber(at(stats, path));
  const nanoCores = number('node', 'cpu', 'usageNanoCores');
  const pods = at(stats, ['pods']);
  const relists = sums.get('kubelet_pleg_relist_duration_seconds_count') ?? 0;
  const ttl = sums.get('kubelet_certificate_manager_server_ttl_seconds');
  return {
    cpuCores: nanoCores === null ? null : nanoCores / 1e9,
    memoryWorkingSetBytes: number('node', 'memory', 'workingSetBytes'),
    memoryAvailableBytes: number('node', 'memory', 'availableBytes'),
    filesystemUsedBytes: number('node', 'fs', 'usedBytes'),
    filesystemCapacityBytes: number('node', 'fs', 'capacityBytes'),
    imageFilesystemUsedBytes: number('node', 'runtime', 'imageFs', 'usedBytes'),
    podCount: Array.isArray(pods) ? pods.length : null,
    processCount: number('node', 'rlimit', 'curproc'),
    kubeletStartedAt: kubeletStart(at(stats, ['node', 'systemContainers'])) ?? processStart(sums),
    plegRelistMeanSeconds: relists > 0 ? (sums.get('kubelet_pleg_relist_duration_seconds_sum') ?? 0) / relists : null,
    runtimeErrors: sums.get('kubelet_runtime_operations_errors_total') ?? null,
    runtimeOperations: runtimeOperations(samples),
    // Without a certificate of its own a kubelet publishes infinity.
    servingCertificateExpiresAt:
      ttl !== undefined && Number.isFinite(ttl) ? new Date(now.getTime() + ttl * 1000) : null,
  };
}

function sumsByName(samples: readonly MetricSample[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, value } of samples) if (!Number.isNaN(value)) sums.set(name, (sums.get(name) ?? 0) + value);
  return sums;
}

function kubeletStart(containers: unknown): Date | null {
  if (!Array.isArray(containers)) return null;
  const start = containers.find((item) => at(item, ['name']) === 'kubelet')?.startTime;
  return typeof start === 'string' && !Number.isNaN(Date.parse(start)) ? new Date(start) : null;
}

/** Where there are no figures of its cgroup, the process itself says when it began. */
function processStart(sums: ReadonlyMap<string, number>): Date | null {
  const seconds = sums.get('process_start_time_seconds');
  return seconds !== undefined && seconds > 0 ? new Date(seconds * 1000) : null;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], value);
}

const asNumber = (value: unknown): number | null => (typeof value === 'number' ? value : null);
