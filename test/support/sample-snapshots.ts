import type { NodeSnapshot } from '../../src/features/operations/drain/node-snapshot.js';
import type { PdbSnapshot } from '../../src/features/operations/drain/pdb-snapshot.js';
import type { ControllerRef, PodSnapshot } from '../../src/features/operations/drain/pod-snapshot.js';
import type { LabelSelector } from '../../src/kernel/label-selector.js';

export const NOON = new Date('2026-11-23T12:00:00Z');
export const secondsAfter = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

export const controller = (kind: string, name: string): ControllerRef => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  name,
  uid: `uid-${kind}-${name}`,
});

/** A Running, Ready pod of a replica set that started ten minutes before NOON and took 4 s to become Ready. */
export function samplePod(name: string, changes: Partial<PodSnapshot> = {}): PodSnapshot {
  return {
    uid: `uid-${changes.namespace ?? 'payments'}-${name}`,
    namespace: 'payments',
    name,
    nodeName: 'worker-1',
    labels: { app: 'api' },
    controller: controller('ReplicaSet', 'api'),
    isMirror: false,
    phase: 'Running',
    ready: true,
    readyChangedAt: secondsAfter(NOON, -596),
    createdAt: secondsAfter(NOON, -600),
    startedAt: secondsAfter(NOON, -600),
    deletionTimestamp: null,
    deletionGracePeriodSeconds: null,
    terminationGracePeriodSeconds: 30,
    finalizers: [],
    waiting: [],
    emptyDirVolumes: [],
    hostPathVolumes: [],
    volumeClaims: [],
    priority: 0,
    priorityClassName: null,
    tolerations: [],
    nodeSelector: {},
    nodeAffinity: null,
    antiAffinity: [],
    requests: { cpu: 100, memory: 128 * 2 ** 20 },
    ...changes,
  };
}

export const selects = (labels: Record<string, string>): LabelSelector => ({
  requirements: Object.entries(labels).map(([key, value]) => ({ key, operator: '=', values: [value] })),
});

/** Over `app=api` in payments: 3 expected, all healthy, 2 needed. */
export function samplePdb(changes: Partial<PdbSnapshot> = {}): PdbSnapshot {
  return {
    namespace: 'payments',
    name: 'api',
    selector: selects({ app: 'api' }),
    minAvailable: 2,
    maxUnavailable: null,
    unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    generation: 1,
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    seenAt: NOON,
    ...changes,
  };
}

export function sampleNode(name: string, changes: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return {
    name,
    uid: `uid-${name}`,
    labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': 'zone-a' },
    taints: [],
    unschedulable: false,
    ready: true,
    readyChangedAt: NOON,
    allocatable: { cpu: 4000, memory: 8 * 2 ** 30, pods: 110 },
    ...changes,
  };
}
