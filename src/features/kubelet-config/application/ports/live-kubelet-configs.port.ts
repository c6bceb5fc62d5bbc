import type { JsonObject } from '../../domain/json/json-value.js';
import type { NodePlatform } from '../../domain/validation/config-target.js';

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
  flags?: Record<string, string>;
}

/** What the nodes of a cluster are and what their kubelets run, read now and not from memory. */
export abstract class LiveKubeletConfigs {
  /** @throws DomainError CLUSTER_NOT_FOUND, CLUSTER_UNAVAILABLE … */
  abstract nodes(cluster: string, labelSelector?: string): Promise<NodeFacts[]>;
  /** One entry for each node asked for; a kubelet that does not answer is no error. */
  abstract read(cluster: string, nodes: readonly string[]): Promise<Map<string, LiveKubelet>>;
}
