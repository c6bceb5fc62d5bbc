import { quantity } from '../controllers/quantity.js';
import { stableHash } from '../controllers/stable-hash.js';
import type { KubeletContext } from './kubelet-context.js';
import { containerUsage, nodeUsage } from './usage-model.js';

type Sample = [labels: Record<string, string>, value: number];

function family(name: string, type: string, help: string, samples: Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const text = Object.entries(labels)
      .map(([key, label]) => `${key}="${label}"`)
      .join(',');
    return `${name}${text ? `{${text}}` : ''} ${value}`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

function histogram(name: string, help: string, count: number, typical: number): string {
  return `# HELP ${name} [ALPHA] ${help}\n# TYPE ${name} histogram\n${series(name, '', count, typical)}`;
}

/** The lines of a histogram for one set of labels, written `name="value",`. */
function series(name: string, labels: string, count: number, typical: number): string {
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const buckets: Sample[] = bounds.map((bound) => [
    { le: String(bound) },
    Math.round(count * Math.min(1, 1 - Math.exp(-bound / typical))),
  ]);
  const lines = [...buckets, [{ le: '+Inf' }, count] as Sample].map(
    ([{ le }, value]) => `${name}_bucket{${labels}le="${le}"} ${value}`,
  );
  const own = labels && `{${labels.slice(0, -1)}}`;
  return `${lines.join('\n')}\n${name}_sum${own} ${(count * typical).toFixed(3)}\n${name}_count${own} ${count}\n`;
}

function buildInfo(git_version: string): Record<string, string> {
  const [, major = '1', minor = ''] = /^v(\d+)\.(\d+)/.exec(git_version) ?? [];
  return {
    build_date: '1970-01-01T00:00:00Z',
    compiler: 'gc',
    git_commit: '$Format:%H$',
    git_tree_state: 'clean',
    git_version,
    go_version: 'go1.26.8',
    major,
    minor,
    platform: 'linux/amd64',
  };
}

/** `/metrics` of the kubelet itself. */
export function kubeletMetrics(context: KubeletContext): string {
  const { host, nodeName } = context;
  const pods = context.pods();
  const running = pods.filter((pod) => pod.status.phase === 'Running');
  const containers = running.flatMap((pod) => pod.spec.containers).length;
  const uptime = Math.max(1, (context.now() - host.startedAt) / 1000);
  const relists = Math.round(uptime);
  const errors = stableHash(nodeName) % 7;
  const secondsLeft = Math.max(0, (context.certificateExpiresAt.getTime() - context.now()) / 1000);
  const operations = ['container_status', 'create_container', 'list_containers', 'podsandbox_status', 'version'];
  return [
    family('kubelet_node_name', 'gauge', "[STABLE] The node's name. The count is always 1.", [[{ node: nodeName }, 1]]),
    family('kubelet_running_pods', 'gauge', '[STABLE] Number of pods that have a running pod sandbox', [
      [{}, running.length],
    ]),
    family('kubelet_running_containers', 'gauge', '[STABLE] Number of containers currently running', [
      [{ container_state: 'running' }, containers],
      [{ container_state: 'exited' }, pods.length - running.length],
    ]),
    family('kubelet_desired_pods', 'gauge', '[ALPHA] The number of pods the kubelet is being instructed to run.', [
      [{ static: '' }, pods.length],
    ]),
    histogram(
      'kubelet_pleg_relist_duration_seconds',
      'Duration in seconds for relisting pods in PLEG.',
      relists,
      0.004,
    ),
    histogram('kubelet_pleg_relist_interval_seconds', 'Interval in seconds between relisting in PLEG.', relists, 1.004),
    family('kubelet_pleg_last_seen_seconds', 'gauge', '[ALPHA] Timestamp in seconds when PLEG was last seen active.', [
      [{}, Math.floor(context.now() / 1000)],
    ]),
    family(
      'kubelet_runtime_operations_total',
      'counter',
      '[STABLE] Cumulative number of runtime operations by operation type.',
      operations.map((operation_type, index) => [{ operation_type }, Math.round(uptime * (index + 1) * 0.3)]),
    ),
    '# HELP kubelet_runtime_operations_duration_seconds [ALPHA] Duration in seconds of runtime operations. Broken down by operation type.\n',
    '# TYPE kubelet_runtime_operations_duration_seconds histogram\n',
    ...operations.map((operation, index) =>
      series(
        'kubelet_runtime_operations_duration_seconds',
        `operation_type="${operation}",`,
        Math.round(uptime * (index + 1) * 0.3),
        0.002 * (index + 1),
      ),
    ),
    family(
      'kubelet_runtime_operations_errors_total',
      'counter',
      '[STABLE] Cumulative number of runtime operation errors by operation type.',
      [
        [{ operation_type: 'container_status' }, errors],
        [{ operation_type: 'remove_container' }, errors >> 1],
      ],
    ),
    family(
      'kubelet_certificate_manager_server_ttl_seconds',
      'gauge',
      "[ALPHA] Gauge of the shortest TTL (time-to-live) of the Kubelet's serving certificate.",
      [[{}, Math.round(secondsLeft)]],
    ),
    family(
      'kubelet_certificate_manager_client_ttl_seconds',
      'gauge',
      "[ALPHA] Gauge of the TTL (time-to-live) of the Kubelet's client certificate.",
      [[{}, 300 * 24 * 3600 - (stableHash(nodeName) % 8_000_000)]],
    ),
    family('kubelet_started_pods_total', 'counter', '[STABLE] Cumulative number of pods started', [[{}, pods.length]]),
    histogram(
      'kubelet_pod_start_duration_seconds',
      'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
      pods.length,
      1.2,
    ),
    family(
      'kubernetes_feature_enabled',
      'gauge',
      '[BETA] This metric records the data about the stage and enablement of a k8s feature.',
      [...reportedGates(context).map(([name, on]): Sample => [{ name, stage: 'BETA' }, on ? 1 : 0])],
    ),
    family('kubelet_cgroup_version', 'gauge', '[ALPHA] cgroup version on the hosts.', [[{}, host.cgroupVersion]]),
    family('kubernetes_build_info', 'gauge', '[STABLE] A metric with a constant 1 value labeled by version.', [
      [buildInfo(host.kubeletVersion), 1],
    ]),
    family('process_start_time_seconds', 'gauge', '[ALPHA] Start time of the process since unix epoch in seconds.', [
      [{}, host.startedAt / 1000],
    ]),
    family('process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', [
      [{}, Number((uptime * 0.021).toFixed(2))],
    ]),
    family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', [
      [{}, 96_000_000 + (stableHash(nodeName) % 30_000_000)],
    ]),
  ].join('');
}

