import type { NodePlatform } from '../../../../kernel/node-platform.js';
import type { OperationPod } from '../operation-pod.js';

/** A node as a run looks at it. */
export interface FleetNode {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly platform: NodePlatform;
}

/** All nodes of a cluster, kept in step by a watch. */
export interface FleetView {
  /** By uid. */
  readonly nodes: ReadonlyMap<string, FleetNode>;
  stop(): Promise<void>;
}

/** Pods that left a node, and since when. */
export interface DepartedPods {
  readonly nodeUid: string;
  readonly since: Date;
  readonly pods: readonly OperationPod[];
}

/** What a maintenance run needs to see of a cluster. */
export abstract class MaintenanceGateway {
  /** The nodes as they are now, live, for decisions of the moment. */
  abstract listNodes(cluster: string): Promise<FleetNode[]>;

  abstract watchNodes(cluster: string, onChange: () => void, signal: AbortSignal): Promise<FleetView>;

  /** Whether the etcd member on a node is healthy, by node name; nodes without a member are left out. */
  abstract etcdMembers(cluster: string, signal: AbortSignal): Promise<ReadonlyMap<string, boolean>>;

  /** How many pods of the cluster find no node. */
  abstract pendingPods(cluster: string, signal: AbortSignal): Promise<number>;

  /** By node uid: `namespace/name` of workloads whose replacements for these pods are not Ready. */
  abstract unreadyReplacements(
    cluster: string,
    departed: readonly DepartedPods[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly string[]>>;
}
