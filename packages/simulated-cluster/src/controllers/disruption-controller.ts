import { labelSelectorMatcher } from '../store/label-selector.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import { kubeTime } from './kube-time.js';
import type { Condition, Pod, PodDisruptionBudget } from './kube-types.js';
import { conditionOf, controllerOf, isReady, isTerminating, withCondition } from './pod-state.js';

/** How long an eviction that was allowed counts against the budget while its pod has not begun to go. */
const DELETION_TIMEOUT_MS = 120_000;

/** Keeps the status of disruption budgets as the real disruption controller does: the figures that evictions are judged by. */
export class DisruptionController {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    for (const budget of client.list('PodDisruptionBudget')) this.enqueue(budget);
    runtime.onStop(
      client.subscribe('PodDisruptionBudget', ({ type, object }) => type !== 'DELETED' && this.enqueue(object)),
    );
    runtime.onStop(
      client.subscribe('Pod', ({ object, previous }) => {
        this.enqueueMatching(object);
        if (previous && previous.metadata.labels !== object.metadata.labels) this.enqueueMatching(previous);
      }),
    );
    for (const kind of ['Deployment', 'ReplicaSet', 'StatefulSet'] as const) {
      runtime.onStop(
        client.store.subscribe(kind, ({ object, previous }) => {
          if (object.spec?.replicas === previous?.spec?.replicas) return;
          for (const budget of client.list('PodDisruptionBudget', { namespace: object.metadata.namespace })) {
            this.enqueue(budget);
          }
        }),
      );
    }
  }

  private enqueueMatching(pod: Pod): void {
    for (const budget of this.runtime.client.list('PodDisruptionBudget', { namespace: pod.metadata.namespace })) {
      if (labelSelectorMatcher(budget.spec.selector)(pod.metadata.labels)) this.enqueue(budget);
    }
  }

  private enqueue({ metadata: { namespace, name } }: PodDisruptionBudget): void {
    this.runtime.enqueue(`budget/${namespace}/${name}`, () => this.sync(namespace as string, name));
  }

  private sync(namespace: string, name: string): void {
    const budget = this.runtime.client.get('PodDisruptionBudget', namespace, name);
    if (!budget) return;
    const matches = labelSelectorMatcher(budget.spec.selector);
    const pods = this.runtime.client.list('Pod', { namespace }).filter((pod) => matches(pod.metadata.labels));
    if (pods.length === 0) this.report(budget, 'Normal', 'NoPods', 'No matching pods found');
    try {
      this.writeStatus(budget, pods);
    } catch (error) {
      if (!(error instanceof UnknownScale)) throw error;
      this.report(
        budget,
        'Warning',
        'CalculateExpectedPodCountFailed',
        `Failed to calculate the number of expected pods: ${error.message}`,
      );
      this.failSafe(budget, error.message);
    }
  }

  private writeStatus(budget: PodDisruptionBudget, pods: Pod[]): void {
    const { expected, desired } = this.expectation(budget, pods);
    const now = Date.now();
    const timeout = DELETION_TIMEOUT_MS / this.runtime.timeScale;
    const disrupted: Record<string, string> = {};
    let recheckAt = Number.POSITIVE_INFINITY;
    for (const pod of pods) {
      const since = budget.status?.disruptedPods?.[pod.metadata.name];
      if (!since || isTerminating(pod)) continue;
      const until = Date.parse(since) + timeout;
      if (until < now) {
        const message = `Pod was expected by PDB ${pod.metadata.namespace}/${budget.metadata.name} to be deleted but it wasn't`;
        this.events.record(pod, { type: 'Warning', reason: 'NotDeleted', message, component: 'controllermanager' });
      } else {
        disrupted[pod.metadata.name] = since;
        recheckAt = Math.min(recheckAt, until);
      }
    }
    const healthy = pods.filter(
      (pod) => !isTerminating(pod) && !(pod.metadata.name in disrupted) && isReady(pod),
    ).length;
    const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
    this.runtime.client.change('PodDisruptionBudget', budget, (current) => ({
      ...current,
      status: {
        currentHealthy: healthy,
        desiredHealthy: desired,
        disruptionsAllowed: allowed,
        expectedPods: expected,
        observedGeneration: budget.metadata.generation,
        ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
        conditions: allowedCondition(current, allowed, budget.metadata.generation),
      },
    }));
    if (Number.isFinite(recheckAt)) {
      const wait = (recheckAt - now + 10) * this.runtime.timeScale;
      this.runtime.after(wait, `budget-recheck/${budget.metadata.uid}`, () => this.enqueue(budget));
    }
  }

  /** A number in minAvailable counts pods as they are; all other forms need the scale of the pods' controllers. */
  private expectation(budget: PodDisruptionBudget, pods: Pod[]): { expected: number; desired: number } {
    const { maxUnavailable, minAvailable } = budget.spec;
    if (maxUnavailable !== undefined) {
      const expected = this.expectedScale(budget, pods);
      return { expected, desired: Math.max(0, expected - scaled(maxUnavailable, expected)) };
    }
    if (minAvailable === undefined) return { expected: 0, desired: 0 };
    if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable };
    const expected = this.expectedScale(budget, pods);
    return { expected, desired: scaled(minAvailable, expected) };
  }

  private expectedScale(budget: PodDisruptionBudget, pods: Pod[]): number {
    const scales = new Map<string, number>();
    let unmanaged = false;
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (!owner) {
        unmanaged = true;
        continue;
      }
      if (scales.has(owner.uid)) continue;
      const found = this.scaleOf(pod.metadata.namespace as string, owner);
      if (!found) throw new UnknownScale(`found no controllers for pod "${pod.metadata.name}"`);
      scales.set(found.uid, found.replicas);
    }
    if (unmanaged) {
      this.report(
        budget,
        'Warning',
        'UnmanagedPods',
        'Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the status of the PDB cannot be ' +
          'calculated correctly, which may result in undefined behavior. To account for these pods please set ' +
          '".spec.minAvailable" field of the PDB to an integer value.',
      );
    }
    return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  }

  private scaleOf(
    namespace: string,
    owner: { kind: string; name: string; uid: string },
  ): { uid: string; replicas: number } | undefined {
    const { client } = this.runtime;
    if (owner.kind === 'StatefulSet') {
      const set = client.get('StatefulSet', namespace, owner.name);
      return set?.metadata.uid === owner.uid ? { uid: owner.uid, replicas: set.spec.replicas ?? 1 } : undefined;
    }
    if (owner.kind !== 'ReplicaSet') return undefined;
    const set = client.get('ReplicaSet', namespace, owner.name);
    if (set?.metadata.uid !== owner.uid) return undefined;
    const parent = controllerOf(set);
    const deployment = parent && client.get('Deployment', namespace, parent.name);
    if (deployment && deployment.metadata.uid === parent?.uid) {
      return { uid: parent.uid, replicas: deployment.spec.replicas ?? 1 };
    }
    return { uid: owner.uid, replicas: set.spec.replicas ?? 1 };
  }

  private failSafe(budget: PodDisruptionBudget, message: string): void {
    this.runtime.client.change('PodDisruptionBudget', budget, (current) => ({
      ...current,
      status: {
        currentHealthy: 0,
        desiredHealthy: 0,
        expectedPods: 0,
        ...current.status,
        disruptionsAllowed: 0,
        conditions: withCondition(current.status?.conditions, {
          type: 'DisruptionAllowed',
          status: 'False',
          reason: 'SyncFailed',
          message,
          observedGeneration: current.status?.observedGeneration,
        }),
      },
    }));
  }

  private report(budget: PodDisruptionBudget, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.events.record(budget, { type, reason, message, component: 'controllermanager' });
  }
}

/** The pods' controller is not one whose scale is known (a daemon set or a job): the budget then allows nothing. */
class UnknownScale extends Error {}

/** Percentages round up, for minAvailable and maxUnavailable alike. */
function scaled(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

function allowedCondition(budget: PodDisruptionBudget, allowed: number, generation: number | undefined): Condition[] {
  const before = budget.status?.conditions;
  const status = allowed > 0 ? 'True' : 'False';
  const known = conditionOf(before, 'DisruptionAllowed');
  if (known?.status === status && known.observedGeneration === generation && known.reason !== 'SyncFailed') {
    return before ?? [];
  }
  return withCondition(
    before,
    {
      type: 'DisruptionAllowed',
      status,
      reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: generation,
    },
    kubeTime(),
  );
}