const reportedGates = ({ host }: KubeletContext): [string, boolean][] =>
  Object.entries({ ...host.kubelet?.config.featureGates, ...Object.fromEntries(host.reportedGates) });

/** `/metrics/cadvisor`. */
export function cadvisorMetrics(context: KubeletContext): string {
  const node = context.node();
  const cpu: Sample[] = [];
  const memory: Sample[] = [];
  for (const pod of context.pods().filter((item) => item.status.phase === 'Running')) {
    const age = (context.now() - Date.parse(pod.status.startTime ?? new Date(context.now()).toISOString())) / 1000;
    for (const container of pod.spec.containers) {
      const usage = containerUsage(pod, container);
      const labels = {
        container: container.name,
        id: `/kubepods.slice/kubepods-pod${pod.metadata.uid}.slice`,
        image: container.image,
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name,
      };
      cpu.push([{ ...labels, cpu: 'total' }, Number((usage.cpuCores * age).toFixed(3))]);
      memory.push([labels, usage.memoryBytes]);
    }
  }
  return [
    family('machine_cpu_cores', 'gauge', 'Number of logical CPU cores.', [[{}, quantity(node?.status.capacity.cpu)]]),
    family('machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.', [
      [{}, quantity(node?.status.capacity.memory)],
    ]),
    family('container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed in seconds.', cpu),
    family('container_memory_working_set_bytes', 'gauge', 'Current working set in bytes.', memory),
  ].join('');
}

/** `/metrics/resource`. */
export function resourceMetrics(context: KubeletContext): string {
  const pods = context.pods().filter((pod) => pod.status.phase === 'Running');
  const total = nodeUsage(pods);
  const uptime = (context.now() - context.host.bootedAt) / 1000;
  const cpu: Sample[] = [];
  const memory: Sample[] = [];
  for (const pod of pods) {
    for (const container of pod.spec.containers) {
      const usage = containerUsage(pod, container);
      const labels = { container: container.name, namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name };
      cpu.push([labels, Number((usage.cpuCores * uptime).toFixed(3))]);
      memory.push([labels, usage.memoryBytes]);
    }
  }
  return [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
      cpu,
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      '[STABLE] Current working set of the container in bytes',
      memory,
    ),
    family(
      'node_cpu_usage_seconds_total',
      'counter',
      '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
      [[{}, Number((total.cpuCores * uptime).toFixed(3))]],
    ),
    family('node_memory_working_set_bytes', 'gauge', '[STABLE] Current working set of the node in bytes', [
      [{}, total.memoryBytes],
    ]),
    family(
      'resource_scrape_error',
      'gauge',
      '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
      [[{}, 0]],
    ),
  ].join('');
}

/** `/metrics/probes`. */
export function probeMetrics(context: KubeletContext): string {
  const samples: Sample[] = context
    .pods()
    .filter((pod) => pod.status.phase === 'Running')
    .map((pod) => [
      {
        container: pod.spec.containers[0]?.name ?? '',
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name,
        pod_uid: pod.metadata.uid ?? '',
        probe_type: 'Readiness',
        result: 'successful',
      },
      Math.max(1, Math.round((context.now() - context.host.startedAt) / 10_000)),
    ]);
  return [
    family(
      'prober_probe_total',
      'counter',
      '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
      samples,
    ),
    family('process_start_time_seconds', 'gauge', '[ALPHA] Start time of the process since unix epoch in seconds.', [
      [{}, context.host.startedAt / 1000],
    ]),
  ].join('');
}
