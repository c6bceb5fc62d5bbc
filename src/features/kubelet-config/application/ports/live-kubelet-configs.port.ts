import type { NodePlatform } from '../../../../kernel/node-platform.js';
import type { ReportedGates } from '../../domain/fields/feature-gates.js';
import type { JsonObject } from '../../domain/json/json-value.js';

export interface NodeFacts {
  node: string;
  uid: string;
  labels: Record<string, string>;
  kubeletVersion: string;
  platform: NodePlatform;
}

export interface LiveKubelet {
  /** The document inside configz's `kubeletconfig`; null where it could not be read. */
  live: JsonObject | null;
  /** Why it could not be read, for people. */
  problem?: string;
  dropInDirectory?: string | null;
  configFile?: string;
  flags?: Record<string, string>;
  gates?: ReportedGates;
  cgroupVersion?: number;
}

export interface ReadKubelets {
  /** Asks each kubelet also for what its metrics tell: the feature gates that it has on, and the host's cgroup version. */
  withMetrics: boolean;
}

/** What the nodes of a cluster are and what their kubelets run. */
export abstract class LiveKubeletConfigs {
  /**
   * The nodes of these names that exist, each read live.
   * @throws DomainError CLUSTER_NOT_FOUND, CLUSTER_UNAVAILABLE …
   */
  abstract named(cluster: string, names: readonly string[]): Promise<NodeFacts[]>;
  /** Nodes by labels, from memory where this process holds the nodes and they are fresh. @throws as named */
  abstract selected(cluster: string, labelSelector: string): Promise<NodeFacts[]>;
  /** Nodes by labels as they are now, for what is bound to them. @throws as named */
  abstract selectedNow(cluster: string, labelSelector: string): Promise<NodeFacts[]>;
  /** One entry for each node asked for; a kubelet that does not answer is no error. */
  abstract read(cluster: string, nodes: readonly NodeFacts[], what: ReadKubelets): Promise<Map<string, LiveKubelet>>;
}
