import type { ControllerRuntime } from './controller-runtime.js';
import { kubeTime } from './kube-time.js';
import type { TypedObject } from './kube-types.js';

const LONGEST_HEAD_START_MS = 36 * 3600 * 1000;

/**
 * When an object made by a controller was created: now, or, while the first state of a cluster is made, some time after
 * its owner, so that ages in a fresh demo look lived in.
 */
export function birthTime(runtime: ControllerRuntime, owner: TypedObject): string | undefined {
  if (!runtime.isBootstrapping) return undefined;
  const ownerBirth = Date.parse(owner.metadata.creationTimestamp ?? kubeTime());
  const latest = Math.min(Date.now(), ownerBirth + LONGEST_HEAD_START_MS);
  return kubeTime(new Date(ownerBirth + (latest - ownerBirth) * runtime.random.next()));
}
