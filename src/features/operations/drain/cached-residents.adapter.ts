import type { NodeRow, NodeUsage, PlacedPods, PodGroup, PodPlacement } from '../../clusters/index.js';
import { affinityTerms, hostPorts } from './kubernetes-scheduling.mapper.js';
import { amountsOf, amountsOfRequests } from './kubernetes-snapshot.mapper.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { ResourceAmounts } from './pod-snapshot.js';
import type { ResidentGroup, Residents } from './residents.js';

/** The pods of a cache, or of a list, as the fit looks at them. What does not change is worked out once. */
export class CachedResidents implements Residents {
  constructor(private readonly placed: PlacedPods) {}

  usedOn(nodeName: string): ResourceAmounts {
    const usage = this.placed.usage(nodeName);
    const known = used.get(usage);
    if (known?.revision === usage.revision) return known.amounts;
    const amounts = { ...amountsOfRequests(usage.requests), pods: usage.podCount };
    used.set(usage, { amounts, revision: usage.revision });
    return amounts;
  }

  namespaces(): Iterable<string> {
    return this.placed.namespaces();
  }

  groupsIn(namespace: string): Iterable<ResidentGroup> {
    return groupsOf(this.placed.groupsIn(namespace));
  }

  groupsThatRepel(): Iterable<ResidentGroup> {
    return groupsOf(this.placed.groupsThatRepel());
  }

  groupsOnHostPorts(): Iterable<ResidentGroup> {
    return groupsOf(this.placed.groupsOnHostPorts());
  }
}

const used = new WeakMap<NodeUsage, { readonly amounts: ResourceAmounts; readonly revision: number }>();
const shared = new WeakMap<PodPlacement, Omit<ResidentGroup, 'nodeNames'>>();
const nodes = new WeakMap<NodeRow, NodeSnapshot>();

function* groupsOf(groups: Iterable<PodGroup>): Iterable<ResidentGroup> {
  for (const { placement, pods } of groups) {
    yield { ...remembered(shared, placement, () => sharedOf(placement)), nodeNames: nodeNamesOf(pods) };
  }
}

function* nodeNamesOf(pods: PodGroup['pods']): Iterable<string> {
  for (const { nodeName } of pods) yield nodeName;
}

/** Terms without namespaces mean the pod's own. */
function sharedOf({ namespace, labels, antiAffinity, ports }: PodPlacement): Omit<ResidentGroup, 'nodeNames'> {
  const terms = { requiredDuringSchedulingIgnoredDuringExecution: [...antiAffinity] };
  return { namespace, labels, antiAffinity: affinityTerms(terms, namespace), hostPorts: hostPorts(ports) };
}

export function cachedNode(row: NodeRow): NodeSnapshot {
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
