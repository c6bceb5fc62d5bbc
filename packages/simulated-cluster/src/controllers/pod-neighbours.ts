import { type LabelMatcher, labelSelectorMatcher } from '../store/label-selector.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { Node, Pod, PodAffinityTerm, PodSpec, TopologySpreadConstraint } from './kube-types.js';
import { matchesNodeAffinity } from './node-fit.js';
import { isFinished, isTerminating } from './pod-state.js';

/** Why the pods that run already keep this one off a node, in the scheduler's own words; undefined if they don't. */
export type NeighbourRule = (node: Node) => string | undefined;

const PORTS = "node(s) didn't have free ports for the requested pod ports";
const AFFINITY = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules";
const OF_OTHERS = "node(s) didn't satisfy existing pods anti-affinity rules";
const SPREAD = "node(s) didn't match pod topology spread constraints";

const repelled = (spec: PodSpec): PodAffinityTerm[] =>
  spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const attracted = (spec: PodSpec): PodAffinityTerm[] =>
  spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

/** The hard rules of the scheduler between pods: host ports, affinity, anti-affinity both ways, topology spread. */
export class PodNeighbours {
  /** Placed pods that keep others away, by uid: every pod is compared with them. */
  private readonly repellers = new Map<string, Pod>();

  constructor(private readonly runtime: ControllerRuntime) {
    const note = (pod: Pod) => {
      if (repelled(pod.spec).length === 0) return;
      if (pod.spec.nodeName && !isFinished(pod)) this.repellers.set(pod.metadata.uid as string, pod);
      else this.repellers.delete(pod.metadata.uid as string);
    };
    for (const pod of runtime.client.list('Pod')) note(pod);
    runtime.onStop(
      runtime.client.subscribe('Pod', ({ type, object }) => {
        if (type === 'DELETED') this.repellers.delete(object.metadata.uid as string);
        else note(object);
      }),
    );
  }

