import type { LabelSelector } from '../../../kernel/label-selector.js';
import type { NodeSelector } from './node-selector.js';
import type { Toleration } from './taint.js';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** The owner reference that has `controller: true`. */
export interface ControllerRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A required affinity or anti-affinity term: a matching pod, or none, in the same topology domain. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly selector: LabelSelector | null;
  readonly namespaces: readonly string[];
  /** Selects more namespaces by their labels; null or absent: none, without requirements: all. */
  readonly namespaceSelector?: LabelSelector | null;
}

export interface HostPort {
  readonly port: number;
  readonly protocol: string;
  /** Empty: all addresses. */
  readonly ip: string;
}

/** A constraint that keeps a pod from being scheduled. */
export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: LabelSelector | null;
  /** Nodes that the pod's own selectors, or taints, rule out don't count as domains. */
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

/** What else the scheduler asks for. */
export interface SchedulingNeeds {
  readonly hostPorts: readonly HostPort[];
  readonly affinity: readonly AffinityTerm[];
  readonly spread: readonly SpreadConstraint[];
  /** What nobody but another scheduler or driver can tell, in words. */
  readonly unknown: string | null;
  /** What keeps it from being scheduled anywhere, in words. */
  readonly impossible: string | null;
}

/** A claim of a pod; `nodeAffinity` says where its bound volume can be mounted, null means anywhere. */
export interface VolumeClaimSnapshot {
  readonly claimName: string;
  readonly nodeAffinity: NodeSelector | null;
  /** The CSI driver of its volume; absent: none, or not known. */
  readonly driver?: string;
}

/** Resource name to amount: cpu in millicores, everything else in its base unit (bytes, pieces). */
export type ResourceAmounts = Readonly<Record<string, number>>;

/** What the decisions need of a pod, and no more: made once from the API object. */
export interface PodSnapshot {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly controller: ControllerRef | null;
  /** Has the annotation `kubernetes.io/config.mirror`: the kubelet runs it from a file, the API can't remove it. */
  readonly isMirror: boolean;
  /** Annotations that tell autoscalers not to touch it, as `name: value`; absent: none. */
  readonly keepMarks?: readonly string[];
  readonly phase: PodPhase;
  /** The condition Ready is True. */
  readonly ready: boolean;
  /** When the condition Ready last changed. */
  readonly readyChangedAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  /** When the pod is to be gone at the latest: the time of the request plus its grace period, as Kubernetes writes it. */
  readonly deletionTimestamp: Date | null;
  readonly deletionGracePeriodSeconds: number | null;
  readonly terminationGracePeriodSeconds: number;
  readonly finalizers: readonly string[];
  /** Containers that wait, with the kubelet's reason: `ImagePullBackOff`, `CrashLoopBackOff` … */
  readonly waiting: readonly { readonly container: string; readonly reason: string }[];
  readonly emptyDirVolumes: readonly string[];
  readonly hostPathVolumes: readonly string[];
  readonly volumeClaims: readonly VolumeClaimSnapshot[];
  readonly priority: number;
  readonly priorityClassName: string | null;
  readonly tolerations: readonly Toleration[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity, null without one. */
  readonly nodeAffinity: NodeSelector | null;
  readonly antiAffinity: readonly AffinityTerm[];
  /** Absent: nothing else. */
  readonly needs?: SchedulingNeeds;
  readonly requests: ResourceAmounts;
}

export const podKey = (pod: { readonly namespace: string; readonly name: string }): string =>
  `${pod.namespace}/${pod.name}`;

export const isFinished = (pod: Pick<PodSnapshot, 'phase'>): boolean =>
  pod.phase === 'Succeeded' || pod.phase === 'Failed';

const groupOf = ({ apiVersion }: ControllerRef): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

/** Kubernetes' own, by group and kind. */
export const isDaemonSet = (controller: ControllerRef): boolean =>
  controller.kind === 'DaemonSet' && groupOf(controller) === 'apps';

/** Of a static pod, which the kubelet runs from a file. */
export const isNodeItself = (controller: ControllerRef): boolean =>
  controller.kind === 'Node' && groupOf(controller) === '';
