import type { KubeObject } from '../store/kube-object.js';
import { RESOURCE_KINDS } from '../store/resource-kinds.js';
import type { TypedKind } from './cluster-client.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { PodIndex } from './pod-index.js';

const OWNERS: readonly TypedKind[] = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'];

/** Removes what its owner leaves behind: pods of workloads, pods of deleted nodes, and everything in a deleted namespace. */
export class GarbageCollector {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly pods: PodIndex,
  ) {
    const { client } = runtime;
    for (const kind of OWNERS) {
      runtime.onStop(
        client.store.subscribe(kind, ({ type, object }) => {
          if (type === 'DELETED') this.later(`gc/${object.metadata.uid}`, () => this.collectDependents(object));
        }),
      );
    }
    runtime.onStop(
      client.subscribe('Node', ({ type, object }) => {
        const { name } = object.metadata;
        if (type === 'DELETED') this.later(`pod-gc/${name}`, () => this.collectPodsOfNode(name));
      }),
    );
    runtime.onStop(
      client.subscribe('Namespace', ({ type, object }) => {
        const { name } = object.metadata;
        if (type !== 'DELETED' && object.metadata.deletionTimestamp) {
          this.later(`namespace/${name}`, () => this.emptyNamespace(name));
        }
      }),
    );
    for (const namespace of client.list('Namespace')) {
      const { name, deletionTimestamp } = namespace.metadata;
      if (deletionTimestamp) this.later(`namespace/${name}`, () => this.emptyNamespace(name));
    }
  }

  private later(key: string, work: () => void): void {
    this.runtime.enqueue(key, work);
  }

  private collectDependents(owner: KubeObject): void {
    const { client } = this.runtime;
    const { uid, namespace } = owner.metadata;
    for (const pod of this.pods.ownedBy(uid)) client.delete('Pod', pod);
    if (owner.kind !== 'Deployment') return;
    for (const set of client.list('ReplicaSet', { namespace })) {
      if (set.metadata.ownerReferences?.some((reference) => reference.uid === uid)) client.delete('ReplicaSet', set);
    }
  }

  private collectPodsOfNode(nodeName: string): void {
    if (this.runtime.client.get('Node', undefined, nodeName)) return;
    for (const pod of this.runtime.client.podsOnNode(nodeName)) {
      this.runtime.client.delete('Pod', pod, { gracePeriodSeconds: 0 });
    }
  }

  /** Terminating pods take their time, so this looks again until nothing is left, and only then lets the namespace go. */
  private emptyNamespace(name: string): void {
    const { client } = this.runtime;
    const namespace = client.get('Namespace', undefined, name);
    if (!namespace?.metadata.deletionTimestamp) return;
    let left = 0;
    for (const kind of RESOURCE_KINDS.filter((item) => item.namespaced)) {
      for (const object of client.store.list(kind.kind, { namespace: name })) {
        if (!object.metadata.deletionTimestamp) client.delete(kind.kind, object);
      }
      left += client.store.list(kind.kind, { namespace: name }).length;
    }
    if (left > 0) {
      this.runtime.after(500, `namespace/${name}`, () => this.emptyNamespace(name));
      return;
    }
    client.change('Namespace', namespace, (current) => ({ ...current, spec: { ...current.spec, finalizers: [] } }));
  }
}
