import { parseQuantity, quantityMillis, quantityUnits } from '../../../kernel/quantity.js';
import type { Node, Pod, PodDisruptionBudget, ResourceList } from '../../../platform/kubernetes/kube-objects.js';
import { platformOfNode } from '../../../platform/kubernetes/platform-of-node.js';
import { podResources, type Resources } from '../../clusters/index.js';
import type { LiveNode } from '../engine/node-gateway.port.js';
import { affinityTerms, schedulingNeeds } from './kubernetes-scheduling.mapper.js';
import { labelSelectorOf } from './label-requirements.js';
import { type NodeSelector, nodeSelectorOf } from './node-selector.js';
import type { PdbSnapshot } from './pdb-snapshot.js';
import type { PodPhase, PodSnapshot, ResourceAmounts } from './pod-snapshot.js';

const MIRROR = 'kubernetes.io/config.mirror';
/** A drain by hand goes past them: they speak to Karpenter and to the cluster autoscaler. */
const KEEP_MARKS: Readonly<Record<string, string>> = {
  'karpenter.sh/do-not-disrupt': 'true',
  'karpenter.sh/do-not-evict': 'true',
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
};
const DEFAULT_GRACE_SECONDS = 30;

const time = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

/** Where the volume of `namespace/claim` can be mounted; undefined when that is not known, MISSING without such a claim. */
export type ClaimAffinity = (claim: string) => NodeSelector | null | undefined | 'MISSING';

/** The CSI driver of the volume of `namespace/claim`, where there is one. */
export type ClaimDriver = (claim: string) => string | undefined;

export function podSnapshotOf(
  pod: Pod,
  affinityOf: ClaimAffinity = () => undefined,
  driverOf: ClaimDriver = () => undefined,
): PodSnapshot {
  const { metadata, spec, status } = pod;
  const namespace = metadata.namespace ?? '';
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  const volumes = spec.volumes ?? [];
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return {
    uid: metadata.uid,
    namespace,
    name: metadata.name,
    nodeName: spec.nodeName ?? null,
    labels: metadata.labels ?? {},
    controller: controller
      ? { apiVersion: controller.apiVersion, kind: controller.kind, name: controller.name, uid: controller.uid }
      : null,
    isMirror: metadata.annotations?.[MIRROR] !== undefined,
    keepMarks: Object.entries(KEEP_MARKS).flatMap(([name, value]) =>
      metadata.annotations?.[name] === value ? [`${name}: ${value}`] : [],
    ),
    phase: (status.phase ?? 'Unknown') as PodPhase,
    ready: ready?.status === 'True',
    readyChangedAt: time(ready?.lastTransitionTime),
    createdAt: new Date(metadata.creationTimestamp),
    startedAt: time(status.startTime),
    deletionTimestamp: time(metadata.deletionTimestamp),
    deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds ?? null,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    finalizers: metadata.finalizers ?? [],
    waiting: waitingContainers(pod),
    emptyDirVolumes: volumes.filter((volume) => volume.emptyDir !== undefined).map((volume) => volume.name),
    hostPathVolumes: volumes.filter((volume) => volume.hostPath !== undefined).map((volume) => volume.name),
    volumeClaims: claimNames(pod).map((claimName) => {
      const driver = driverOf(`${namespace}/${claimName}`);
      const nodeAffinity = known(affinityOf(`${namespace}/${claimName}`));
      return { claimName, nodeAffinity, ...(driver ? { driver } : {}) };
    }),
    priority: spec.priority ?? 0,
    priorityClassName: spec.priorityClassName ?? null,
    tolerations: spec.tolerations ?? [],
    nodeSelector: spec.nodeSelector ?? {},
    nodeAffinity: required ? nodeSelectorOf(required.nodeSelectorTerms) : null,
    antiAffinity: affinityTerms(spec.affinity?.podAntiAffinity, namespace),
    needs: schedulingNeeds(pod, affinityOf),
    requests: requestsOf(pod),
  };
}

const known = (affinity: ReturnType<ClaimAffinity>): NodeSelector | null =>
  affinity === undefined || affinity === 'MISSING' ? null : affinity;

export function nodeSnapshotOf({ metadata, spec, status }: Node): LiveNode {
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    platform: platformOfNode({ metadata, spec, status }),
    resourceVersion: metadata.resourceVersion,
    taints: spec.taints ?? [],
    unschedulable: spec.unschedulable === true,
    ready: ready?.status === 'True',
    readyChangedAt: ready?.lastTransitionTime ? new Date(ready.lastTransitionTime) : null,
    allocatable: amountsOf(status.allocatable ?? status.capacity ?? {}),
  };
}

export function pdbSnapshotOf({ metadata, spec, status }: PodDisruptionBudget, seenAt: Date): PdbSnapshot {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    selector: labelSelectorOf(spec.selector),
    minAvailable: spec.minAvailable ?? null,
    maxUnavailable: spec.maxUnavailable ?? null,
    unhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? 'IfHealthyBudget',
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    expectedPods: status?.expectedPods ?? 0,
    seenAt,
  };
}

/** Ephemeral volumes have a claim that is named after pod and volume. */
function claimNames({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${metadata.name}-${volume.name}`] : [];
  });
}

function waitingContainers({ status }: Pod): { container: string; reason: string }[] {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return all.flatMap(({ name, state }) =>
    state?.waiting?.reason ? [{ container: name, reason: state.waiting.reason }] : [],
  );
}

const requestsOf = ({ spec, status }: Pod): ResourceAmounts => amountsOfRequests(podResources(spec, status).requests);

export function amountsOfRequests(requests: Resources): ResourceAmounts {
  const amounts: Record<string, number> = {};
  for (const [name, quantity] of Object.entries(requests)) {
    amounts[name] = name === 'cpu' ? quantityMillis(quantity) : quantityUnits(quantity);
  }
  return amounts;
}

export function amountsOf(list: ResourceList): ResourceAmounts {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(list)) {
    const quantity = parseQuantity(text);
    if (quantity) amounts[name] = name === 'cpu' ? quantityMillis(quantity) : quantityUnits(quantity);
  }
  return amounts;
}
