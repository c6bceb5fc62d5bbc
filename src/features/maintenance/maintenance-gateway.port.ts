import type { NodePlatform } from '../../kernel/node-platform.js';
import type { OperationPod } from '../operations/model.js';

/** A node as a run looks at it. */
export interface FleetNode {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly platform: NodePlatform;
}

/** A cluster as a run sees it, kept in step by watches: looking asks the API server nothing. */
export interface FleetView {
  /** All nodes, by uid. */
  readonly nodes: ReadonlyMap<string, FleetNode>;

  /** Whether the etcd member on a node is healthy, by node name; nodes without a member are left out. */
  etcdMembers(): Promise<ReadonlyMap<string, boolean>>;

  /** How many pods of the cluster find no node. */
  pendingPods(): Promise<number>;

  /** By node uid: `namespace/name` of workloads whose replacements for these pods are not Ready. */
  unreadyReplacements(departed: readonly DepartedPods[]): Promise<ReadonlyMap<string, readonly string[]>>;

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

  /** `onChange` comes when a node changes; pods are looked at when a run asks for them. */
  abstract watchFleet(cluster: string, onChange: () => void, signal: AbortSignal): Promise<FleetView>;
}
