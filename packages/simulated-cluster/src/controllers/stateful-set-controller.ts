import { birthTime } from './birth-time.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import type { Pod, StatefulSet } from './kube-types.js';
import type { PodIndex } from './pod-index.js';
import { controllerOf, isFinished, isReady, isTerminating, podFromTemplate } from './pod-state.js';
import { stableHash } from './stable-hash.js';

/** Keeps pods with stable names; one that goes comes back under its name, with its volumes, one after the other. */
export class StatefulSetController {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly pods: PodIndex,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    for (const set of client.list('StatefulSet')) this.enqueue(set);
    runtime.onStop(client.subscribe('StatefulSet', ({ object }) => this.enqueue(object)));
    runtime.onStop(
      client.subscribe('Pod', ({ object }) => {
        const owner = controllerOf(object);
        if (owner?.kind !== 'StatefulSet') return;
        const set = client.get('StatefulSet', object.metadata.namespace, owner.name);
        if (set) this.enqueue(set);
      }),
    );
  }

  private enqueue({ metadata: { namespace, name } }: StatefulSet): void {
    this.runtime.enqueue(`statefulset/${namespace}/${name}`, () => this.sync(namespace as string, name));
  }

  private sync(namespace: string, name: string): void {
    const set = this.runtime.client.get('StatefulSet', namespace, name);
    if (!set) return;
    if (!set.metadata.deletionTimestamp) this.reconcile(set);
    this.updateStatus(set);
  }

  private reconcile(set: StatefulSet): void {
    const { client } = this.runtime;
    const replicas = set.spec.replicas ?? 1;
    const ordered = set.spec.podManagementPolicy !== 'Parallel';
    const byName = new Map(this.pods.ownedBy(set.metadata.uid).map((pod) => [pod.metadata.name, pod]));
    for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
      const pod = byName.get(`${set.metadata.name}-${ordinal}`);
      if (pod && isFinished(pod) && !isTerminating(pod)) client.delete('Pod', pod);
      const missing = !pod && !client.get('Pod', set.metadata.namespace, `${set.metadata.name}-${ordinal}`);
      if (missing) this.createPod(set, ordinal);
      if (ordered && (!pod || isTerminating(pod) || !isReady(pod)) && !this.runtime.isBootstrapping) return;
    }
    const surplus = [...byName.values()].filter((pod) => ordinalOf(pod) >= replicas && !isTerminating(pod));
    surplus.sort((a, b) => ordinalOf(b) - ordinalOf(a));
    for (const pod of ordered ? surplus.slice(0, 1) : surplus) {
      if (ordered && [...byName.values()].some(isTerminating)) return;
      client.delete('Pod', pod);
      this.report(
        set,
        'SuccessfulDelete',
        `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
      );
    }
  }

  private createPod(set: StatefulSet, ordinal: number): void {
    const name = `${set.metadata.name}-${ordinal}`;
    const { template, volumeClaimTemplates } = set.spec;
    const claims = (volumeClaimTemplates ?? []).map((claim) => ({
      claim,
      claimName: `${claim.metadata.name}-${name}`,
    }));
    for (const { claim, claimName } of claims) this.ensureClaim(set, claim, claimName);
    const volumes = [
      ...(template.spec.volumes ?? []),
      ...claims.map(({ claim, claimName }) => ({
        name: claim.metadata.name,
        persistentVolumeClaim: { claimName },
      })),
    ];
    this.runtime.client.create(
      'Pod',
      podFromTemplate(
        set,
        template,
        { name },
        {
          creationTimestamp: birthTime(this.runtime, set),
          labels: {
            'apps.kubernetes.io/pod-index': String(ordinal),
            'controller-revision-hash': revision(set),
            'statefulset.kubernetes.io/pod-name': name,
          },
          spec: {
            hostname: name,
            subdomain: set.spec.serviceName,
            ...(volumes.length > 0 ? { volumes } : {}),
          },
        },
      ),
    );
    this.report(set, 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  private ensureClaim(
    set: StatefulSet,
    template: NonNullable<StatefulSet['spec']['volumeClaimTemplates']>[number],
    name: string,
  ): void {
    const { client } = this.runtime;
    if (client.get('PersistentVolumeClaim', set.metadata.namespace, name)) return;
    client.store.create('PersistentVolumeClaim', {
      metadata: { name, namespace: set.metadata.namespace, labels: set.spec.selector.matchLabels },
      spec: template.spec,
    });
  }

  private report(set: StatefulSet, reason: string, message: string): void {
    this.events.record(set, { type: 'Normal', reason, message, component: 'statefulset-controller' });
  }

  private updateStatus(set: StatefulSet): void {
    const pods = this.pods.ownedBy(set.metadata.uid).filter((pod) => !isFinished(pod));
    const ready = pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length;
    this.runtime.client.change('StatefulSet', set, (current) => ({
      ...current,
      status: {
        observedGeneration: set.metadata.generation,
        replicas: pods.length,
        readyReplicas: ready,
        currentReplicas: pods.length,
        updatedReplicas: pods.length,
        availableReplicas: ready,
        currentRevision: revision(set),
        updateRevision: revision(set),
        collisionCount: 0,
      },
    }));
  }
}

const ordinalOf = (pod: Pod): number => Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));

const revision = (set: StatefulSet): string =>
  `${set.metadata.name}-${stableHash(JSON.stringify(set.spec.template)).toString(16)}`;
