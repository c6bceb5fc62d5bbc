import { type NeighbourRules, neighbourRefusal } from './fit-domains.js';
import { matchesNodeSelector } from './node-selector.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { HostPort, PodSnapshot, ResourceAmounts } from './pod-snapshot.js';
import { type Taint, tolerates, UNSCHEDULABLE_TAINT } from './taint.js';

/** A node with what is taken of it. */
export interface Room {
  readonly node: NodeSnapshot;
  used: ResourceAmounts;
  readonly ports: HostPort[];
  /** Driver to how many volumes more it can attach; a driver that is not there has no limit. */
  readonly volumes: Map<string, number>;
}

/** A hard rule of the scheduler. It is asked about thousands of nodes: only what is needed of an answer is made. */
interface Rule {
  /** Why it keeps the pod off the node; null if it does not. */
  reason(pod: PodSnapshot, room: Room, neighbours: NeighbourRules): string | null;
  /** What a person can do about it, in words. */
  change(pod: PodSnapshot, room: Room, neighbours: NeighbourRules): string;
  /** How much of a change it is: another node is more than a command. */
  weight(pod: PodSnapshot, room: Room): number;
}

const command = (): number => 1;
const room = (): number => 2;
const newNode = (): number => 20;

/** The cheapest first. */
const RULES: readonly Rule[] = [
  {
    reason: (_pod, { node }) => (node.ready ? null : 'not Ready'),
    change: (_pod, { node }) => `get ${node.name} Ready`,
    weight: room,
  },
  {
    reason: ({ tolerations }, { node }) =>
      node.unschedulable && !tolerates(tolerations, UNSCHEDULABLE_TAINT) ? 'unschedulable' : null,
    change: (_pod, { node }) => `uncordon ${node.name}`,
    weight: command,
  },
  {
    reason: (pod, { node }) => {
      const taint = untolerated(pod, node);
      return taint ? `untolerated taint {${wordsOf(taint)}}` : null;
    },
    change: (pod, { node }) => `remove the taint ${wordsOf(untolerated(pod, node))} from ${node.name} or tolerate it`,
    weight: room,
  },
  {
    reason: ({ nodeSelector }, { node }) => {
      for (const key in nodeSelector) if (node.labels[key] !== nodeSelector[key]) return 'no match for node selector';
      return null;
    },
    change: ({ nodeSelector }) => {
      const labels = Object.entries(nodeSelector).map(([name, value]) => `${name}=${value}`);
      return `add a node with the label ${labels.join(' and ')}`;
    },
    weight: newNode,
  },
  {
    reason: ({ nodeAffinity }, { node }) =>
      nodeAffinity && !matchesNodeSelector(nodeAffinity, node) ? 'no match for node affinity' : null,
    change: () => 'add a node that its node affinity selects',
    weight: newNode,
  },
  {
    reason: (pod, { node }) => (volumeElsewhere(pod, node) ? 'volume bound to another place' : null),
    change: (pod, { node }) => placeOfVolume(volumeElsewhere(pod, node)),
    weight: newNode,
  },
  {
    reason: (_pod, { node, used }) => ((used.pods ?? 0) + 1 > (node.allocatable.pods ?? 110) ? 'too many pods' : null),
    change: (_pod, { node }) => `remove a pod from ${node.name}`,
    weight: room,
  },
  {
    reason: (pod, place) => {
      const name = lacking(pod, place);
      return name === null ? null : `Insufficient ${name}`;
    },
    change: (pod, place) => {
      const name = lacking(pod, place) ?? '';
      return isTooSmall(pod, place.node, name) ? `add a node with more ${name}` : `free ${name} on ${place.node.name}`;
    },
    weight: (pod, place) => (isTooSmall(pod, place.node, lacking(pod, place) ?? '') ? newNode() : room()),
  },
  {
    reason: (pod, place) => {
      const port = takenPort(pod, place);
      return port ? `host port ${port.port}/${port.protocol} taken` : null;
    },
    change: (pod, place) => {
      const port = takenPort(pod, place);
      return `free host port ${port?.port}/${port?.protocol} on ${place.node.name}`;
    },
    weight: room,
  },
  {
    reason: (pod, place) => {
      const driver = fullDriver(pod, place);
      return driver === null ? null : `too many volumes of ${driver}`;
    },
    change: (pod, place) => `detach a volume of ${fullDriver(pod, place)} from ${place.node.name}`,
    weight: room,
  },
  {
    reason: (_pod, { node }, neighbours) => neighbourRefusal(neighbours, node)?.reason ?? null,
    change: (_pod, { node }, neighbours) => neighbourRefusal(neighbours, node)?.change() ?? '',
    weight: newNode,
  },
];

