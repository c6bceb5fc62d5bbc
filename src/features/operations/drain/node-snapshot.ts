import type { ResourceAmounts } from './pod-snapshot.js';
import type { Taint } from './taint.js';

export interface NodeSnapshot {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** The condition Ready is True; False, Unknown and absent all mean that the node can't be counted on. */
  readonly ready: boolean;
  /** When the condition Ready last changed. */
  readonly readyChangedAt: Date | null;
  /** With `pods`, the number of pods the kubelet admits. */
  readonly allocatable: ResourceAmounts;
}

const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

export const zoneOf = (node: Pick<NodeSnapshot, 'labels'>): string | null =>
  ZONE_LABELS.map((label) => node.labels[label]).find((zone) => zone) ?? null;

export const isControlPlane = (node: Pick<NodeSnapshot, 'labels'>): boolean =>
  CONTROL_PLANE_LABELS.some((label) => Object.hasOwn(node.labels, label));
