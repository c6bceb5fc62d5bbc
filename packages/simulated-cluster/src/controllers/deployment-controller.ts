import { birthTime } from './birth-time.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import { kubeTime } from './kube-time.js';
import type { Condition, Deployment, ReplicaSet } from './kube-types.js';
import { controllerOf, ownerReference, withCondition } from './pod-state.js';
import { stableHash } from './stable-hash.js';

const HASH_LABEL = 'pod-template-hash';

/** Makes a replica set per pod template and moves replicas to the current one as its pods become ready. */
export class DeploymentController {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    for (const deployment of client.list('Deployment')) this.enqueue(deployment);
    runtime.onStop(client.subscribe('Deployment', ({ object }) => this.enqueue(object)));
    runtime.onStop(
      client.subscribe('ReplicaSet', ({ object }) => {
        const owner = controllerOf(object);
        const deployment = owner && client.get('Deployment', object.metadata.namespace, owner.name);
        if (deployment) this.enqueue(deployment);
      }),
    );
  }

  private enqueue({ metadata: { namespace, name } }: Deployment): void {
    this.runtime.enqueue(`deployment/${namespace}/${name}`, () => this.sync(namespace as string, name));
  }

  private sync(namespace: string, name: string): void {
    const deployment = this.runtime.client.get('Deployment', namespace, name);
    if (!deployment || deployment.metadata.deletionTimestamp) return;
    const owned = this.setsOf(deployment);
    const hash = templateHash(deployment);
    const current =
      owned.find((set) => set.metadata.labels?.[HASH_LABEL] === hash) ?? this.createSet(deployment, hash, owned);
    const desired = deployment.spec.replicas ?? 1;
    this.scale(deployment, current, desired);
    const others = owned.filter((set) => set.metadata.uid !== current.metadata.uid);
    let spare = Math.max(0, desired - (current.status?.readyReplicas ?? 0));
    for (const old of others) {
      const keep = Math.min(old.spec.replicas ?? 0, spare);
      spare -= keep;
      this.scale(deployment, old, keep);
    }
    this.updateStatus(deployment, current);
  }

  private setsOf(deployment: Deployment): ReplicaSet[] {
    return this.runtime.client
      .list('ReplicaSet', { namespace: deployment.metadata.namespace })
      .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  }

  private createSet(deployment: Deployment, hash: string, owned: ReplicaSet[]): ReplicaSet {
    const { template, selector } = deployment.spec;
    const created = birthTime(this.runtime, deployment);
    return this.runtime.client.create('ReplicaSet', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        ...(created ? { creationTimestamp: created } : {}),
        labels: { ...template.metadata?.labels, [HASH_LABEL]: hash },
        annotations: {
          'deployment.kubernetes.io/desired-replicas': String(deployment.spec.replicas ?? 1),
          'deployment.kubernetes.io/revision': String(owned.length + 1),
        },
        ownerReferences: [ownerReference(deployment)],
      },
      spec: {
        replicas: owned.length === 0 ? (deployment.spec.replicas ?? 1) : 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: {
          ...template,
          metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash } },
        },
      },
    });
  }

  private scale(deployment: Deployment, set: ReplicaSet, replicas: number): void {
    const before = set.spec.replicas ?? 0;
    if (before === replicas) return;
    this.runtime.client.change('ReplicaSet', set, (current) => ({ ...current, spec: { ...current.spec, replicas } }));
    const direction = replicas > before ? 'up' : 'down';
    this.events.record(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
      component: 'deployment-controller',
    });
  }

  private updateStatus(deployment: Deployment, currentSet: ReplicaSet): void {
    const sets = this.setsOf(deployment);
    const sum = (field: string) => sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
    const updated = sets.find((set) => set.metadata.uid === currentSet.metadata.uid)?.status?.replicas ?? 0;
    const desired = deployment.spec.replicas ?? 1;
    const ready = sum('readyReplicas');
    this.runtime.client.change('Deployment', deployment, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        annotations: { ...current.metadata.annotations, 'deployment.kubernetes.io/revision': String(sets.length) },
      },
      status: {
        ...counts({
          replicas: sum('replicas'),
          updatedReplicas: updated,
          readyReplicas: ready,
          availableReplicas: ready,
          unavailableReplicas: Math.max(0, desired - ready),
        }),
        observedGeneration: deployment.metadata.generation,
        conditions: this.conditions(current.status?.conditions as Condition[] | undefined, currentSet, ready, desired),
      },
    }));
  }

  private conditions(before: Condition[] | undefined, set: ReplicaSet, ready: number, desired: number): Condition[] {
    // A quarter may be missing, as the default strategy allows.
    const available = ready >= desired - Math.floor(desired / 4);
    const now = kubeTime();
    const conditions = withCondition(before, {
      type: 'Available',
      status: available ? 'True' : 'False',
      reason: available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: `Deployment ${available ? 'has' : 'does not have'} minimum availability.`,
    });
    const progressing = withCondition(conditions, {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${set.metadata.name}" has successfully progressed.`,
    });
    return progressing.map((item) => ({ lastUpdateTime: item.lastUpdateTime ?? now, ...item }));
  }
}

/** Zero counts are left out of status, as the real types do. */
function counts(all: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value > 0));
}

function templateHash(deployment: Deployment): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  let hash = stableHash(JSON.stringify(deployment.spec.template));
  let text = '';
  for (let i = 0; i < 9; i += 1) {
    text += alphabet[hash % alphabet.length];
    hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995) >>> 0;
  }
  return text;
}
