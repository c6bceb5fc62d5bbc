import type { Node, Pod, PodSpec, PodStatus, TypedObject } from '../controllers/kube-types.js';
import type { KubeObject, NewKubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { container, podDisruptionBudget, replicaSet } from './manifests.js';
import { node } from './node-manifest.js';

export interface ScaleOptions {
  nodes?: number;
  podsPerNode?: number;
}

const NAMESPACES = 50;
const SETS_PER_NAMESPACE = 40;
const DAY = 24 * 3600 * 1000;

/** Pods of a daemon set would need an affinity of their own each; these shapes are shared by all pods that have them. */
const SHAPES = [
  { cpu: '50m', memory: '64Mi' },
  { cpu: '100m', memory: '128Mi' },
  { cpu: '200m', memory: '256Mi' },
  { cpu: '250m', memory: '512Mi' },
] as const;

/**
 * 5,000 nodes with 30 pods each. Pods of one replica set share spec, labels and most of status, so that what differs per
 * pod is a few hundred bytes; the store freezes shared parts once.
 */
export function loadScaleProfile(store: ObjectStore, options: ScaleOptions = {}): void {
  const nodes = options.nodes ?? 5_000;
  const podsPerNode = options.podsPerNode ?? 30;
  const now = Date.now();
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    store.create('Namespace', { metadata: { name } });
  }
  const nodeNames = createNodes(store, nodes, now);
  createPods(store, nodeNames, podsPerNode, now);
}

function createNodes(store: ObjectStore, count: number, now: number): string[] {
  const names: string[] = [];
  // Sub-objects that are the same on every node of a pool are taken from its first node.
  const shared = new Map<string, Node['status']>();
  for (let index = 0; index < count; index += 1) {
    const pool = index % 10 === 9 ? 'batch' : 'general';
    const name = `node-${String(index).padStart(5, '0')}`;
    const manifest = node({
      name,
      index: index % 2_560,
      zone: `eu-north-1${'abc'[index % 3]}`,
      pool,
      cpu: 16,
      memoryGi: 64,
      createdAt: new Date(now - (10 + (index % 90)) * DAY),
      kubeletVersion: index % 100 === 0 ? 'v1.34.7' : 'v1.35.4',
      unschedulable: index % 250 === 17,
    });
    const status = shared.get(pool) ?? manifest.status;
    shared.set(pool, status);
    const { capacity, allocatable, conditions } = status;
    create(store, {
      ...manifest,
      status: {
        ...manifest.status,
        capacity,
        allocatable,
        conditions,
        // No kubelet listens for these nodes; port 0 says so.
        daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      },
    } as TypedObject);
    names.push(name);
  }
  return names;
}

function createPods(store: ObjectStore, nodeNames: readonly string[], podsPerNode: number, now: number): void {
  const total = nodeNames.length * podsPerNode;
  const setCount = NAMESPACES * SETS_PER_NAMESPACE;
  const startTime = new Date(now - DAY).toISOString().replace(/\.\d+Z$/, 'Z');
  let nextNode = 0;
  for (let index = 0; index < setCount; index += 1) {
    const namespace = `team-${String(index % NAMESPACES).padStart(2, '0')}`;
    if (index < NAMESPACES) store.create('Namespace', { metadata: { name: namespace } });
    const replicas = Math.floor(total / setCount) + (index < total % setCount ? 1 : 0);
    const set = createSet(store, index, namespace, replicas);
    const template = podTemplate(set, startTime);
    for (let replica = 0; replica < replicas; replica += 1) {
      store.create('Pod', podOf(template, set, replica, nodeNames[nextNode] as string) as unknown as NewKubeObject);
      nextNode = (nextNode + 1) % nodeNames.length;
    }
    if (index % 4 === 0) {
      create(
        store,
        podDisruptionBudget(set.metadata.name, namespace, { app: set.metadata.name }, { maxUnavailable: '10%' }),
      );
    }
  }
}

function createSet(store: ObjectStore, index: number, namespace: string, replicas: number): KubeObject {
  const shape = SHAPES[index % SHAPES.length] as (typeof SHAPES)[number];
  const name = `app-${String(index).padStart(4, '0')}`;
  const spec: Partial<PodSpec> = {
    containers: [container('app', `registry.example/app:${index % 7}.0.0`, shape.cpu, shape.memory)],
    // Complete, so that the store does not make a copy with defaults for each pod.
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  };
  return create(store, replicaSet({ name, namespace, replicas, spec }));
}

interface PodTemplateParts {
  labels: Record<string, string>;
  ownerReferences: Pod['metadata']['ownerReferences'];
  spec: PodSpec;
  status: PodStatus;
  startTime: string;
}

function podTemplate(set: KubeObject, startTime: string): PodTemplateParts {
  const { name, uid } = set.metadata;
  const { template } = set.spec;
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
    (type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: startTime }),
  );
  const image = template.spec.containers[0].image as string;
  return {
    labels: template.metadata.labels,
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name,
        uid: uid as string,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    spec: template.spec,
    startTime,
    status: {
      phase: 'Running',
      qosClass: 'Burstable',
      startTime,
      hostIP: '127.0.0.1',
      conditions,
      containerStatuses: [
        {
          name: 'app',
          image,
          imageID: `${image}@sha256:0`,
          containerID: 'containerd://0',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: startTime } },
          lastState: {},
        },
      ],
    },
  };
}

function podOf(template: PodTemplateParts, set: KubeObject, replica: number, nodeName: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${set.metadata.name}-${replica.toString(36).padStart(5, 'b')}`,
      namespace: set.metadata.namespace,
      labels: template.labels,
      ownerReferences: template.ownerReferences,
      creationTimestamp: template.startTime,
    },
    spec: { ...template.spec, nodeName },
    status: template.status,
  };
}

const create = (store: ObjectStore, object: TypedObject): KubeObject =>
  store.create(object.kind, object as unknown as NewKubeObject);