  rulesFor(pod: Pod): NeighbourRule[] {
    const rules: NeighbourRule[] = [];
    const ports = hostPorts(pod.spec);
    if (ports.length > 0) rules.push((node) => (this.takes(ports, node) ? PORTS : undefined));
    const terms = attracted(pod.spec);
    const away = repelled(pod.spec);
    const spread = (pod.spec.topologySpreadConstraints ?? []).filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
    );
    const looksAround = terms.length + away.length + spread.length > 0;
    const placed = looksAround ? this.placed() : [];
    for (const constraint of spread) rules.push(this.spreadRule(constraint, pod, placed));
    if (terms.length > 0) rules.push(this.affinityRule(terms, pod, placed));
    for (const term of away) {
      const domains = this.domainsOf(term, pod, placed);
      rules.push((node) => (domains.has(node.metadata.labels?.[term.topologyKey]) ? ANTI_AFFINITY : undefined));
    }
    if (this.repellers.size > 0) rules.push(this.repellerRule(pod));
    return rules;
  }

  private placed(): Pod[] {
    return this.runtime.client.list('Pod').filter((pod) => pod.spec.nodeName && !isFinished(pod));
  }

  private takes(ports: HostPort[], node: Node): boolean {
    return this.runtime.client
      .podsOnNode(node.metadata.name)
      .some((pod) => !isFinished(pod) && hostPorts(pod.spec).some((taken) => ports.some((port) => clash(port, taken))));
  }

  private affinityRule(terms: PodAffinityTerm[], pod: Pod, placed: Pod[]): NeighbourRule {
    const wanted = terms.map((term) => ({ key: term.topologyKey, domains: this.domainsOf(term, pod, placed) }));
    // The first pod of a group that wants its own company may begin anywhere.
    const isFirst =
      wanted.every(({ domains }) => domains.size === 0) && terms.every((term) => this.covers(term, pod, pod));
    return ({ metadata: { labels } }) => {
      const fits = wanted.every(
        ({ key, domains }) => labels?.[key] !== undefined && (isFirst || domains.has(labels[key])),
      );
      return fits ? undefined : AFFINITY;
    };
  }

  private repellerRule(pod: Pod): NeighbourRule {
    const domains = new Map<string, Set<string | undefined>>();
    for (const other of this.repellers.values()) {
      for (const term of repelled(other.spec)) {
        const value = this.covers(term, other, pod) ? this.labelOf(other, term.topologyKey) : undefined;
        if (value !== undefined) domains.set(term.topologyKey, (domains.get(term.topologyKey) ?? new Set()).add(value));
      }
    }
    return ({ metadata: { labels } }) =>
      [...domains].some(([key, values]) => labels?.[key] !== undefined && values.has(labels[key]))
        ? OF_OTHERS
        : undefined;
  }

  private spreadRule(constraint: TopologySpreadConstraint, pod: Pod, placed: Pod[]): NeighbourRule {
    const { topologyKey: key, maxSkew, minDomains = 1, matchLabelKeys = [] } = constraint;
    const labels = pod.metadata.labels ?? {};
    const same = matchLabelKeys.filter((name) => labels[name] !== undefined);
    const selects = constraint.labelSelector ? labelSelectorMatcher(constraint.labelSelector) : () => false;
    const matches: LabelMatcher = (of) => selects(of) && same.every((name) => of?.[name] === labels[name]);
    const counts = new Map<string, number>();
    for (const node of this.runtime.client.list('Node')) {
      const value = node.metadata.labels?.[key];
      if (value === undefined) continue;
      if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNodeAffinity(pod.spec, node)) continue;
      if (!counts.has(value)) counts.set(value, 0);
    }
    for (const other of placed) {
      const value = this.labelOf(other, key);
      const counted = other.metadata.namespace === pod.metadata.namespace && !isTerminating(other);
      if (!counted || value === undefined || !counts.has(value) || !matches(other.metadata.labels)) continue;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
    const own = matches(labels) ? 1 : 0;
    return (node) => {
      const value = node.metadata.labels?.[key];
      if (value === undefined) return `${SPREAD} (missing required label)`;
      return (counts.get(value) ?? 0) + own - least > maxSkew ? SPREAD : undefined;
    };
  }

  private domainsOf(term: PodAffinityTerm, pod: Pod, placed: Pod[]): Set<string | undefined> {
    const domains = new Set<string | undefined>();
    for (const other of placed) {
      if (!this.covers(term, pod, other)) continue;
      const value = this.labelOf(other, term.topologyKey);
      if (value !== undefined) domains.add(value);
    }
    return domains;
  }

  /** A term without namespaces means those of the pod that has it. */
  private covers(term: PodAffinityTerm, holder: Pod, other: Pod): boolean {
    const { labelSelector, namespaces = [], namespaceSelector } = term;
    if (!labelSelector || !labelSelectorMatcher(labelSelector)(other.metadata.labels)) return false;
    const namespace = other.metadata.namespace as string;
    if (namespaces.includes(namespace)) return true;
    if (!namespaceSelector) return namespaces.length === 0 && namespace === holder.metadata.namespace;
    const labels = this.runtime.client.get('Namespace', undefined, namespace)?.metadata.labels;
    return labelSelectorMatcher(namespaceSelector)(labels);
  }

  private labelOf(pod: Pod, key: string): string | undefined {
    return this.runtime.client.get('Node', undefined, pod.spec.nodeName as string)?.metadata.labels?.[key];
  }
}

interface HostPort {
  port: number;
  protocol: string;
  ip: string;
}

function hostPorts({ containers, initContainers = [] }: PodSpec): HostPort[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }) =>
      hostPort ? [{ port: hostPort, protocol, ip: hostIP === '0.0.0.0' || hostIP === '::' ? '' : hostIP }] : [],
    ),
  );
}

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '' || b.ip === '');
