import type { CallOptions, ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import type { KubeEvent } from '../../../platform/kubernetes/kube-objects.js';

/**
 * Events about a node, oldest first. Two queries, as kubectl does: the kubelet names the node's name as the involved
 * uid, controllers name its real one.
 */
export async function nodeEvents(
  api: ClusterApi,
  { metadata }: { metadata: { name: string; uid: string } },
  options: CallOptions = {},
): Promise<KubeEvent[]> {
  const about = (uid: string) =>
    `involvedObject.kind=Node,involvedObject.name=${metadata.name},involvedObject.uid=${uid}`;
  const found = await Promise.all(
    [metadata.uid, metadata.name].map((uid) => api.listEvents({ ...options, fieldSelector: about(uid) })),
  );
  const unique = new Map(found.flat().map((event) => [event.metadata.uid, event]));
  return [...unique.values()].sort((a, b) => lastSeen(a) - lastSeen(b));
}

/** The newest of the times that an event may carry; which one it is depends on who wrote it. */
export function lastSeen({ lastTimestamp, series, eventTime, metadata }: KubeEvent): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
}
