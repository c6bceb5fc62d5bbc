import { birthTime } from './birth-time.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import type { Pod, ReplicaSet } from './kube-types.js';
import type { PodIndex } from './pod-index.js';
import { controllerOf, isActive, isReady, podFromTemplate } from './pod-state.js';

/** Keeps as many pods of a replica set alive as it asks for. */
export class ReplicaSetController {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly pods: PodIndex,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    for (const set of client.list('ReplicaSet')) this.enqueue(set);
    runtime.onStop(client.subscribe('ReplicaSet', ({ object }) => this.enqueue(object)));
    runtime.onStop(
      client.subscribe('Pod', ({ object }) => {
        const owner = controllerOf(object);
        if (owner?.kind !== 'ReplicaSet') return;
        const set = client.get('ReplicaSet', object.metadata.namespace, owner.name);
        if (set) this.enqueue(set);
      }),
    );
  }

  private enqueue({ metadata: { namespace, name } }: ReplicaSet): void {
    this.runtime.enqueue(`replicaset/${namespace}/${name}`, () => this.sync(namespace as string, name));
  }

  private sync(namespace: string, name: string): void {
    const set = this.runtime.client.get('ReplicaSet', namespace, name);
    if (!set) return;
    const active = () => this.pods.ownedBy(set.metadata.uid).filter(isActive);
    if (!set.metadata.deletionTimestamp) this.scale(set, active());
    this.updateStatus(set, active());
  }

  private scale(set: ReplicaSet, active: Pod[]): void {
    const { client } = this.runtime;
    const missing = (set.spec.replicas ?? 1) - active.length;
    for (let i = 0; i < missing; i += 1) {
      const pod = client.create(
        'Pod',
        podFromTemplate(
          set,
          set.spec.template,
          { generateName: `${set.metadata.name}-` },
          { creationTimestamp: birthTime(this.runtime, set) },
        ),
      );
      this.report(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
    if (missing >= 0) return;
    for (const pod of [...active].sort(byWorth).slice(0, -missing)) {
      client.delete('Pod', pod);
      this.report(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
  }

  private report(set: ReplicaSet, reason: string, message: string): void {
    this.events.record(set, { type: 'Normal', reason, message, component: 'replicaset-controller' });
  }

  private updateStatus(set: ReplicaSet, active: Pod[]): void {
    const ready = active.filter(isReady).length;
    this.runtime.client.change('ReplicaSet', set, (current) => ({
      ...current,
      status: {
        replicas: active.length,
        ...(active.length > 0 ? { fullyLabeledReplicas: active.length } : {}),
        ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
        observedGeneration: set.metadata.generation,
      },
    }));
  }
}

/** Which pods go first when there are too many: unscheduled, not running, not ready, youngest. */
function byWorth(a: Pod, b: Pod): number {
  const rank = (pod: Pod) =>
    (pod.spec.nodeName ? 1 : 0) + (pod.status.phase === 'Running' ? 1 : 0) + (isReady(pod) ? 1 : 0);
  return rank(a) - rank(b) || (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}
