import { fits, type Refusals, refusalsOf, volumesByDriver } from './fit-rules.js';
import { Neighbourhood } from './neighbourhood.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { isFinished, type PodSnapshot } from './pod-snapshot.js';
import { type Residents, shapeOf } from './residents.js';
import { Rooms, type VolumeRoom } from './rooms.js';

/** The rest of the cluster. */
export interface Elsewhere {
  readonly nodes: readonly NodeSnapshot[];
  readonly residents: Residents;
  /** How old it is, where it was not read for this plan. */
  readonly staleSeconds?: number;
  /** By name, for terms that select namespaces. */
  readonly namespaceLabels?: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly volumeRoom?: VolumeRoom;
  /** Nodes out of the reader's scope, by name: replacements may go there, and nothing else is told of them. */
  readonly hidden?: ReadonlySet<string>;
}

/** Stands for the name of a node that is hidden. */
const HIDDEN_NODE = 'a node out of your scope';

export interface FitSurroundings {
  readonly namespaceLabels?: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;
  readonly hidden?: ReadonlySet<string> | undefined;
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
  residents: Residents,
  { namespaceLabels = new Map(), leaving = [], volumeRoom, hidden = new Set() }: FitSurroundings = {},
): FitReport {
  const withPorts = pods.some(({ needs }) => needs && needs.hostPorts.length > 0);
  const rooms = new Rooms(nodes, residents, { volumeRoom, withPorts });
  const shown = () => (hidden.size === 0 ? [...rooms] : [...rooms].filter(({ node }) => !hidden.has(node.name)));
  const drained = leaving.map(({ node }) => node);
  const neighbours = new Neighbourhood(nodes, drained, residents, namespaceLabels);
  for (const { node, stay } of leaving) for (const pod of stay) if (!isFinished(pod)) neighbours.add(pod, node);
  const placements = new Map<string, string>();
  const unplaced: UnplacedPod[] = [];
  const unknown = new Map<string, string>();
  const refused = new Map<string, RefusedShape>();
  const queue = [...pods].sort((a, b) => b.priority - a.priority || load(b) - load(a) || (a.uid < b.uid ? -1 : 1));
  for (const pod of queue) {
    const { uid, needs } = pod;
    if (needs?.impossible) {
      const reasons = [{ reason: needs.impossible, nodes: shown().length }];
      unplaced.push({ uid, message: needs.impossible, changes: [], reasons });
      continue;
    }
    const unclear = needs?.unknown ?? volumesUnclear(pod, volumeRoom);
    if (unclear) {
      unknown.set(uid, unclear);
      continue;
    }
    const shape = shapeOf(pod);
    const known = refused.get(shape);
    if (known?.placed === placements.size) {
      unplaced.push({ uid, ...known.answer });
      continue;
    }
    const rules = neighbours.rulesFor(pod, shape);
    const room = rooms.first((each) => fits(pod, each, rules));
    if (room) {
      placements.set(uid, hidden.has(room.node.name) ? HIDDEN_NODE : room.node.name);
      rooms.occupy(room, pod);
      neighbours.add(pod, room.node);
    } else {
      const seen = shown();
      const answer = refusalAnswer(refusalsOf(pod, seen, rules), seen.length);
      refused.set(shape, { answer, placed: placements.size });
      unplaced.push({ uid, ...answer });
    }
  }
  return { placements, unplaced, unknown };
}

/** What was found out for a shape of pods, as long as nothing was placed since. */
interface RefusedShape {
  readonly answer: Omit<UnplacedPod, 'uid'>;
  readonly placed: number;
}

const load = (pod: PodSnapshot): number => (pod.requests.cpu ?? 0) / 1000 + (pod.requests.memory ?? 0) / 2 ** 32;

function volumesUnclear(pod: PodSnapshot, volumeRoom: VolumeRoom | undefined): string | null {
  if (volumeRoom !== null || volumesByDriver(pod).size === 0) return null;
  return 'how many volumes a node can attach could not be read (csinodes, volumeattachments)';
}

function refusalAnswer(refusals: Refusals, nodes: number): Omit<UnplacedPod, 'uid'> {
  const reasons = [...refusals.reasons].map(([reason, count]) => ({ reason, nodes: count }));
  reasons.sort((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
  const list = reasons.map(({ reason, nodes: count }) => `${count} ${reason}`).join(', ');
  const message = `0/${nodes} nodes are available${list ? `: ${list}` : ''}.`;
  return { reasons, message, changes: refusals.changes };
}
