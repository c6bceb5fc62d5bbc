import type { HostPort, PodSnapshot, ResourceAmounts } from './pod-snapshot.js';

/** What a pod is to others that look for a node. */
export type Neighbour = Pick<PodSnapshot, 'namespace' | 'labels' | 'antiAffinity'>;

/** Pods of one namespace that are the same to all others. */
export interface ResidentGroup extends Neighbour {
  readonly hostPorts: readonly HostPort[];
  /** The node of each of them. */
  readonly nodeNames: Iterable<string>;
}

/** The unfinished pods of a cluster, by what a pod that looks for a node has to know of them. */
export interface Residents {
  /** What they ask for together, with `pods`, their number. */
  usedOn(nodeName: string): ResourceAmounts;
  namespaces(): Iterable<string>;
  groupsIn(namespace: string): Iterable<ResidentGroup>;
  /** With anti-affinity. */
  groupsThatRepel(): Iterable<ResidentGroup>;
  groupsOnHostPorts(): Iterable<ResidentGroup>;
}

/** All that decides where a pod may go, as text: pods with the same text are answered alike. */
export function shapeOf(pod: PodSnapshot): string {
  const { namespace, labels, tolerations, nodeSelector, nodeAffinity, antiAffinity, needs, requests, volumeClaims } =
    pod;
  return JSON.stringify([
    namespace,
    labels,
    tolerations,
    nodeSelector,
    nodeAffinity,
    antiAffinity,
    needs,
    requests,
    volumeClaims,
  ]);
}
