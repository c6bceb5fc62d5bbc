import { kubeTime } from '../controllers/kube-time.js';
import type { Node, Taint } from '../controllers/kube-types.js';

export interface NodeShape {
  name: string;
  /** Position in the cluster; addresses and the pod network follow from it. */
  index?: number;
  zone?: string;
  region?: string;
  pool?: string;
  controlPlane?: boolean;
  cpu?: number;
  memoryGi?: number;
  maxPods?: number;
  labels?: Record<string, string>;
  taints?: Taint[];
  unschedulable?: boolean;
  kubeletVersion?: string;
  containerRuntimeVersion?: string;
  osImage?: string;
  kernelVersion?: string;
  kubeletPort?: number;
  instanceType?: string;
  createdAt?: Date;
  images?: Node['status']['images'];
}

export const CONTROL_PLANE_TAINT: Taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

const CONDITIONS = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

const podCidr = (index: number): string => `10.${244 + (index >> 8)}.${index & 255}.0/24`;

/** A Node as a kubelet registers and keeps it. InternalIP is loopback: the simulated kubelets listen there. */
export function node(shape: NodeShape): Node {
  const index = shape.index ?? 0;
  const zone = shape.zone ?? 'eu-north-1a';
  const cpu = shape.cpu ?? 8;
  const memoryKi = (shape.memoryGi ?? 32) * 1024 * 1024;
  const created = kubeTime(shape.createdAt ?? new Date());
  const now = kubeTime(new Date());
  const pods = String(shape.maxPods ?? 110);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: shape.name,
      creationTimestamp: created,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': shape.name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': shape.instanceType ?? `m6.${cpu}x`,
        'topology.kubernetes.io/region': shape.region ?? zone.replace(/[a-z]$/, ''),
        'topology.kubernetes.io/zone': zone,
        ...(shape.controlPlane
          ? {
              'node-role.kubernetes.io/control-plane': '',
              'node.kubernetes.io/exclude-from-external-load-balancers': '',
            }
          : {}),
        ...(shape.pool ? { pool: shape.pool } : {}),
        ...shape.labels,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      podCIDR: podCidr(index),
      podCIDRs: [podCidr(index)],
      providerID: `sim://${zone}/i-${(0x0a1b2c3d + index * 0x01010101).toString(16).padStart(12, '0')}`,
      ...(shape.unschedulable ? { unschedulable: true } : {}),
      ...(taintsOf(shape).length > 0 ? { taints: taintsOf(shape) } : {}),
    },
    status: {
      capacity: {
        cpu: String(cpu),
        'ephemeral-storage': '101430960Ki',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        memory: `${memoryKi}Ki`,
        pods,
      },
      allocatable: {
        cpu: `${cpu * 1000 - 100}m`,
        'ephemeral-storage': '93478772582',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        memory: `${memoryKi - 600 * 1024}Ki`,
        pods,
      },
      conditions: CONDITIONS.map(([type, status, reason, message]) => ({
        type,
        status,
        lastHeartbeatTime: now,
        lastTransitionTime: created,
        reason,
        message,
      })),
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: shape.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: shape.kubeletPort ?? 10250 } },
      nodeInfo: {
        machineID: `ec2${index.toString(16).padStart(4, '0')}b1c74f0e9a3d5e6f70819203a4`.slice(0, 32),
        systemUUID: `ec2${index.toString(16).padStart(5, '0')}-4f0e-9a3d-5e6f-708192a3b4c5`,
        bootID: `6b0f${index.toString(16).padStart(4, '0')}-2d5c-4c59-8a1e-0d7f3f5a9c21`,
        kernelVersion: shape.kernelVersion ?? '6.12.48-generic',
        osImage: shape.osImage ?? 'Ubuntu 24.04.3 LTS',
        containerRuntimeVersion: shape.containerRuntimeVersion ?? 'containerd://2.1.4',
        kubeletVersion: shape.kubeletVersion ?? 'v1.35.4',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
        swap: { capacity: 0 },
      },
      images: shape.images ?? [],
    },
  };
}

function taintsOf(shape: NodeShape): Taint[] {
  return [
    ...(shape.controlPlane ? [CONTROL_PLANE_TAINT] : []),
    ...(shape.taints ?? []),
    ...(shape.unschedulable ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] : []),
  ];
}
