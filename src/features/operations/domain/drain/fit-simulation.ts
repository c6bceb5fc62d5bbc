import { matchesNodeSelector } from '../cluster-view/node-selector.js';
import type { NodeSnapshot } from '../cluster-view/node-snapshot.js';
import { type HostPort, isFinished, type PodSnapshot } from '../cluster-view/pod-snapshot.js';
import { tolerates, UNSCHEDULABLE_TAINT } from '../cluster-view/taint.js';
import { Neighbourhood, type NeighbourRules, neighbourRefusal } from './fit-domains.js';

/** A pod that stays where it is and takes room there. */
export type Occupant = Pick<
  PodSnapshot,
  'nodeName' | 'namespace' | 'labels' | 'requests' | 'phase' | 'antiAffinity' | 'needs'
>;

/** The rest of the cluster. */
export interface Elsewhere {
  readonly nodes: readonly NodeSnapshot[];
  readonly occupants: readonly Occupant[];
  /** How old it is, where it was not read for this plan. */
  readonly staleSeconds?: number;
  /** By name, for terms that select namespaces. */
  readonly namespaceLabels?: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export interface FitSurroundings {
  readonly namespaceLabels?: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;
  /** Nodes that are being drained, with what stays on them: no place to go, and still domains. */
  readonly leaving?: readonly { readonly node: NodeSnapshot; readonly stay: readonly PodSnapshot[] }[];
}

export interface UnplacedPod {
  readonly uid: string;
  /** In the scheduler's manner: `0/3 nodes are available: 2 Insufficient cpu, 1 unschedulable.` */
  readonly message: string;
  readonly reasons: readonly { readonly reason: string; readonly nodes: number }[];
}

export interface FitReport {
  readonly placements: ReadonlyMap<string, string>;
  readonly unplaced: readonly UnplacedPod[];
  /** Pods that somebody else places, with the reason why nothing is said of them. */
  readonly unknown: ReadonlyMap<string, string>;
}

interface Room {
  readonly node: NodeSnapshot;
  readonly used: Record<string, number>;
  readonly ports: HostPort[];
}

/**
 * Where the replacements of the given pods could run. A report, never a promise: it is a greedy walk in the scheduler's
 * order (higher priority first) with its hard rules, and knows neither preemption nor soft preferences nor volume limits.
 */
export function simulateFit(
  pods: readonly PodSnapshot[],
  nodes: readonly NodeSnapshot[],
  occupants: readonly Occupant[],
  { namespaceLabels = new Map(), leaving = [] }: FitSurroundings = {},
): FitReport {
  const rooms = new Map(nodes.map((node) => [node.name, { node, used: { pods: 0 }, ports: [] } as Room]));
  const neighbours = new Neighbourhood([...nodes, ...leaving.map(({ node }) => node)], namespaceLabels);
  for (const occupant of occupants) {
    const room = occupant.nodeName === null ? undefined : rooms.get(occupant.nodeName);
    if (room && !isFinished(occupant)) occupy(neighbours, room, occupant);
  }
  for (const { node, stay } of leaving) for (const pod of stay) if (!isFinished(pod)) neighbours.add(pod, node);
  const placements = new Map<string, string>();
  const unplaced: UnplacedPod[] = [];
  const unknown = new Map<string, string>();
  const queue = [...pods].sort((a, b) => b.priority - a.priority || load(b) - load(a) || (a.uid < b.uid ? -1 : 1));
  for (const pod of queue) {
    if (pod.needs?.impossible) {
      unplaced.push({
        uid: pod.uid,
        message: pod.needs.impossible,
        reasons: [{ reason: pod.needs.impossible, nodes: rooms.size }],
      });
      continue;
    }
    if (pod.needs?.unknown) {
      unknown.set(pod.uid, pod.needs.unknown);
      continue;
    }
    const { best, refusals } = bestRoom(pod, rooms, neighbours.rulesFor(pod));
    if (best) {
      placements.set(pod.uid, best.node.name);
      occupy(neighbours, best, pod);
    } else unplaced.push(unplacedPod(pod, refusals, rooms.size));
  }
  return { placements, unplaced, unknown };
}

function bestRoom(pod: PodSnapshot, rooms: ReadonlyMap<string, Room>, rules: NeighbourRules) {
  const refusals = new Map<string, number>();
  let best: Room | null = null;
  let least = Infinity;
  for (const room of rooms.values()) {
    const refusal = refusalOf(pod, room, rules);
    if (refusal !== null) {
      refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
      continue;
    }
    const share = loadShare(room);
    if (best && share >= least) continue;
    best = room;
    least = share;
  }
  return { best, refusals };
}

function occupy(neighbours: Neighbourhood, room: Room, pod: Omit<Occupant, 'phase' | 'nodeName'>): void {
  const { used } = room;
  for (const name in pod.requests) used[name] = (used[name] ?? 0) + (pod.requests[name] ?? 0);
  room.used.pods = (room.used.pods ?? 0) + 1;
  if (pod.needs && pod.needs.hostPorts.length > 0) room.ports.push(...pod.needs.hostPorts);
  neighbours.add(pod, room.node);
}

const load = (pod: PodSnapshot): number => (pod.requests.cpu ?? 0) / 1000 + (pod.requests.memory ?? 0) / 2 ** 32;

function loadShare({ node, used }: Room): number {
  const share = (name: string) => (used[name] ?? 0) / Math.max(1, node.allocatable[name] ?? 0);
  return share('cpu') + share('memory');
}

/** The first hard rule that keeps the pod off the node, cheapest checks first; null if it fits. */
function refusalOf(pod: PodSnapshot, { node, used, ports }: Room, rules: NeighbourRules): string | null {
  if (!node.ready) return 'not Ready';
  if (node.unschedulable && !tolerates(pod.tolerations, UNSCHEDULABLE_TAINT)) return 'unschedulable';
  const taint = node.taints.find((each) => each.effect !== 'PreferNoSchedule' && !tolerates(pod.tolerations, each));
  if (taint) return `untolerated taint {${taint.key}${taint.value ? `: ${taint.value}` : ''}}`;
  if (!matchesNodeLabels(pod, node)) return 'no match for node selector';
  if (pod.nodeAffinity && !matchesNodeSelector(pod.nodeAffinity, node)) return 'no match for node affinity';
  for (const { nodeAffinity } of pod.volumeClaims) {
    if (nodeAffinity && !matchesNodeSelector(nodeAffinity, node)) return 'volume bound to another place';
  }
  if ((used.pods ?? 0) + 1 > (node.allocatable.pods ?? 110)) return 'too many pods';
  for (const name in pod.requests) {
    const amount = pod.requests[name] ?? 0;
    if (amount > 0 && amount + (used[name] ?? 0) > (node.allocatable[name] ?? 0)) return `Insufficient ${name}`;
  }
  return portRefusal(pod, ports) ?? neighbourRefusal(rules, node);
}

function matchesNodeLabels({ nodeSelector }: PodSnapshot, { labels }: NodeSnapshot): boolean {
  for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false;
  return true;
}

function portRefusal({ needs }: PodSnapshot, ports: readonly HostPort[]): string | null {
  const taken = needs?.hostPorts.find((port) => ports.some((other) => clash(port, other)));
  return taken ? `host port ${taken.port}/${taken.protocol} taken` : null;
}

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '' || b.ip === '');

function unplacedPod(pod: PodSnapshot, refusals: ReadonlyMap<string, number>, nodes: number): UnplacedPod {
  const reasons = [...refusals].map(([reason, count]) => ({ reason, nodes: count }));
  reasons.sort((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
  const list = reasons.map(({ reason, nodes: count }) => `${count} ${reason}`).join(', ');
  return { uid: pod.uid, reasons, message: `0/${nodes} nodes are available${list ? `: ${list}` : ''}.` };
}
