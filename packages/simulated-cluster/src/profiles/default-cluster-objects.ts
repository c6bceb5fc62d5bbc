import type { TypedObject } from '../controllers/kube-types.js';
import { namespace } from './manifests.js';

const NAMESPACES = [
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'batch',
  'data',
  'ingress',
  'ml',
  'monitoring',
  'node-steward',
  'payments',
  'shop',
  'web',
];

const priorityClass = (name: string, value: number, description: string) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
  preemptionPolicy: 'PreemptLowerPriority',
});

const serviceAccount = (name: string, inNamespace: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: inNamespace },
});

/** Namespaces, classes and accounts that the workloads refer to. */
export function defaultClusterObjects(kubeletConfigYaml: string): TypedObject[] {
  return [
    ...NAMESPACES.map(namespace),
    ...NAMESPACES.map((name) => serviceAccount('default', name)),
    serviceAccount('node-steward', 'node-steward'),
    priorityClass('system-node-critical', 2_000_001_000, 'Must not be moved from its node.'),
    priorityClass('system-cluster-critical', 2_000_000_000, 'Must run somewhere in the cluster.'),
    priorityClass('business-critical', 100_000, 'Goes before ordinary applications.'),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'csi.simulation.node-steward.dev',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    } as TypedObject,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubelet-config', namespace: 'kube-system' },
      data: { kubelet: kubeletConfigYaml },
    } as TypedObject,
  ];
}
