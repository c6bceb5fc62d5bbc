import { Neighbourhood, type NeighbourRules } from './fit-domains.js';
import { changesFor, type Room, refusalOf, volumesByDriver } from './fit-rules.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { isFinished, type PodSnapshot } from './pod-snapshot.js';

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
  readonly volumeRoom?: VolumeRoom;
}

/** Node to driver to how many volumes more it can attach; null: it could not be read. */
export type VolumeRoom = ReadonlyMap<string, ReadonlyMap<string, number>> | null;

export interface FitSurroundings {
  readonly namespaceLabels?: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;
  /** Nodes that are being drained, with what stays on them: no place to go, and still domains. */
  readonly volumeRoom?: VolumeRoom | undefined;
  readonly leaving?: readonly { readonly node: NodeSnapshot; readonly stay: readonly PodSnapshot[] }[];
}

export interface UnplacedPod {
  readonly uid: string;
  /** In the scheduler's manner: `0/3 nodes are available: 2 Insufficient cpu, 1 unschedulable.` */
  readonly message: string;
  readonly reasons: readonly { readonly reason: string; readonly nodes: number }[];
  /** What a person can change so that it fits, the least first; alternatives. */
  readonly changes: readonly string[];
}

export interface FitReport {
  readonly placements: ReadonlyMap<string, string>;
  readonly unplaced: readonly UnplacedPod[];
  /** Pods that somebody else places, with the reason why nothing is said of them. */
  readonly unknown: ReadonlyMap<string, string>;
}

/**
 * Where the replacements of the given pods could run. A report, never a promise: it is a greedy walk in the scheduler's
 * order (higher priority first) with its hard rules, and knows neither preemption nor soft preferences.
 */
export function simulateFit(
  pods: readonly PodSnapshot[],
  nodes: readonly NodeSnapshot[],
  occupants: readonly Occupant[],
  { namespaceLabels = new Map(), leaving = [], volumeRoom }: FitSurroundings = {},
): FitReport {
  const rooms = new Map(nodes.map((node) => [node.name, emptyRoom(node, volumeRoom)]));
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
        changes: [],
        reasons: [{ reason: pod.needs.impossible, nodes: rooms.size }],
      });
      continue;
    }
    const unclear = pod.needs?.unknown ?? volumesUnclear(pod, volumeRoom);
    if (unclear) {
      unknown.set(pod.uid, unclear);
      continue;
    }
    const rules = neighbours.rulesFor(pod);
    const { best, refusals } = bestRoom(pod, rooms, rules);
    if (best) {
      placements.set(pod.uid, best.node.name);
      occupy(neighbours, best, pod);
      attach(best, pod);
    } else {
      const changes = changesFor(pod, rooms.values(), rules);
      unplaced.push({ ...unplacedPod(pod, refusals, rooms.size), changes });
    }
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

function attach({ volumes }: Room, pod: PodSnapshot): void {
  for (const [driver, count] of volumesByDriver(pod)) {
    const left = volumes.get(driver);
    if (left !== undefined) volumes.set(driver, left - count);
  }
}

function emptyRoom(node: NodeSnapshot, volumeRoom: VolumeRoom | undefined): Room {
  return { node, used: { pods: 0 }, ports: [], volumes: new Map(volumeRoom?.get(node.name)) };
}

function volumesUnclear(pod: PodSnapshot, volumeRoom: VolumeRoom | undefined): string | null {
  if (volumeRoom !== null || volumesByDriver(pod).size === 0) return null;
  return 'how many volumes a node can attach could not be read (csinodes, volumeattachments)';
}

function unplacedPod(
  pod: PodSnapshot,
  refusals: ReadonlyMap<string, number>,
  nodes: number,
): Omit<UnplacedPod, 'changes'> {
  const reasons = [...refusals].map(([reason, count]) => ({ reason, nodes: count }));
  reasons.sort((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
  const list = reasons.map(({ reason, nodes: count }) => `${count} ${reason}`).join(', ');
  return { uid: pod.uid, reasons, message: `0/${nodes} nodes are available${list ? `: ${list}` : ''}.` };
}
