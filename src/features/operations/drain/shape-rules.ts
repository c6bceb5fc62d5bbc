import { matchesLabels } from '../../../kernel/label-selector.js';
import type { NeighbourRules, SpreadDomains } from './fit-domains.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { AffinityTerm, PodSnapshot, SpreadConstraint } from './pod-snapshot.js';
import type { Neighbour, ResidentGroup, Residents } from './residents.js';

/** What the rules are read from. */
export interface Surroundings {
  readonly residents: Residents;
  nodesOf(names: Iterable<string>): Iterable<NodeSnapshot>;
  covers(term: AffinityTerm, pod: Neighbour): boolean;
  spreadDomains(constraint: SpreadConstraint, pod: PodSnapshot): SpreadDomains;
}

interface Spread {
  readonly constraint: SpreadConstraint;
  readonly domains: SpreadDomains;
  readonly counts: Map<string, number>;
}

interface Wanted {
  readonly term: AffinityTerm;
  readonly domains: Set<string>;
}

/**
 * The rules between pods of one shape and those that run already: read from the groups that they are about, and kept in step
 * with the pods that are placed meanwhile.
 */
export class ShapeRules implements NeighbourRules {
  readonly repelled = new Map<string, Set<string>>();
  affinity: NeighbourRules['affinity'] = [];
  spread: NeighbourRules['spread'] = [];
  private readonly spreads: readonly Spread[];
  private readonly wanted: readonly Wanted[];
  private taken = 0;

  constructor(
    private readonly pod: PodSnapshot,
    private readonly around: Surroundings,
  ) {
    const { affinity = [], spread = [] } = pod.needs ?? {};
    this.wanted = affinity.map((term) => ({ term, domains: new Set() }));
    this.spreads = spread.map((constraint) => ({
      constraint,
      domains: around.spreadDomains(constraint, pod),
      counts: new Map(),
    }));
    const { residents } = around;
    for (const namespace of this.namespacesOfInterest()) {
      for (const group of residents.groupsIn(namespace)) this.look(group, () => this.nodesOf(group));
    }
    for (const group of residents.groupsThatRepel()) this.mind(group, () => this.nodesOf(group));
    this.settle();
  }

  /** Pods that came since the last time. */
  takeIn(added: readonly { readonly pod: Neighbour; readonly node: NodeSnapshot }[]): void {
    if (this.taken === added.length) return;
    for (; this.taken < added.length; this.taken += 1) {
      const { pod, node } = added[this.taken] as (typeof added)[number];
      this.look(pod, () => [node]);
      this.mind(pod, () => [node]);
    }
    this.settle();
  }

  private namespacesOfInterest(): Iterable<string> {
    const terms = [...this.pod.antiAffinity, ...this.wanted.map(({ term }) => term)];
    if (terms.some(({ namespaceSelector }) => namespaceSelector)) return this.around.residents.namespaces();
    const own = this.spreads.length > 0 ? [this.pod.namespace] : [];
    return new Set([...own, ...terms.flatMap(({ namespaces }) => namespaces)]);
  }

  private nodesOf({ nodeNames }: ResidentGroup): Iterable<NodeSnapshot> {
    return this.around.nodesOf(nodeNames);
  }

  /** What this pod asks of its neighbours. */
  private look(other: Neighbour, nodes: () => Iterable<NodeSnapshot>): void {
    for (const term of this.pod.antiAffinity) {
      if (this.around.covers(term, other)) this.repel(term.topologyKey, nodes());
    }
    for (const { term, domains } of this.wanted) {
      if (!this.around.covers(term, other)) continue;
      for (const node of nodes()) {
        const value = node.labels[term.topologyKey];
        if (value !== undefined) domains.add(value);
      }
    }
    if (other.namespace !== this.pod.namespace) return;
    for (const { constraint, domains, counts } of this.spreads) {
      if (!constraint.selector || !matchesLabels(constraint.selector, other.labels)) continue;
      for (const node of nodes()) {
        const value = node.labels[constraint.topologyKey];
        if (value !== undefined && domains.nodes.has(node.name)) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
  }

  /** What a neighbour asks of this pod. */
  private mind(other: Neighbour, nodes: () => Iterable<NodeSnapshot>): void {
    for (const term of other.antiAffinity) {
      if (this.around.covers(term, this.pod)) this.repel(term.topologyKey, nodes());
    }
  }

  private repel(key: string, nodes: Iterable<NodeSnapshot>): void {
    const values = this.repelled.get(key) ?? new Set<string>();
    for (const node of nodes) {
      const value = node.labels[key];
      if (value !== undefined) values.add(value);
    }
    if (values.size > 0) this.repelled.set(key, values);
  }

  private settle(): void {
    // The first pod of a group that wants its own company may begin anywhere.
    const isFirst = this.wanted.every(({ term, domains }) => domains.size === 0 && this.around.covers(term, this.pod));
    this.affinity = this.wanted.map(({ term, domains }) => ({
      key: term.topologyKey,
      domains: isFirst ? null : domains,
    }));
    this.spread = this.spreads.map(({ constraint, domains, counts }) => {
      const own = constraint.selector && matchesLabels(constraint.selector, this.pod.labels) ? 1 : 0;
      return {
        key: constraint.topologyKey,
        most: constraint.maxSkew + leastOf(domains, counts, constraint.minDomains) - own,
        counts,
      };
    });
  }
}

/** Of the emptiest domain. */
function leastOf({ values }: SpreadDomains, counts: ReadonlyMap<string, number>, minDomains: number): number {
  if (values.size < minDomains || counts.size < values.size) return 0;
  let least = Infinity;
  for (const count of counts.values()) least = Math.min(least, count);
  return least;
}
