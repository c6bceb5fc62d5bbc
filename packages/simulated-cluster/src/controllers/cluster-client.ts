import type { KubeObject } from '../store/kube-object.js';
import type { DeleteOptions, ListOptions, ObjectStore } from '../store/object-store.js';
import type { Lease, Namespace } from './coordination-types.js';
import type {
  DaemonSet,
  Deployment,
  Job,
  Node,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  StatefulSet,
} from './kube-types.js';
import type { CSINode, PersistentVolume, PersistentVolumeClaim, VolumeAttachment } from './storage-types.js';

export interface KindTypes {
  DaemonSet: DaemonSet;
  Deployment: Deployment;
  Job: Job;
  Lease: Lease;
  Namespace: Namespace;
  Node: Node;
  PersistentVolume: PersistentVolume;
  PersistentVolumeClaim: PersistentVolumeClaim;
  Pod: Pod;
  PodDisruptionBudget: PodDisruptionBudget;
  ReplicaSet: ReplicaSet;
  StatefulSet: StatefulSet;
  VolumeAttachment: VolumeAttachment;
  CSINode: CSINode;
}

export type TypedKind = keyof KindTypes;

export interface TypedEvent<K extends TypedKind> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KindTypes[K];
  previous?: KindTypes[K];
}

/** The store seen through the types that the controllers work with. The casts between JSON and types live here alone. */
export class ClusterClient {
  constructor(readonly store: ObjectStore) {}

  get<K extends TypedKind>(kind: K, namespace: string | undefined, name: string): KindTypes[K] | undefined {
    return this.store.get(kind, namespace, name) as KindTypes[K] | undefined;
  }

  list<K extends TypedKind>(kind: K, options: ListOptions = {}): KindTypes[K][] {
    return this.store.list(kind, options) as unknown as KindTypes[K][];
  }

  podsOnNode(nodeName: string): Pod[] {
    return this.store.podsOnNode(nodeName) as unknown as Pod[];
  }

  create<K extends TypedKind>(kind: K, object: KindTypes[K]): KindTypes[K] {
    return this.store.create(kind, object as unknown as KubeObject) as unknown as KindTypes[K];
  }

  /** Writes the whole object if it is still there and still the same one; a controller's view may be a moment old. */
  change<K extends TypedKind>(
    kind: K,
    object: KindTypes[K],
    change: (current: KindTypes[K]) => KindTypes[K],
  ): KindTypes[K] | undefined {
    const current = this.get(kind, object.metadata.namespace, object.metadata.name);
    if (!current || current.metadata.uid !== object.metadata.uid) return undefined;
    return this.store.update(kind, change(current) as unknown as KubeObject) as unknown as KindTypes[K];
  }

  delete(
    kind: string,
    object: { metadata: { namespace?: string; name: string; uid?: string } },
    options?: DeleteOptions,
  ) {
    const { namespace, name, uid } = object.metadata;
    const current = this.store.get(kind, namespace, name);
    if (current && current.metadata.uid === uid) this.store.delete(kind, namespace, name, options);
  }

  subscribe<K extends TypedKind>(kind: K, listener: (event: TypedEvent<K>) => void): () => void {
    return this.store.subscribe(kind, (event) => listener(event as unknown as TypedEvent<K>));
  }
}
