import { isFinished, NO_USAGE, type NodeUsage, NodeUsageSum, usageOf } from './node-usage.js';
import type { PodPlacement, PodRow } from './pod-row.js';

interface NodePods {
  readonly pods: Map<string, PodRow>;
  readonly usage: NodeUsageSum;
  /** The same sums, added up in the order of kubectl: only where that changes how they are written. */
  inOrder?: NodeUsage;
}

/** Unfinished pods of one template, wherever they run. */
export interface PodGroup {
  readonly placement: PodPlacement;
  readonly pods: readonly PodRow[];
}

/** As the API server orders pods. */
const keyOf = ({ namespace, name }: PodRow): string => `${namespace}/${name}`;
const byKey = (a: PodRow, b: PodRow): number => (keyOf(a) < keyOf(b) ? -1 : 1);

/**
 * Pods by their node, with its sums, and by what they are to pods that look for a node: kept in step one pod at a time, so
 * that whoever asks walks over what he asks for and never over all pods. A pod costs an entry of its node and one of its group.
 */
export class PlacedPods {
  private readonly byNode = new Map<string, NodePods>();
  private readonly groups = new Map<PodPlacement, PodRow[]>();
  private readonly byNamespace = new Map<string, Set<PodPlacement>>();
  /** The few that others have to mind wherever they want to go. */
  private readonly repelling = new Set<PodPlacement>();
  private readonly onHostPorts = new Set<PodPlacement>();

  place(row: PodRow): void {
    if (row.nodeName === '') return;
    let on = this.byNode.get(row.nodeName);
    if (!on) {
      on = { pods: new Map(), usage: new NodeUsageSum() };
      this.byNode.set(row.nodeName, on);
    }
    on.pods.set(row.uid, row);
    on.usage.add(row);
    if (!isFinished(row)) this.join(row);
  }

  withdraw({ nodeName, uid }: Pick<PodRow, 'nodeName' | 'uid'>): void {
    const on = this.byNode.get(nodeName);
    const row = on?.pods.get(uid);
    if (!on || !row) return;
    on.pods.delete(uid);
    on.usage.remove(row);
    if (on.pods.size === 0) this.byNode.delete(nodeName);
    if (!isFinished(row)) this.leave(row);
  }

  usage(nodeName: string): NodeUsage {
    const on = this.byNode.get(nodeName);
    if (!on?.usage.isMixed) return on?.usage ?? NO_USAGE;
    if (on.inOrder?.revision !== on.usage.revision) {
      on.inOrder = { ...usageOf([...on.pods.values()].sort(byKey)), revision: on.usage.revision };
    }
    return on.inOrder;
  }

  on(nodeName: string): PodRow[] {
    return [...(this.byNode.get(nodeName)?.pods.values() ?? [])];
  }

  namespaces(): Iterable<string> {
    return this.byNamespace.keys();
  }

  groupsIn(namespace: string): Iterable<PodGroup> {
    return this.groupsOf(this.byNamespace.get(namespace) ?? []);
  }

  /** With required anti-affinity. */
  groupsThatRepel(): Iterable<PodGroup> {
    return this.groupsOf(this.repelling);
  }

  groupsOnHostPorts(): Iterable<PodGroup> {
    return this.groupsOf(this.onHostPorts);
  }

  private *groupsOf(placements: Iterable<PodPlacement>): Iterable<PodGroup> {
    for (const placement of placements) yield { placement, pods: this.groups.get(placement) ?? [] };
  }

  private join(row: PodRow): void {
    const { placement } = row;
    const group = this.groups.get(placement);
    if (group) {
      group.push(row);
      return;
    }
    this.groups.set(placement, [row]);
    const known = this.byNamespace.get(placement.namespace);
    if (known) known.add(placement);
    else this.byNamespace.set(placement.namespace, new Set([placement]));
    if (placement.antiAffinity.length > 0) this.repelling.add(placement);
    if (placement.ports.length > 0) this.onHostPorts.add(placement);
  }

  private leave(row: PodRow): void {
    const { placement } = row;
    const group = this.groups.get(placement) ?? [];
    const last = group.pop();
    if (last && last !== row) group[group.indexOf(row)] = last;
    if (group.length > 0) return;
    this.groups.delete(placement);
    this.repelling.delete(placement);
    this.onHostPorts.delete(placement);
    const known = this.byNamespace.get(placement.namespace);
    known?.delete(placement);
    if (known?.size === 0) this.byNamespace.delete(placement.namespace);
  }
}
