import { type Room, volumesByDriver } from './fit-rules.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { HostPort, PodSnapshot } from './pod-snapshot.js';
import type { Residents } from './residents.js';

/** Node to driver to how many volumes more it can attach; null: it could not be read. */
export type VolumeRoom = ReadonlyMap<string, ReadonlyMap<string, number>> | null;

interface LoadedRoom extends Room {
  /** The share that is taken of its cpu and memory. */
  load: number;
  /** Its place among all nodes. */
  readonly position: number;
}

/** The nodes that pods can go to, the least loaded first: of those where a pod fits it gets the first. */
export class Rooms {
  private readonly byLoad: LoadedRoom[];

  constructor(
    nodes: readonly NodeSnapshot[],
    residents: Residents,
    { volumeRoom, withPorts }: { readonly volumeRoom: VolumeRoom | undefined; readonly withPorts: boolean },
  ) {
    const ports = withPorts ? portsByNode(residents) : NO_PORTS;
    this.byLoad = nodes.map((node, position) => {
      const used = residents.usedOn(node.name);
      const left = volumeRoom?.get(node.name);
      const volumes = left ? new Map(left) : UNLIMITED;
      return { node, used, ports: ports.get(node.name) ?? [], volumes, load: loadOf(node, used), position };
    });
    this.byLoad.sort(byLoad);
  }

  get size(): number {
    return this.byLoad.length;
  }

  [Symbol.iterator](): Iterator<Room> {
    return this.byLoad.values();
  }

  first(hasRoom: (room: Room) => boolean): Room | undefined {
    return this.byLoad.find(hasRoom);
  }

  /** The pod takes its part of the room. */
  occupy(place: Room, pod: PodSnapshot): void {
    const at = this.byLoad.indexOf(place as LoadedRoom);
    const [room] = this.byLoad.splice(at, 1) as [LoadedRoom];
    const used: Record<string, number> = { ...room.used, pods: (room.used.pods ?? 0) + 1 };
    for (const name in pod.requests) used[name] = (used[name] ?? 0) + (pod.requests[name] ?? 0);
    room.used = used;
    room.ports.push(...(pod.needs?.hostPorts ?? []));
    for (const [driver, count] of volumesByDriver(pod)) {
      const left = room.volumes.get(driver);
      if (left !== undefined) room.volumes.set(driver, left - count);
    }
    room.load = loadOf(room.node, used);
    const next = this.byLoad.findIndex((other) => byLoad(other, room) > 0);
    this.byLoad.splice(next < 0 ? this.byLoad.length : next, 0, room);
  }
}

const byLoad = (a: LoadedRoom, b: LoadedRoom): number => a.load - b.load || a.position - b.position;

function loadOf({ allocatable }: NodeSnapshot, used: Room['used']): number {
  const share = (name: string) => (used[name] ?? 0) / Math.max(1, allocatable[name] ?? 0);
  return share('cpu') + share('memory');
}

/** Nothing is ever put in. */
const UNLIMITED = new Map<string, number>();

const NO_PORTS: ReadonlyMap<string, HostPort[]> = new Map();

function portsByNode(residents: Residents): Map<string, HostPort[]> {
  const ports = new Map<string, HostPort[]>();
  for (const { hostPorts, nodeNames } of residents.groupsOnHostPorts()) {
    for (const name of nodeNames) ports.set(name, [...(ports.get(name) ?? []), ...hostPorts]);
  }
  return ports;
}
