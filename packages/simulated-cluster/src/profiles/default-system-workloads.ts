import type { Node, Pod, TypedObject } from '../controllers/kube-types.js';
import { container, daemonSet, deployment, pod, podDisruptionBudget } from './manifests.js';

const EVERYWHERE = [{ operator: 'Exists' }];
const SYSTEM = { priorityClassName: 'system-node-critical', priority: 2_000_001_000 };
const CLUSTER = { priorityClassName: 'system-cluster-critical', priority: 2_000_000_000 };

const agent = (name: string, namespace: string, cpu: string, memory: string, hostPath: string): TypedObject =>
  daemonSet({
    name,
    namespace,
    image: `registry.example/${name}:1.18.2`,
    cpu,
    memory,
    volumes: [{ name: 'host', hostPath: { path: hostPath, type: 'DirectoryOrCreate' } }],
    spec: { tolerations: EVERYWHERE, hostNetwork: true, ...SYSTEM },
  });

/** What every cluster runs for itself: an agent of each kind on every node, DNS, metrics. */
export function defaultSystemWorkloads(): TypedObject[] {
  return [
    agent('cni-agent', 'kube-system', '100m', '128Mi', '/var/run/cni'),
    agent('csi-node', 'kube-system', '30m', '64Mi', '/var/lib/kubelet'),
    agent('node-exporter', 'monitoring', '50m', '48Mi', '/proc'),
    deployment({
      name: 'coredns',
      namespace: 'kube-system',
      replicas: 2,
      cpu: '100m',
      memory: '170Mi',
      labels: { 'k8s-app': 'kube-dns' },
      spec: { nodeSelector: { pool: 'general' }, ...CLUSTER },
    }),
    podDisruptionBudget('coredns', 'kube-system', { 'k8s-app': 'kube-dns' }, { maxUnavailable: 1 }),
    deployment({
      name: 'metrics-server',
      namespace: 'kube-system',
      cpu: '100m',
      memory: '200Mi',
      volumes: [{ name: 'tmp', emptyDir: {} }],
      spec: { nodeSelector: { pool: 'general' }, ...CLUSTER },
    }),
    deployment({
      name: 'ingress',
      namespace: 'ingress',
      replicas: 3,
      cpu: '200m',
      memory: '256Mi',
      spec: { nodeSelector: { pool: 'general' }, terminationGracePeriodSeconds: 60 },
    }),
    podDisruptionBudget('ingress', 'ingress', { app: 'ingress' }, { minAvailable: 2 }),
  ];
}

const STATIC_PODS = [
  ['etcd', '100m', '100Mi', 'registry.k8s.io/etcd:3.6.6-0'],
  ['kube-apiserver', '250m', '512Mi', 'registry.k8s.io/kube-apiserver:v1.35.4'],
  ['kube-controller-manager', '200m', '256Mi', 'registry.k8s.io/kube-controller-manager:v1.35.4'],
  ['kube-scheduler', '100m', '128Mi', 'registry.k8s.io/kube-scheduler:v1.35.4'],
] as const;

/** Mirror pods of the control plane's static pods: read-only shadows that their kubelet owns; a drain leaves them alone. */
export function controlPlaneMirrorPods(node: Node, uid: string): Pod[] {
  const created = node.metadata.creationTimestamp;
  return STATIC_PODS.map(([name, cpu, memory, image]) => {
    const hash = `${name.length}f3a9d2c47b1e60859aa1d3c5e7f9b02`;
    const mirror = pod({
      name: `${name}-${node.metadata.name}`,
      namespace: 'kube-system',
      nodeName: node.metadata.name,
      labels: { component: name, tier: 'control-plane' },
      annotations: {
        'kubernetes.io/config.hash': hash,
        'kubernetes.io/config.mirror': hash,
        'kubernetes.io/config.seen': created ?? '',
        'kubernetes.io/config.source': 'file',
      },
      spec: {
        containers: [container(name, image, cpu, memory)],
        hostNetwork: true,
        tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
        ...SYSTEM,
      },
      volumes: [{ name: 'certs', hostPath: { path: '/etc/kubernetes/pki', type: 'DirectoryOrCreate' } }],
    });
    return {
      ...mirror,
      metadata: {
        ...mirror.metadata,
        creationTimestamp: created,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid, controller: true }],
      },
    };
  });
}
