import type { SimulatedCluster } from '../../packages/simulated-cluster/src/start-simulated-cluster.js';

export interface HostAct {
  readonly at: number;
  readonly what: 'restart' | 'level';
  readonly value: number;
}

/** What was done to the hosts of a cluster in this process, by node, with the time: the cluster's own record. */
export class WatchedHosts {
  private readonly acts = new Map<string, HostAct[]>();

  constructor(
    private readonly cluster: SimulatedCluster,
    nodes: readonly string[],
  ) {
    for (const node of nodes) this.watch(node);
  }

  of(node: string): readonly HostAct[] {
    return this.acts.get(node) ?? [];
  }

  forget(): void {
    for (const acts of this.acts.values()) acts.length = 0;
  }

  levelOf(node: string): number {
    return this.cluster.hosts.of(node).verbosity;
  }

  private watch(node: string): void {
    const host = this.cluster.hosts.of(node);
    const acts: HostAct[] = [];
    this.acts.set(node, acts);
    const note = (property: 'restarts' | 'verbosity', what: HostAct['what']) => {
      let current = host[property];
      Object.defineProperty(host, property, {
        get: () => current,
        set: (value: number) => {
          current = value;
          acts.push({ at: Date.now(), what, value });
        },
      });
    };
    note('restarts', 'restart');
    note('verbosity', 'level');
  }
}
