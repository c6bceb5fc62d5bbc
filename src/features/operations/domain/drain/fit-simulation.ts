import { matchesLabels } from '../../../../kernel/label-selector.js';
import { matchesNodeSelector } from '../cluster-view/node-selector.js';
import type { NodeSnapshot } from '../cluster-view/node-snapshot.js';
import { type AntiAffinityTerm, isFinished, type PodSnapshot } from '../cluster-view/pod-snapshot.js';
import { tolerates, UNSCHEDULABLE_TAINT } from '../cluster-view/taint.js';

/** A pod that stays where it is and takes room there. */
export type Occupant = Pick<PodSnapshot, 'nodeName' | 'namespace' | 'labels' | 'requests' | 'phase' | 'antiAffinity'>;

export interface UnplacedPod {
  readonly uid: string;
  /** In the scheduler's manner: `0/3 nodes are available: 2 Insufficient cpu, 1 unschedulable.` */
  readonly message: string;
  readonly reasons: readonly { readonly reason: string; readonly nodes: number }[];
}

export interface FitReport {
  readonly placements: ReadonlyMap<string, string>;
  readonly unplaced: readonly UnplacedPod[];
}

interface Room {
  readonly node: NodeSnapshot;
  readonly used: Record<string, number>;
  readonly residents: Pick<PodSnapshot, 'namespace' | 'labels'>[];
}

interface Cluster {
  readonly rooms: ReadonlyMap<string, Room>;
  /** Terms of pods that are placed: few pods have any, so that they are not searched for on each node. */
  readonly repellers: { readonly term: AntiAffinityTerm; readonly at: Room }[];
}

/**
 * Where the replacements of the given pods could run. A report, never a promise: it is a greedy walk in the scheduler's
 * order (higher priority first) with its hard rules, and knows neither preemption nor soft preferences.
 */
export function simulateFit(
  pods: readonly PodSnapshot[],
  nodes: readonly NodeSnapshot[],
  occupants: readonly Occupant[],
): FitReport {
  const rooms = new Map(nodes.map((node) => [node.name, { node, used: { pods: 0 }, residents: [] } as Room]));
  const cluster: Cluster = { rooms, repellers: [] };
  for (const occupant of occupants) {
    const room = occupant.nodeName === null ? undefined : rooms.get(occupant.nodeName);
    if (room && !isFinished(occupant)) occupy(cluster, room, occupant);
  }
  const placements = new Map<string, string>();
  const unplaced: UnplacedPod[] = [];
  const queue = [...pods].sort((a, b) => b.priority - a.priority || load(b) - load(a) || (a.uid < b.uid ? -1 : 1));
  for (const pod of queue) {
    const refusals = new Map<string, number>();
    let best: Room | null = null;
    for (const room of rooms.values()) {
      const refusal = refusalOf(pod, room, cluster);
      if (refusal !== null) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
      else if (!best || loadShare(room) < loadShare(best)) best = room;
    }
    if (best) {
      placements.set(pod.uid, best.node.name);
      occupy(cluster, best, pod);
    } else unplaced.push(unplacedPod(pod, refusals, rooms.size));
  }
  return { placements, unplaced };
}

function occupy(
  cluster: Cluster,
  room: Room,
  pod: Pick<Occupant, 'requests' | 'namespace' | 'labels' | 'antiAffinity'>,
): void {
  for (const [name, amount] of Object.entries(pod.requests)) room.used[name] = (room.used[name] ?? 0) + amount;
  room.used.pods = (room.used.pods ?? 0) + 1;
  room.residents.push(pod);
  for (const term of pod.antiAffinity) cluster.repellers.push({ term, at: room });
}

const load = (pod: PodSnapshot): number => (pod.requests.cpu ?? 0) / 1000 + (pod.requests.memory ?? 0) / 2 ** 32;

function loadShare({ node, used }: Room): number {
  const share = (name: string) => (used[name] ?? 0) / Math.max(1, node.allocatable[name] ?? 0);
  return share('cpu') + share('memory');
}

/** The first hard rule that keeps the pod off the node, cheapest checks first; null if it fits. */
function refusalOf(pod: PodSnapshot, room: Room, cluster: Cluster): string | null {
  const { node, used } = room;
  if (!node.ready) return 'not Ready';
  if (node.unschedulable && !tolerates(pod.tolerations, UNSCHEDULABLE_TAINT)) return 'unschedulable';
  const taint = node.taints.find((each) => each.effect !== 'PreferNoSchedule' && !tolerates(pod.tolerations, each));
  if (taint) return `untolerated taint {${taint.key}${taint.value ? `: ${taint.value}` : ''}}`;
  for (const [key, value] of Object.entries(pod.nodeSelector)) {
    if (node.labels[key] !== value) return 'no match for node selector';
  }
  if (pod.nodeAffinity && !matchesNodeSelector(pod.nodeAffinity, node)) return 'no match for node affinity';
  for (const { nodeAffinity } of pod.volumeClaims) {
    if (nodeAffinity && !matchesNodeSelector(nodeAffinity, node)) return 'volume bound to another place';
  }
  if ((used.pods ?? 0) + 1 > (node.allocatable.pods ?? 110)) return 'too many pods';
  for (const [name, amount] of Object.entries(pod.requests)) {
    if (amount > 0 && amount + (used[name] ?? 0) > (node.allocatable[name] ?? 0)) return `Insufficient ${name}`;
  }
  return repelled(pod, room, cluster) ? 'pod anti-affinity' : null;
}

/** Anti-affinity holds in both directions: the pod's own terms, and those of pods that already run in the domain. */
function repelled(pod: PodSnapshot, room: Room, cluster: Cluster): boolean {
  for (const term of pod.antiAffinity) {
    const domain = room.node.labels[term.topologyKey];
    if (domain === undefined) continue;
    const others = [...cluster.rooms.values()].filter(({ node }) => node.labels[term.topologyKey] === domain);
    if (others.some((each) => each.residents.some((other) => repels(term, other)))) return true;
  }
  return cluster.repellers.some(({ term, at }) => {
    const domain = at.node.labels[term.topologyKey];
    return domain !== undefined && room.node.labels[term.topologyKey] === domain && repels(term, pod);
  });
}

function repels(term: AntiAffinityTerm, other: Pick<PodSnapshot, 'namespace' | 'labels'>): boolean {
  return (
    term.selector !== null && term.namespaces.includes(other.namespace) && matchesLabels(term.selector, other.labels)
  );
}

function unplacedPod(pod: PodSnapshot, refusals: ReadonlyMap<string, number>, nodes: number): UnplacedPod {
  const reasons = [...refusals].map(([reason, count]) => ({ reason, nodes: count }));
  reasons.sort((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
  const list = reasons.map(({ reason, nodes: count }) => `${count} ${reason}`).join(', ');
  return { uid: pod.uid, reasons, message: `0/${nodes} nodes are available${list ? `: ${list}` : ''}.` };
}
