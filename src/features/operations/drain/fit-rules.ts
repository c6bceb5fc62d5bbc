import { type NeighbourRules, neighbourRefusal } from './fit-domains.js';
import { matchesNodeSelector } from './node-selector.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { HostPort, PodSnapshot } from './pod-snapshot.js';
import { tolerates, UNSCHEDULABLE_TAINT } from './taint.js';

/** A node with what is taken of it. */
export interface Room {
  readonly node: NodeSnapshot;
  readonly used: Record<string, number>;
  readonly ports: HostPort[];
  /** Driver to how many volumes more it can attach; a driver that is not there has no limit. */
  readonly volumes: Map<string, number>;
}

/** How a node keeps a pod off, and what would have to change. */
export interface Refusal {
  readonly reason: string;
  /** What a person can do about it, in words. */
  readonly change: string;
  /** How much of a change it is: another node is more than a command. */
  readonly weight: number;
}

type Rule = (pod: PodSnapshot, room: Room, neighbours: NeighbourRules) => Refusal | null;

const COMMAND = 1;
const ROOM = 2;
const NEW_NODE = 20;

const refusal = (reason: string, change: string, weight: number): Refusal => ({ reason, change, weight });

/** The hard rules of the scheduler, the cheapest first. */
const RULES: readonly Rule[] = [
  (_pod, { node }) => (node.ready ? null : refusal('not Ready', `get ${node.name} Ready`, ROOM)),
  (pod, { node }) =>
    node.unschedulable && !tolerates(pod.tolerations, UNSCHEDULABLE_TAINT)
      ? refusal('unschedulable', `uncordon ${node.name}`, COMMAND)
      : null,
  taintRule,
  selectorRule,
  (pod, { node }) =>
    pod.nodeAffinity && !matchesNodeSelector(pod.nodeAffinity, node)
      ? refusal('no match for node affinity', 'add a node that its node affinity selects', NEW_NODE)
      : null,
  volumePlaceRule,
  (_pod, { node, used }) =>
    (used.pods ?? 0) + 1 > (node.allocatable.pods ?? 110)
      ? refusal('too many pods', `remove a pod from ${node.name}`, ROOM)
      : null,
  resourceRule,
  portRule,
  volumeLimitRule,
  (_pod, { node }, neighbours) => {
    const found = neighbourRefusal(neighbours, node);
    return found && refusal(found.reason, found.change, NEW_NODE);
  },
];

/** The first rule that keeps the pod off the node; null if it fits. */
export function refusalOf(pod: PodSnapshot, room: Room, neighbours: NeighbourRules): string | null {
  for (const rule of RULES) {
    const found = rule(pod, room, neighbours);
    if (found) return found.reason;
  }
  return null;
}

const MOST_CHANGES = 3;

/** What would make room, the least change first: a node that one thing keeps from fitting before one that many do. */
export function changesFor(pod: PodSnapshot, rooms: Iterable<Room>, neighbours: NeighbourRules): string[] {
  const changes = new Map<string, number>();
  for (const room of rooms) {
    const found = RULES.flatMap((rule) => rule(pod, room, neighbours) ?? []);
    const text = found.map(({ change }) => change).join(' and ');
    changes.set(
      text,
      found.reduce((sum, { weight }) => sum + weight, 0),
    );
  }
  const least = Math.min(...changes.values());
  const names = [...changes].filter(([, weight]) => weight === least).map(([text]) => text);
  return names.sort().slice(0, MOST_CHANGES);
}

function taintRule(pod: PodSnapshot, { node }: Room): Refusal | null {
  const taint = node.taints.find((each) => each.effect !== 'PreferNoSchedule' && !tolerates(pod.tolerations, each));
  if (!taint) return null;
  const words = `${taint.key}${taint.value ? `: ${taint.value}` : ''}`;
  return refusal(`untolerated taint {${words}}`, `remove the taint ${words} from ${node.name} or tolerate it`, ROOM);
}

function selectorRule({ nodeSelector }: PodSnapshot, { node }: Room): Refusal | null {
  for (const key in nodeSelector) {
    if (node.labels[key] === nodeSelector[key]) continue;
    const labels = Object.entries(nodeSelector).map(([name, value]) => `${name}=${value}`);
    return refusal('no match for node selector', `add a node with the label ${labels.join(' and ')}`, NEW_NODE);
  }
  return null;
}

function volumePlaceRule(pod: PodSnapshot, { node }: Room): Refusal | null {
  for (const { claimName, nodeAffinity } of pod.volumeClaims) {
    if (!nodeAffinity || matchesNodeSelector(nodeAffinity, node)) continue;
    const places = nodeAffinity.flatMap(({ labels }) => labels.flatMap(({ values }) => values ?? []));
    const where = places.length > 0 ? `in ${[...new Set(places)].join(' or ')}` : 'that it selects';
    return refusal(
      'volume bound to another place',
      `add a node ${where}, for the volume of claim ${claimName}`,
      NEW_NODE,
    );
  }
  return null;
}

function resourceRule({ requests }: PodSnapshot, { node, used }: Room): Refusal | null {
  for (const name in requests) {
    const amount = requests[name] ?? 0;
    const most = node.allocatable[name] ?? 0;
    if (amount <= 0 || amount + (used[name] ?? 0) <= most) continue;
    return amount > most
      ? refusal(`Insufficient ${name}`, `add a node with more ${name}`, NEW_NODE)
      : refusal(`Insufficient ${name}`, `free ${name} on ${node.name}`, ROOM);
  }
  return null;
}

function portRule({ needs }: PodSnapshot, { node, ports }: Room): Refusal | null {
  if (!needs || needs.hostPorts.length === 0) return null;
  const taken = needs.hostPorts.find((port) => ports.some((other) => clash(port, other)));
  if (!taken) return null;
  const words = `host port ${taken.port}/${taken.protocol}`;
  return refusal(`${words} taken`, `free ${words} on ${node.name}`, ROOM);
}

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '' || b.ip === '');

function volumeLimitRule(pod: PodSnapshot, { node, volumes }: Room): Refusal | null {
  for (const [driver, count] of volumesByDriver(pod)) {
    if (count <= (volumes.get(driver) ?? Number.POSITIVE_INFINITY)) continue;
    return refusal(`too many volumes of ${driver}`, `detach a volume of ${driver} from ${node.name}`, ROOM);
  }
  return null;
}

const NO_VOLUMES: ReadonlyMap<string, number> = new Map();

export function volumesByDriver({ volumeClaims }: Pick<PodSnapshot, 'volumeClaims'>): ReadonlyMap<string, number> {
  if (volumeClaims.length === 0) return NO_VOLUMES;
  const counts = new Map<string, number>();
  for (const { driver } of volumeClaims) if (driver) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}
