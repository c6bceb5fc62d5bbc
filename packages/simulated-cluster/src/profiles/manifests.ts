import type { Namespace } from '../controllers/coordination-types.js';
import type {
  Container,
  DaemonSet,
  Deployment,
  Job,
  Pod,
  PodDisruptionBudget,
  PodSpec,
  PodTemplate,
  ReplicaSet,
  StatefulSet,
  Volume,
} from '../controllers/kube-types.js';

/** Short forms of the manifests that profiles and tests write over and over; everything can be overridden through `spec`. */
export interface PodShape {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  nodeName?: string;
  cpu?: string;
  memory?: string;
  image?: string;
  volumes?: Volume[];
  spec?: Partial<PodSpec>;
}

export interface WorkloadShape extends Omit<PodShape, 'nodeName' | 'finalizers'> {
  replicas?: number;
}

const selectorLabels = (shape: { name: string; labels?: Record<string, string> }): Record<string, string> => ({
  app: shape.name,
  ...shape.labels,
});

export function container(name: string, image: string, cpu?: string, memory?: string): Container {
  const requests: Record<string, string> = {};
  if (cpu) requests.cpu = cpu;
  if (memory) requests.memory = memory;
  if (!cpu && !memory) return { name, image };
  return { name, image, resources: memory ? { requests, limits: { memory } } : { requests } };
}

function podSpec(shape: Omit<PodShape, 'name'> & { name: string }): PodSpec {
  return {
    ...(shape.nodeName ? { nodeName: shape.nodeName } : {}),
    containers: [container('app', shape.image ?? `registry.example/${shape.name}:1.4.2`, shape.cpu, shape.memory)],
    ...(shape.volumes ? { volumes: shape.volumes } : {}),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
    ...shape.spec,
  };
}

function template(shape: WorkloadShape): PodTemplate {
  return {
    metadata: {
      labels: selectorLabels(shape),
      ...(shape.annotations ? { annotations: shape.annotations } : {}),
    },
    spec: podSpec(shape),
  };
}

const meta = (shape: { name: string; namespace?: string; labels?: Record<string, string> }) => ({
  name: shape.name,
  namespace: shape.namespace ?? 'default',
  labels: selectorLabels(shape),
});

export function namespace(name: string): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

export function pod(shape: PodShape): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: shape.name,
      namespace: shape.namespace ?? 'default',
      labels: selectorLabels(shape),
      ...(shape.annotations ? { annotations: shape.annotations } : {}),
      ...(shape.finalizers ? { finalizers: shape.finalizers } : {}),
    },
    spec: podSpec(shape),
    status: { phase: 'Pending' },
  };
}

export function replicaSet(shape: WorkloadShape): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(shape),
    spec: {
      replicas: shape.replicas ?? 1,
      selector: { matchLabels: selectorLabels(shape) },
      template: template(shape),
    },
  };
}

export function deployment(shape: WorkloadShape): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(shape),
    spec: {
      replicas: shape.replicas ?? 1,
      selector: { matchLabels: selectorLabels(shape) },
      template: template(shape),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
  };
}

export function statefulSet(
  shape: WorkloadShape & { claims?: StatefulSet['spec']['volumeClaimTemplates']; podManagementPolicy?: string },
): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta(shape),
    spec: {
      replicas: shape.replicas ?? 1,
      serviceName: shape.name,
      podManagementPolicy: shape.podManagementPolicy ?? 'OrderedReady',
      selector: { matchLabels: selectorLabels(shape) },
      template: template(shape),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...(shape.claims ? { volumeClaimTemplates: shape.claims } : {}),
    },
  };
}

export function daemonSet(shape: Omit<WorkloadShape, 'replicas'>): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta(shape),
    spec: {
      selector: { matchLabels: selectorLabels(shape) },
      template: template(shape),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    },
  };
}

export function job(shape: Omit<WorkloadShape, 'replicas'> & { completions?: number; parallelism?: number }): Job {
  const withPolicy = { ...shape, spec: { restartPolicy: 'Never', ...shape.spec } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta(shape),
    spec: {
      completions: shape.completions ?? 1,
      parallelism: shape.parallelism ?? 1,
      backoffLimit: 6,
      template: template(withPolicy),
    },
  };
}

export function podDisruptionBudget(
  name: string,
  namespaceName: string,
  matchLabels: Record<string, string>,
  spec: Omit<PodDisruptionBudget['spec'], 'selector'>,
): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: namespaceName },
    spec: { ...spec, selector: { matchLabels } },
  };
}
