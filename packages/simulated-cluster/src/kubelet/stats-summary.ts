import { kubeTime } from '../controllers/kube-time.js';
import { quantity } from '../controllers/quantity.js';
import { stableHash } from '../controllers/stable-hash.js';
import type { Json } from '../store/kube-object.js';
import type { KubeletContext } from './kubelet-context.js';
import { containerUsage, nodeUsage, SYSTEM_USAGE } from './usage-model.js';

const nano = (cores: number): number => Math.round(cores * 1e9);

/** `/stats/summary`: the node, its system containers and each pod. */
export function statsSummary(context: KubeletContext): Json {
  const time = kubeTime(new Date(context.now()));
  const node = context.node();
  const pods = context.pods().filter((pod) => pod.status.phase === 'Running');
  const uptime = (context.now() - context.host.bootedAt) / 1000;
  const cpu = (cores: number) => ({
    time,
    usageNanoCores: nano(cores),
    usageCoreNanoSeconds: Math.round(nano(cores) * uptime),
  });
  const memoryTotal = quantity(node?.status.capacity.memory);
  const memory = (bytes: number) => ({
    time,
    availableBytes: Math.max(0, memoryTotal - bytes),
    usageBytes: Math.round(bytes * 1.15),
    workingSetBytes: bytes,
    rssBytes: Math.round(bytes * 0.8),
    pageFaults: 12_345,
    majorPageFaults: 6,
  });
  const capacityBytes = quantity(node?.status.capacity['ephemeral-storage'] ?? '101430960Ki');
  const usedBytes = Math.round(capacityBytes * (0.25 + 0.3 * (stableHash(context.nodeName) / 2 ** 32)));
  const filesystem = (used: number) => ({
    time,
    availableBytes: capacityBytes - used,
    capacityBytes,
    usedBytes: used,
    inodesFree: 11_403_311,
    inodes: 12_902_400,
    inodesUsed: 1_499_089,
  });
  const network = {
    time,
    name: 'eth0',
    rxBytes: Math.round(uptime * 48_211),
    rxErrors: 0,
    txBytes: Math.round(uptime * 39_870),
    txErrors: 0,
  };
  const total = nodeUsage(pods);
  return {
    node: {
      nodeName: context.nodeName,
      systemContainers: [
        {
          name: 'kubelet',
          startTime: kubeTime(new Date(context.host.startedAt)),
          cpu: cpu(0.021),
          memory: memory(118_000_000),
        },
        {
          name: 'pods',
          startTime: kubeTime(new Date(context.host.bootedAt)),
          cpu: cpu(total.cpuCores - SYSTEM_USAGE.cpuCores),
          memory: memory(total.memoryBytes - SYSTEM_USAGE.memoryBytes),
        },
      ],
      startTime: kubeTime(new Date(context.host.bootedAt)),
      cpu: cpu(total.cpuCores),
      memory: memory(total.memoryBytes),
      network,
      fs: filesystem(usedBytes),
      runtime: { imageFs: filesystem(Math.round(usedBytes * 0.6)), containerFs: filesystem(usedBytes) },
      rlimit: { time, maxpid: 4_194_304, curproc: 600 + pods.length * 14 },
      swap: { time, swapAvailableBytes: 0, swapUsageBytes: 0 },
    },
    pods: pods.map((pod) => {
      const usages = pod.spec.containers.map((container) => containerUsage(pod, container));
      const startTime = pod.status.startTime;
      return {
        podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
        startTime,
        containers: usages.map((usage) => ({
          name: usage.name,
          startTime,
          cpu: cpu(usage.cpuCores),
          memory: memory(usage.memoryBytes),
        })),
        cpu: cpu(usages.reduce((sum, usage) => sum + usage.cpuCores, 0)),
        memory: memory(usages.reduce((sum, usage) => sum + usage.memoryBytes, 0)),
        process_stats: { process_count: 14 },
      };
    }),
  };
}
