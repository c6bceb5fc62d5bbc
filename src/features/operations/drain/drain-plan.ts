import {
  type BudgetForecast,
  type BudgetUse,
  forecastBudgets,
  type PodOutlook,
  type Removal,
} from './budget-arithmetic.js';
import type { DrainOptions } from './drain-options.js';
import { type DurationEstimate, estimateDuration } from './duration-estimate.js';
import { type OrderedPod, orderPods } from './eviction-order.js';
import { type Elsewhere, type FitReport, simulateFit } from './fit-simulation.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { PdbSnapshot } from './pdb-snapshot.js';
import { type PlanSubstance, planHash, planSubstance } from './plan-hash.js';
import { type DaemonSetPresence, type DecisionNote, decidePod, isRemoval, type PodAction } from './pod-decision.js';
import { isDaemonSet, isFinished, isNodeItself, type PodSnapshot, podKey } from './pod-snapshot.js';
import { tolerates, UNSCHEDULABLE_TAINT } from './taint.js';

export interface DrainPlanInput {
  readonly options: DrainOptions;
  readonly now: Date;
  readonly evictionSupported: boolean;
  /** The nodes to drain, each with every pod that the API shows on it. */
  readonly targets: readonly { readonly node: NodeSnapshot; readonly pods: readonly PodSnapshot[] }[];
  readonly pdbs: readonly PdbSnapshot[];
  /** Where they are known: evictions are refused there. */
  readonly terminatingNamespaces?: ReadonlySet<string>;
  readonly daemonSet: (namespace: string, name: string) => DaemonSetPresence;
  /** Nodes that stay, with the pods that take room on them; null where the fit is not asked for. */
  readonly elsewhere: Elsewhere | null;
}

export interface PlannedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly controller: string | null;
  readonly action: PodAction;
  readonly notes: readonly DecisionNote[];
  /** Place in the order over all nodes, from 1; null for pods that stay. */
  readonly order: number | null;
  readonly tier: number | null;
  readonly outlook: PodOutlook['outlook'] | null;
  readonly outlookReason: PodOutlook['reason'] | null;
  readonly budgets: readonly string[];
  readonly predictedAnswer: PodOutlook['answer'] | null;
  readonly healthyPodsMissing: number | null;
  readonly advice: PodOutlook['advice'];
  /** FITS on a node, would stay PENDING, is not recreated (NONE), or was not looked at (UNKNOWN). */
  readonly replacement: { readonly state: 'FITS' | 'PENDING' | 'NONE' | 'UNKNOWN'; readonly detail: string | null };
}

export interface PlannedNode {
  readonly name: string;
  readonly uid: string;
  /** False if a pod is BLOCKed: then nothing would be removed from this node. */
  readonly executable: boolean;
  readonly pods: readonly PlannedPod[];
}

export interface DrainPlan {
  readonly createdAt: Date;
  readonly options: DrainOptions;
  /** False if a pod on any of the nodes is BLOCKed. */
  readonly executable: boolean;
  readonly nodes: readonly PlannedNode[];
  readonly budgets: readonly BudgetUse[];
  readonly warnings: readonly string[];
  readonly summary: {
    readonly total: number;
    readonly remove: number;
    readonly keep: number;
    readonly blocked: number;
    readonly atOnce: number;
    readonly wait: number;
    readonly never: number;
    readonly pendingReplacements: number;
  };
  readonly estimate: DurationEstimate;
  readonly substance: PlanSubstance;
  readonly planHash: string;
}

/** The whole drain on paper: nothing here has any effect on a cluster. */
export function makeDrainPlan(input: DrainPlanInput): DrainPlan {
  const { options, targets } = input;
  const decided = targets.flatMap(({ node, pods }) =>
    pods.map((pod) => ({ node: node.name, pod, decision: decidePod(pod, input) })),
  );
  const decisions = new Map(decided.map(({ pod, decision }) => [pod.uid, decision]));
  const removed = decided.filter(({ decision }) => isRemoval(decision.action)).map(({ pod }) => pod);
  const ordered = orderPods(removed, options);
  const forecast = forecastBudgets(removalsOf(ordered, decisions), input.pdbs, input.terminatingNamespaces);
  const fit =
    input.elsewhere &&
    simulateFit(removed.filter(isRecreated), input.elsewhere.nodes, input.elsewhere.residents, {
      namespaceLabels: input.elsewhere.namespaceLabels,
      volumeRoom: input.elsewhere.volumeRoom,
      hidden: input.elsewhere.hidden,
      leaving: targets.map(({ node, pods }) => ({
        node,
        stay: pods.filter((pod) => !isRemoval(decisions.get(pod.uid)?.action ?? 'SKIP')),
      })),
    });
  const positions = new Map(ordered.map(({ pod, tier }, index) => [pod.uid, { order: index + 1, tier }]));
  const plan = decided.map(({ node, pod, decision }): PlannedPod => {
    const outlook = forecast.outlooks.get(pod.uid);
    return {
      uid: pod.uid,
      namespace: pod.namespace,
      name: pod.name,
      node,
      controller: pod.controller && `${pod.controller.kind}/${pod.controller.name}`,
      action: decision.action,
      notes: decision.notes,
      order: positions.get(pod.uid)?.order ?? null,
      tier: positions.get(pod.uid)?.tier ?? null,
      outlook: outlook?.outlook ?? null,
      outlookReason: outlook?.reason ?? null,
      budgets: outlook?.budgets ?? [],
      predictedAnswer: outlook?.answer ?? null,
      healthyPodsMissing: outlook?.healthyPodsMissing ?? null,
      advice: outlook?.advice ?? [],
      replacement: replacementOf(pod, positions.has(pod.uid), fit),
    };
  });
  const nodes = targets.map(({ node: { name, uid } }): PlannedNode => {
    const pods = plan.filter((each) => each.node === name);
    return { name, uid, executable: pods.every((each) => each.action !== 'BLOCK'), pods };
  });
  const substance = planSubstance({ options, nodes });
  return {
    createdAt: input.now,
    options,
    executable: nodes.every((node) => node.executable),
    nodes,
    budgets: forecast.budgets,
    warnings: [...podWarnings(decided, options), ...planWarnings(plan, forecast), ...ageWarnings(input.elsewhere)],
    summary: summaryOf(plan),
    estimate: estimateDuration(ordered, forecast, options),
    substance,
    planHash: planHash(substance),
  };
}

