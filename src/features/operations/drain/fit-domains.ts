import { matchesLabels } from '../../../kernel/label-selector.js';
import { matchesNodeSelector } from './node-selector.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { AffinityTerm, PodSnapshot, SpreadConstraint } from './pod-snapshot.js';
import { tolerates, UNSCHEDULABLE_TAINT } from './taint.js';

export interface Resident {
  readonly pod: Pick<PodSnapshot, 'namespace' | 'labels'>;
  readonly node: NodeSnapshot;
}

/** What runs where, for the rules between pods. Indexed, so that a pod looks at few others on thousands of nodes. */
export class Neighbourhood {
  private readonly indexed = new Map<string, Resident[]>();
  /** Not in the index yet: most pods ask nothing of their neighbours, and then nobody needs it. */
  private added: Resident[] = [];
  private readonly repellers: { readonly term: AffinityTerm; readonly node: NodeSnapshot }[] = [];

  constructor(
    /** All nodes, those that are being drained too: they go on being domains. */
    readonly nodes: readonly NodeSnapshot[],
    private readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>,
  ) {}

  add(pod: Pick<PodSnapshot, 'namespace' | 'labels' | 'antiAffinity'>, node: NodeSnapshot): void {
    this.added.push({ pod, node });
    for (const term of pod.antiAffinity) this.repellers.push({ term, node });
  }

  private get byNamespace(): ReadonlyMap<string, Resident[]> {
    for (const resident of this.added) {
      const known = this.indexed.get(resident.pod.namespace);
      if (known) known.push(resident);
      else this.indexed.set(resident.pod.namespace, [resident]);
    }
    this.added = [];
    return this.indexed;
  }

  /** The rules between this pod and those that run already. */
  rulesFor(pod: PodSnapshot): NeighbourRules {
    const repelled = new Map<string, Set<string>>();
    const repel = (key: string, value: string | undefined) => {
      if (value !== undefined) repelled.set(key, (repelled.get(key) ?? new Set()).add(value));
    };
    for (const term of pod.antiAffinity) for (const value of this.domainsOf(term)) repel(term.topologyKey, value);
    for (const { term, node } of this.repellers) {
      if (this.covers(term, pod)) repel(term.topologyKey, node.labels[term.topologyKey]);
    }
    return {
      repelled,
      affinity: this.affinityOf(pod),
      spread: (pod.needs?.spread ?? []).map((constraint) => this.spreadOf(constraint, pod)),
    };
  }

  private affinityOf(pod: PodSnapshot): NeighbourRules['affinity'] {
    const terms = pod.needs?.affinity ?? [];
    const wanted = terms.map((term) => ({ key: term.topologyKey, domains: new Set(this.domainsOf(term)) }));
    // The first pod of a group that wants its own company may begin anywhere.
    const isFirst = wanted.every(({ domains }) => domains.size === 0) && terms.every((term) => this.covers(term, pod));
    return isFirst ? wanted.map(({ key }) => ({ key, domains: null })) : wanted;
  }

  private spreadOf(constraint: SpreadConstraint, pod: PodSnapshot): NeighbourRules['spread'][number] {
    const { topologyKey, selector, minDomains, maxSkew } = constraint;
    const keys = (pod.needs?.spread ?? []).map((each) => each.topologyKey);
    const counts = new Map<string, number>();
    const eligible = new Set<string>();
    for (const node of this.nodes) {
      const value = node.labels[topologyKey];
      if (value === undefined || keys.some((key) => node.labels[key] === undefined)) continue;
      if (!isDomain(constraint, pod, node)) continue;
      eligible.add(node.name);
      if (!counts.has(value)) counts.set(value, 0);
    }
    for (const { pod: other, node } of this.byNamespace.get(pod.namespace) ?? []) {
      const value = node.labels[topologyKey];
      if (value === undefined || !eligible.has(node.name) || !selector || !matchesLabels(selector, other.labels))
        continue;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
    const own = selector && matchesLabels(selector, pod.labels) ? 1 : 0;
    return { key: topologyKey, most: maxSkew + least - own, counts };
  }

  private *domainsOf(term: AffinityTerm): Iterable<string> {
    const named = term.namespaceSelector ? this.byNamespace.keys() : term.namespaces;
    for (const namespace of named) {
      for (const { pod, node } of this.byNamespace.get(namespace) ?? []) {
        const value = node.labels[term.topologyKey];
        if (value !== undefined && this.covers(term, pod)) yield value;
      }
    }
  }

  private covers(term: AffinityTerm, pod: Pick<PodSnapshot, 'namespace' | 'labels'>): boolean {
    const { selector, namespaces, namespaceSelector } = term;
    if (!selector || !matchesLabels(selector, pod.labels)) return false;
    if (namespaces.includes(pod.namespace)) return true;
    return Boolean(
      namespaceSelector && matchesLabels(namespaceSelector, this.namespaceLabels.get(pod.namespace) ?? {}),
    );
  }
}

export interface NeighbourRules {
  /** Topology key to the domains in which a pod keeps it away, or it keeps away from one. */
  readonly repelled: ReadonlyMap<string, ReadonlySet<string>>;
  /** The domains of which it needs one; null: any. */
  readonly affinity: readonly { readonly key: string; readonly domains: ReadonlySet<string> | null }[];
  /** The most pods that its domain may have before it comes. */
  readonly spread: readonly {
    readonly key: string;
    readonly most: number;
    readonly counts: ReadonlyMap<string, number>;
  }[];
}

/** Why the neighbours keep a pod off this node, and what would change it; null if they don't. */
export function neighbourRefusal(
  { repelled, affinity, spread }: NeighbourRules,
  node: NodeSnapshot,
): { reason: string; change: string } | null {
  for (const { key, most, counts } of spread) {
    const value = node.labels[key];
    if (value === undefined) {
      return { reason: `no label ${key} for its topology spread`, change: `label ${node.name} with ${key}` };
    }
    if ((counts.get(value) ?? 0) > most) {
      return { reason: `topology spread over ${key}`, change: `make room where ${key} is not ${value}` };
    }
  }
  for (const { key, domains } of affinity) {
    const value = node.labels[key];
    if (value !== undefined && (!domains || domains.has(value))) continue;
    const places = domains && domains.size > 0 ? ` in ${key} ${[...domains].sort().join(' or ')}` : '';
    const change = places ? `add a node${places}` : 'start a pod that its pod affinity asks for';
    return { reason: 'pod affinity', change };
  }
  for (const [key, domains] of repelled) {
    const value = node.labels[key];
    if (value !== undefined && domains.has(value)) {
      return { reason: 'pod anti-affinity', change: `add a node of another ${key}` };
    }
  }
  return null;
}

export function matchesOwnSelectors(
  pod: Pick<PodSnapshot, 'nodeSelector' | 'nodeAffinity'>,
  node: NodeSnapshot,
): boolean {
  const selected = Object.entries(pod.nodeSelector).every(([key, value]) => node.labels[key] === value);
  return selected && (!pod.nodeAffinity || matchesNodeSelector(pod.nodeAffinity, node));
}

function isDomain(constraint: SpreadConstraint, pod: PodSnapshot, node: NodeSnapshot): boolean {
  if (constraint.honorsAffinity && !matchesOwnSelectors(pod, node)) return false;
  if (!constraint.honorsTaints) return true;
  if (node.unschedulable && !tolerates(pod.tolerations, UNSCHEDULABLE_TAINT)) return false;
  return node.taints.every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod.tolerations, taint));
}
