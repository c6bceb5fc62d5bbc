import type { ClusterCache, NodeRow, PodPlacement, PodRow, Resources } from '../../clusters/index.js';
import type { Elsewhere, Occupant } from './fit-simulation.js';
import { affinityTerms, hostPorts } from './kubernetes-scheduling.mapper.js';
import { amountsOf, amountsOfRequests } from './kubernetes-snapshot.mapper.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { PodPhase, PodSnapshot, ResourceAmounts } from './pod-snapshot.js';

type Shared = Pick<PodSnapshot, 'labels' | 'antiAffinity' | 'needs'>;

/** The rest of the cluster from the rows of its cache. What many pods share is worked out once. */
export function cachedElsewhere(cache: ClusterCache, leaving: ReadonlySet<string>): Elsewhere {
  const occupants: Occupant[] = [];
  for (const row of cache.pods()) {
    if (row.nodeName !== '' && !leaving.has(row.nodeName)) occupants.push(occupantOf(row));
  }
  const nodes: NodeSnapshot[] = [];
  for (const row of cache.nodes()) if (!leaving.has(row.name)) nodes.push(nodeOf(row));
  return { nodes, occupants };
}

const requests = new WeakMap<Resources, ResourceAmounts>();
const placements = new WeakMap<PodPlacement, Map<string, Shared>>();
const nodes = new WeakMap<NodeRow, NodeSnapshot>();

function occupantOf({ nodeName, namespace, phase, resources, placement }: PodRow): Occupant {
  const { labels, antiAffinity, needs } = sharedOf(placement, namespace);
  return {
    nodeName,
    namespace,
    phase: phase as PodPhase,
    labels,
    antiAffinity,
    needs: needs as NonNullable<typeof needs>,
    requests: remembered(requests, resources.requests, () => amountsOfRequests(resources.requests)),
  };
}

/** Terms without namespaces mean the pod's own. */
function sharedOf(placement: PodPlacement, namespace: string): Shared {
  const byNamespace = remembered(placements, placement, () => new Map<string, Shared>());
  let shared = byNamespace.get(namespace);
  if (!shared) {
    const terms = { requiredDuringSchedulingIgnoredDuringExecution: [...placement.antiAffinity] };
    shared = {
      labels: placement.labels,
      antiAffinity: affinityTerms(terms, namespace),
      needs: { hostPorts: hostPorts(placement.ports), affinity: [], spread: [], unknown: null, impossible: null },
    };
    byNamespace.set(namespace, shared);
  }
  return shared;
}

function nodeOf(row: NodeRow): NodeSnapshot {
  return remembered(nodes, row, () => ({
    name: row.name,
    uid: row.uid,
    labels: row.labels,
    taints: row.taints,
    unschedulable: !row.schedulable,
    ready: row.ready,
    readyChangedAt: null,
    allocatable: amountsOf(Object.keys(row.allocatable).length > 0 ? row.allocatable : row.capacity),
  }));
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
