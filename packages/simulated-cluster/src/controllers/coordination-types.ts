import type { Condition, TypedObject } from './kube-types.js';

export interface Lease extends TypedObject {
  spec: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string; acquireTime?: string };
}

export interface Namespace extends TypedObject {
  spec?: { finalizers?: string[] };
  status?: { phase: string; conditions?: Condition[] };
}
