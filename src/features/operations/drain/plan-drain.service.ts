import type { OperationPod } from '../engine/operation-pod.js';
import type { BudgetView, PodView } from './drain-gateway.port.js';
import type { DrainOptions } from './drain-options.js';
import { type DrainPlan, makeDrainPlan } from './drain-plan.js';
import { ignoredDrainPod, NEW_DRAIN_POD } from './drain-pod-status.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { DaemonSetPresence } from './pod-decision.js';

export interface DrainFacts {
  readonly node: NodeSnapshot;
  readonly view: PodView;
  readonly budgets: BudgetView;
  /** Null when they may not be read. */
  readonly daemonSets: ReadonlySet<string> | null;
  readonly evictionSupported: boolean;
}

/** The plan that is carried out: of the live pods, without the fit on other nodes, which changes no decision. */
export function planOf(facts: DrainFacts, options: DrainOptions, now: Date): DrainPlan {
  return makeDrainPlan({
    options,
    now,
    evictionSupported: facts.evictionSupported,
    targets: [{ node: facts.node, pods: [...facts.view.pods.values()] }],
    pdbs: [...facts.budgets.budgets.values()],
    daemonSet: presenceIn(facts.daemonSets),
    elsewhere: null,
  });
}

export const presenceIn =
  (daemonSets: ReadonlySet<string> | null) =>
  (namespace: string, name: string): DaemonSetPresence => {
    if (!daemonSets) return 'UNKNOWN';
    return daemonSets.has(`${namespace}/${name}`) ? 'PRESENT' : 'ABSENT';
  };

/** Rows of the planned pods, in order; pods that a plan which can't be carried out would remove stay PENDING for ever. */
export function plannedPods({ nodes }: DrainPlan, now: Date): OperationPod[] {
  const pods = nodes.flatMap((node) => node.pods);
  const ordered = [...pods].sort((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity));
  return ordered.map((pod, position): OperationPod => {
    const { uid, namespace, name, action, notes, controller, tier } = pod;
    const why = notes.map((note) => note.message).join('; ');
    return {
      uid,
      namespace,
      name,
      position,
      tier: tier ?? 0,
      action,
      notes,
      controller,
      volumes: [],
      status: statusOf(action, why, now),
      intentId: null,
    };
  });
}

function statusOf(action: OperationPod['action'], why: string, now: Date): OperationPod['status'] {
  switch (action) {
    case 'EVICT':
    case 'DELETE':
      return { ...NEW_DRAIN_POD, method: action };
    case 'BLOCK':
      return { ...NEW_DRAIN_POD, state: 'FAILED', message: why, settledAt: now };
    default:
      return ignoredDrainPod(why, now);
  }
}
