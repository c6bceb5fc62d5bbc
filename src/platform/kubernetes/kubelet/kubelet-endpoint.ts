/** Metrics pages of a kubelet. */
export type KubeletMetricsPage = 'kubelet' | 'cadvisor' | 'resource' | 'probes';

export interface KubeletEndpoint {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  /** Subresource of nodes that the kubelet asks the authorizer about. */
  readonly right: string;
  /** Kubelet configuration that turns the endpoint on, named to callers when it is off. */
  readonly fields: readonly string[];
  readonly maxBytes: number;
  readonly accept?: string;
  /** Names a thing on the node, which may not be there; 404 means that the endpoint is off otherwise. */
  readonly mayBeMissing?: string;
}

const MIB = 1024 * 1024;

/**
 * Everything that is ever asked of a kubelet. The right that the proxy needs also allows to run commands on the node, so
 * paths are these constants: nothing that a caller sends becomes part of one.
 */
export const KUBELET_ENDPOINTS = {
  healthz: page('/healthz', 'healthz', MIB),
  healthzPing: page('/healthz/ping', 'healthz', MIB),
  healthzLog: page('/healthz/log', 'healthz', MIB),
  healthzSyncloop: page('/healthz/syncloop', 'healthz', MIB),
  // registered with the debugging handlers only: without them it is a 404
  configz: page('/configz', 'configz', 2 * MIB, ['enableDebuggingHandlers']),
  flagz: {
    ...page('/flagz', 'flagz', MIB, ['featureGates.ComponentFlagz', 'enableDebuggingHandlers']),
    accept: ['v1beta1', 'v1alpha1']
      .map((version) => `application/json;v=${version};g=config.k8s.io;as=Flagz`)
      .join(','),
  },
  flagzText: {
    ...page('/flagz', 'flagz', MIB, ['featureGates.ComponentFlagz', 'enableDebuggingHandlers']),
    accept: 'text/plain',
  },
  stats: page('/stats/summary', 'stats', 32 * MIB),
  metrics: page('/metrics', 'metrics', 64 * MIB),
  metricsCadvisor: page('/metrics/cadvisor', 'metrics', 64 * MIB),
  metricsResource: page('/metrics/resource', 'metrics', 64 * MIB),
  metricsProbes: page('/metrics/probes', 'metrics', 64 * MIB),
  nodeLogs: page('/logs/', 'log', 64 * MIB, ['enableSystemLogHandler', 'enableSystemLogQuery']),
  nodeLogFile: {
    method: 'GET',
    path: '/logs/',
    right: 'log',
    fields: ['enableSystemLogHandler', 'enableSystemLogQuery'],
    maxBytes: 64 * MIB,
    mayBeMissing: 'such file under /var/log',
  },
  verbosity: {
    method: 'PUT',
    path: '/debug/flags/v',
    right: 'proxy',
    fields: ['enableDebugFlagsHandler', 'enableDebuggingHandlers'],
    maxBytes: MIB,
  },
} as const satisfies Record<string, KubeletEndpoint>;

export type KubeletEndpointName = keyof typeof KUBELET_ENDPOINTS;

function page(path: string, right: string, maxBytes: number, fields: readonly string[] = []): KubeletEndpoint {
  return { method: 'GET', path, right, fields, maxBytes };
}