export function fits(pod: PodSnapshot, place: Room, neighbours: NeighbourRules): boolean {
  // It rules out most nodes, and costs least; which rule comes first matters only where none fits.
  if (lacking(pod, place) !== null) return false;
  for (const rule of RULES) if (rule.reason(pod, place, neighbours) !== null) return false;
  return true;
}

export interface Refusals {
  /** The first rule of each node, with the number of nodes. */
  readonly reasons: ReadonlyMap<string, number>;
  /** What would make room, the least change first: a node that one thing keeps from fitting before one that many do. */
  readonly changes: readonly string[];
}

const MOST_CHANGES = 3;
/** Of nodes that are kept from fitting by the same rules so many are put into words: on a large cluster they are thousands. */
const MOST_ALIKE = 100;

/** Why a pod fits on none of the nodes. A node is looked at only as long as it may be among the least changes. */
export function refusalsOf(pod: PodSnapshot, places: Iterable<Room>, neighbours: NeighbourRules): Refusals {
  const reasons = new Map<string, number>();
  let least = Infinity;
  let nearest = new Map<number, Room[]>();
  for (const place of places) {
    let weight = 0;
    let against = 0;
    for (let index = 0; index < RULES.length; index += 1) {
      const rule = RULES[index] as Rule;
      const reason = rule.reason(pod, place, neighbours);
      if (reason === null) continue;
      if (weight === 0) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      against |= 1 << index;
      weight += rule.weight(pod, place);
      if (weight > least) break;
    }
    if (weight > least) continue;
    if (weight < least) nearest = new Map();
    least = weight;
    const alike = nearest.get(against);
    if (!alike) nearest.set(against, [place]);
    else if (alike.length < MOST_ALIKE) alike.push(place);
  }
  return { reasons, changes: changesOf(pod, nearest, neighbours) };
}

function changesOf(
  pod: PodSnapshot,
  nearest: ReadonlyMap<number, readonly Room[]>,
  neighbours: NeighbourRules,
): string[] {
  const changes = new Set<string>();
  for (const [bits, places] of nearest) {
    const against = RULES.filter((_, index) => bits & (1 << index));
    for (const place of places) changes.add(against.map((rule) => rule.change(pod, place, neighbours)).join(' and '));
  }
  return [...changes].sort().slice(0, MOST_CHANGES);
}

function untolerated({ tolerations }: PodSnapshot, { taints }: NodeSnapshot): Taint | undefined {
  for (const taint of taints) if (taint.effect !== 'PreferNoSchedule' && !tolerates(tolerations, taint)) return taint;
  return undefined;
}

const wordsOf = (taint: Taint | undefined): string => `${taint?.key}${taint?.value ? `: ${taint.value}` : ''}`;

type VolumeClaim = PodSnapshot['volumeClaims'][number];

function volumeElsewhere({ volumeClaims }: PodSnapshot, node: NodeSnapshot): VolumeClaim | undefined {
  for (const claim of volumeClaims) {
    if (claim.nodeAffinity && !matchesNodeSelector(claim.nodeAffinity, node)) return claim;
  }
  return undefined;
}

function placeOfVolume(claim: VolumeClaim | undefined): string {
  const places = claim?.nodeAffinity?.flatMap(({ labels }) => labels.flatMap(({ values }) => values ?? [])) ?? [];
  const where = places.length > 0 ? `in ${[...new Set(places)].join(' or ')}` : 'that it selects';
  return `add a node ${where}, for the volume of claim ${claim?.claimName}`;
}

/** The first resource that there is too little of. */
function lacking({ requests }: PodSnapshot, { node, used }: Room): string | null {
  for (const name in requests) {
    const amount = requests[name] ?? 0;
    if (amount > 0 && amount + (used[name] ?? 0) > (node.allocatable[name] ?? 0)) return name;
  }
  return null;
}

/** Even an empty node would be. */
const isTooSmall = ({ requests }: PodSnapshot, { allocatable }: NodeSnapshot, name: string): boolean =>
  (requests[name] ?? 0) > (allocatable[name] ?? 0);

function takenPort({ needs }: PodSnapshot, { ports }: Room): HostPort | undefined {
  if (!needs || needs.hostPorts.length === 0 || ports.length === 0) return undefined;
  return needs.hostPorts.find((port) => ports.some((other) => clash(port, other)));
}

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '' || b.ip === '');

function fullDriver(pod: PodSnapshot, { volumes }: Room): string | null {
  if (volumes.size === 0) return null;
  for (const [driver, count] of volumesByDriver(pod)) {
    if (count > (volumes.get(driver) ?? Number.POSITIVE_INFINITY)) return driver;
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
