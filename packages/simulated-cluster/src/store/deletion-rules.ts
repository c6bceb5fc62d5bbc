import { ApiError } from './api-error.js';
import type { KubeObject } from './kube-object.js';
import type { ResourceKind } from './resource-kinds.js';

/** What a deletion may demand of the object it finds. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Terminating, nothing left to wait for: the write that removed the last finalizer is the deletion. */
export function isReleased(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = object.metadata;
  return Boolean(
    deletionTimestamp && !deletionGracePeriodSeconds && !finalizers?.length && !object.spec?.finalizers?.length,
  );
}

export function gracePeriodOf(kind: ResourceKind, object: KubeObject, requested: number | undefined): number {
  if (kind.kind !== 'Pod') return 0;
  const finished = object.status?.phase === 'Succeeded' || object.status?.phase === 'Failed';
  if (!object.spec?.nodeName || finished) return 0;
  const grace = requested ?? object.spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}

export function checkPreconditions(
  kind: ResourceKind,
  current: KubeObject,
  { uid, resourceVersion }: Preconditions,
): void {
  const { name, uid: actualUid, resourceVersion: actual } = current.metadata;
  const refuse = (what: string, wanted: string, found: string | undefined) =>
    ApiError.conflict(
      kind,
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). ` +
        'The object might have been deleted and then recreated',
    );
  if (uid && uid !== actualUid) throw refuse('UID', uid, actualUid);
  if (resourceVersion && resourceVersion !== actual) {
    throw ApiError.conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${actual}). ` +
        'The object might have been modified',
    );
  }
}
