import type { Node } from '../controllers/kube-types.js';
import { type NodeShape, node } from './node-manifest.js';

const DAY = 24 * 3600 * 1000;

export const DEFAULT_VERSION = 'v1.35.4';
/** One node was left behind by the last upgrade; its kubelet has no `/flagz`. */
export const OLDER_VERSION = 'v1.34.7';
export const OLDER_NODE = 'gpu-1';

const images = [
  { names: ['registry.example/payments-api:3.2.0'], sizeBytes: 84_213_311 },
  { names: ['registry.example/frontend:7.11.1'], sizeBytes: 61_778_120 },
  { names: ['registry.example/cni-agent:1.18.2'], sizeBytes: 212_887_004 },
  { names: ['registry.example/node-exporter:1.9.1'], sizeBytes: 24_551_930 },
  { names: ['registry.example/csi-driver:4.6.0'], sizeBytes: 41_330_771 },
  { names: ['registry.k8s.io/pause:3.10.1'], sizeBytes: 320_448 },
];

const zone = (index: number): string => `eu-north-1${'abc'[index % 3]}`;

const general = (index: number): NodeShape => ({
  name: `worker-${index}`,
  zone: zone(index - 1),
  pool: 'general',
  cpu: 8,
  memoryGi: 32,
  labels: { lifecycle: index > 4 ? 'long-lived' : 'replaceable' },
});

/**
 * Twelve nodes in three zones. worker-1 to worker-4 are `lifecycle=replaceable`: nothing that blocks a drain or needs
 * `--force` is placed on them, so `--ignore-daemonsets --delete-emptydir-data` empties them within seconds, and the other
 * workers have room for what moves. worker-5 and worker-6 are `long-lived` and hold the pods that a drain stumbles over.
 */
const SHAPES: readonly NodeShape[] = [
  ...[1, 2, 3].map((index) => ({
    name: `control-plane-${index}`,
    zone: zone(index - 1),
    controlPlane: true,
    cpu: 4,
    memoryGi: 16,
    pool: 'control-plane',
  })),
  ...[1, 2, 3, 4, 5, 6].map(general),
  {
    name: 'batch-1',
    zone: zone(0),
    pool: 'batch',
    cpu: 16,
    memoryGi: 64,
    taints: [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }],
    osImage: 'Flatcar Container Linux by Kinvolk 4459.2.0',
    kernelVersion: '6.12.58-flatcar',
  },
  {
    name: 'batch-2',
    zone: zone(1),
    pool: 'batch',
    cpu: 16,
    memoryGi: 64,
    taints: [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }],
    osImage: 'Flatcar Container Linux by Kinvolk 4459.2.0',
    kernelVersion: '6.12.58-flatcar',
  },
  {
    name: OLDER_NODE,
    zone: zone(2),
    pool: 'gpu',
    cpu: 16,
    memoryGi: 128,
    taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
    kubeletVersion: OLDER_VERSION,
    containerRuntimeVersion: 'containerd://1.7.28',
    osImage: 'Ubuntu 22.04.5 LTS',
    kernelVersion: '5.15.0-160-generic',
  },
];

export function defaultNodes(now = Date.now()): Node[] {
  return SHAPES.map((shape, index) => {
    const manifest = node({
      kubeletVersion: DEFAULT_VERSION,
      images,
      index,
      createdAt: new Date(now - (shape.controlPlane ? 212 : 96 - index) * DAY - index * 977_000),
      ...shape,
    });
    if (shape.name !== OLDER_NODE) return manifest;
    const gpus = { 'nvidia.com/gpu': '4' };
    return {
      ...manifest,
      status: {
        ...manifest.status,
        capacity: { ...manifest.status.capacity, ...gpus },
        allocatable: { ...manifest.status.allocatable, ...gpus },
      },
    };
  });
}