function removalsOf(
  ordered: readonly OrderedPod[],
  decisions: ReadonlyMap<string, { readonly action: PodAction }>,
): Removal[] {
  return ordered.map(({ pod }) => ({
    pod,
    action: decisions.get(pod.uid)?.action === 'DELETE' ? 'DELETE' : 'EVICT',
  }));
}

/** Pods whose controller makes another one that needs a node: a daemon set's would only come back to this one. */
const isRecreated = (pod: PodSnapshot): boolean =>
  pod.controller !== null &&
  !isDaemonSet(pod.controller) &&
  !isNodeItself(pod.controller) &&
  !isFinished(pod) &&
  !pod.deletionTimestamp;

function replacementOf(pod: PodSnapshot, removed: boolean, fit: FitReport | null): PlannedPod['replacement'] {
  if (!removed || !isRecreated(pod)) return { state: 'NONE', detail: null };
  if (!fit) return { state: 'UNKNOWN', detail: null };
  const node = fit.placements.get(pod.uid);
  if (node !== undefined) return { state: 'FITS', detail: node };
  const unknown = fit.unknown.get(pod.uid);
  if (unknown !== undefined) return { state: 'UNKNOWN', detail: unknown };
  const unplaced = fit.unplaced.find((each) => each.uid === pod.uid);
  if (!unplaced) return { state: 'PENDING', detail: null };
  const changes = unplaced.changes.length > 0 ? ` It would fit if you ${unplaced.changes.join(', or ')}.` : '';
  return { state: 'PENDING', detail: `${unplaced.message}${changes}` };
}

interface DecidedPod {
  readonly pod: PodSnapshot;
  readonly decision: { readonly action: PodAction };
}

/** What the drain does as asked for, and what people are surprised by afterwards. */
function podWarnings(decided: readonly DecidedPod[], { podSelector }: DrainOptions): string[] {
  const warnings: string[] = [];
  for (const { pod, decision } of decided) {
    if (!isRemoval(decision.action)) continue;
    for (const mark of pod.keepMarks ?? []) {
      warnings.push(`${podKey(pod)} is removed although it is annotated ${mark}, which only autoscalers heed`);
    }
    if (isRecreated(pod) && tolerates(pod.tolerations, UNSCHEDULABLE_TAINT)) {
      warnings.push(
        `${podKey(pod)} tolerates the cordon (${UNSCHEDULABLE_TAINT.key}) and may come back to this node at once`,
      );
    }
  }
  const left = decided.filter(
    ({ pod, decision }) => decision.action === 'SKIP' && !pod.isMirror && !pod.deletionTimestamp,
  );
  if (podSelector !== '' && left.length > 0) {
    warnings.push(`${left.length} pods stay on the node, since the podSelector ${podSelector} leaves them out`);
  }
  return warnings;
}

/** Of what was not read for this plan, where it is too old to pass over. */
const ageWarnings = (elsewhere: Elsewhere | null): string[] =>
  elsewhere?.staleSeconds && elsewhere.staleSeconds > 10
    ? [`where replacements fit is told by what was known of the other nodes ${elsewhere.staleSeconds} s ago`]
    : [];

function planWarnings(pods: readonly PlannedPod[], forecast: BudgetForecast): string[] {
  const warnings: string[] = [];
  const lost = pods.filter((pod) => pod.notes.some((note) => note.code === 'UNMANAGED' && note.severity === 'WARNING'));
  for (const pod of lost) warnings.push(`${podKey(pod)} has no controller and will not come back`);
  for (const use of forecast.budgets) {
    if (use.brokenBy > 0) {
      warnings.push(`PDB ${use.budget} is passed over: ${use.brokenBy} healthy pods fewer than it asks for`);
    }
    const stuck = pods.filter((pod) => pod.replacement.state === 'PENDING' && pod.budgets.includes(use.budget));
    if (use.waiting.length > 0 && stuck.length > 0) {
      const names = stuck.map(podKey).join(', ');
      warnings.push(`PDB ${use.budget} may not open again: there is no room for the replacement of ${names}`);
    }
  }
  return warnings;
}

function summaryOf(pods: readonly PlannedPod[]): DrainPlan['summary'] {
  const count = (matches: (pod: PlannedPod) => boolean): number => pods.filter(matches).length;
  return {
    total: pods.length,
    remove: count((pod) => isRemoval(pod.action)),
    keep: count((pod) => pod.action === 'IGNORE' || pod.action === 'SKIP'),
    blocked: count((pod) => pod.action === 'BLOCK'),
    atOnce: count((pod) => pod.outlook === 'AT_ONCE'),
    wait: count((pod) => pod.outlook === 'WAITS'),
    never: count((pod) => pod.outlook === 'NEVER'),
    pendingReplacements: count((pod) => pod.replacement.state === 'PENDING'),
  };
}
