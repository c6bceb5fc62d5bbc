import type { ControllerRuntime } from './controller-runtime.js';
import type { Pod } from './kube-types.js';
import { controllerOf } from './pod-state.js';

/** Pods by the uid of the object that controls them, so that no controller has to scan a namespace. */
export class PodIndex {
  private readonly byOwner = new Map<string, Map<string, Pod>>();

  constructor(runtime: ControllerRuntime) {
    for (const pod of runtime.client.list('Pod')) this.put(pod);
    runtime.onStop(
      runtime.client.subscribe('Pod', ({ type, object, previous }) => {
        const before = previous && controllerOf(previous);
        // An entry keeps its place while its owner stays.
        if (before && before.uid !== controllerOf(object)?.uid)
          this.byOwner.get(before.uid)?.delete(object.metadata.name);
        if (type === 'DELETED') this.remove(object);
        else this.put(object);
      }),
    );
  }

  /** In order of creation of the index entries; finished and terminating pods included. */
  ownedBy(uid: string | undefined): Pod[] {
    return uid ? [...(this.byOwner.get(uid)?.values() ?? [])] : [];
  }

  private put(pod: Pod): void {
    const owner = controllerOf(pod);
    if (!owner) return;
    const pods = this.byOwner.get(owner.uid);
    if (pods) pods.set(pod.metadata.name, pod);
    else this.byOwner.set(owner.uid, new Map([[pod.metadata.name, pod]]));
  }

  private remove(pod: Pod): void {
    const owner = controllerOf(pod);
    if (!owner) return;
    const pods = this.byOwner.get(owner.uid);
    pods?.delete(pod.metadata.name);
    if (pods?.size === 0) this.byOwner.delete(owner.uid);
  }
}
