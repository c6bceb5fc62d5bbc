import { matchesLabels } from '../../../kernel/label-selector.js';
import { isDomain, type SpreadDomains } from './fit-domains.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { AffinityTerm, PodSnapshot, SpreadConstraint } from './pod-snapshot.js';
import { type Neighbour, type Residents, shapeOf } from './residents.js';
import { ShapeRules, type Surroundings } from './shape-rules.js';

type Labels = Readonly<Record<string, string>>;

/** What runs where, for the rules between pods: pods of one shape share what was found out for the first of them. */
export class Neighbourhood implements Surroundings {
  private readonly nodesByName: ReadonlyMap<string, NodeSnapshot>;
  /** Beside the residents, in the order they came. */
  private readonly added: { readonly pod: Neighbour; readonly node: NodeSnapshot }[] = [];
  private readonly rules = new Map<string, ShapeRules>();
  private readonly domains = new Map<string, SpreadDomains>();

  constructor(
    private readonly staying: readonly NodeSnapshot[],
    /** They are being drained, so that of their pods only those count that are added; and they go on being domains. */
    private readonly leaving: readonly NodeSnapshot[],
    readonly residents: Residents,
    private readonly namespaceLabels: ReadonlyMap<string, Labels>,
  ) {
    this.nodesByName = new Map(staying.map((node) => [node.name, node]));
  }

  add(pod: Neighbour, node: NodeSnapshot): void {
    this.added.push({ pod, node });
  }

  /** The rules between this pod and those that run already; they hold until the next pod is added. */
  rulesFor(pod: PodSnapshot, shape = shapeOf(pod)): ShapeRules {
    let rules = this.rules.get(shape);
    if (!rules) {
      rules = new ShapeRules(pod, this);
      this.rules.set(shape, rules);
    }
    rules.takeIn(this.added);
    return rules;
  }

  *nodesOf(names: Iterable<string>): Iterable<NodeSnapshot> {
    for (const name of names) {
      const node = this.nodesByName.get(name);
      if (node) yield node;
    }
  }

  covers({ selector, namespaces, namespaceSelector }: AffinityTerm, pod: Neighbour): boolean {
    if (!selector) return false;
    const isIn =
      namespaces.includes(pod.namespace) ||
      (namespaceSelector && matchesLabels(namespaceSelector, this.namespaceLabels.get(pod.namespace) ?? {}));
    return Boolean(isIn) && matchesLabels(selector, pod.labels);
  }

  /** The domains of a constraint, and the nodes that make them: the same for all pods that choose nodes alike. */
  spreadDomains(constraint: SpreadConstraint, pod: PodSnapshot): SpreadDomains {
    const { topologyKey, honorsAffinity, honorsTaints } = constraint;
    const keys = (pod.needs?.spread ?? []).map((each) => each.topologyKey);
    const own = honorsAffinity ? [pod.nodeSelector, pod.nodeAffinity] : null;
    const key = JSON.stringify([topologyKey, keys, own, honorsTaints ? pod.tolerations : null]);
    let found = this.domains.get(key);
    if (!found) {
      const nodes = new Set<string>();
      const values = new Set<string>();
      for (const node of [...this.staying, ...this.leaving]) {
        const value = node.labels[topologyKey];
        if (value === undefined || keys.some((each) => node.labels[each] === undefined)) continue;
        if (!isDomain(constraint, pod, node)) continue;
        nodes.add(node.name);
        values.add(value);
      }
      found = { nodes, values };
      this.domains.set(key, found);
    }
    return found;
  }
}
