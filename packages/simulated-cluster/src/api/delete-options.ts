import { ApiError } from '../store/api-error.js';
import { checkPreconditions } from '../store/deletion-rules.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { DeleteOptions } from '../store/object-store.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import type { ApiExchange } from './api-exchange.js';

export interface RequestedDeletion extends DeleteOptions {
  readonly dryRun: boolean;
}

/** From the body, or from the query as old clients send it. */
export async function readDeleteOptions(exchange: ApiExchange): Promise<RequestedDeletion> {
  const body = await exchange.body();
  const fromQuery = exchange.info.query.get('gracePeriodSeconds');
  return deletionFrom(body ?? (fromQuery === null ? undefined : { gracePeriodSeconds: Number(fromQuery) }));
}

export function deletionFrom(options: Json): RequestedDeletion {
  const grace = options?.gracePeriodSeconds;
  if (grace !== undefined && grace !== null && !Number.isInteger(grace)) {
    throw ApiError.badRequest('gracePeriodSeconds must be a whole number');
  }
  return {
    uid: options?.preconditions?.uid ?? undefined,
    resourceVersion: options?.preconditions?.resourceVersion ?? undefined,
    gracePeriodSeconds: grace ?? undefined,
    dryRun: (options?.dryRun ?? []).includes('All'),
  };
}

export function checkDeletable(kind: ResourceKind, current: KubeObject, options: RequestedDeletion): void {
  checkPreconditions(kind, current, options);
  const { name } = current.metadata;
  if (kind.kind !== 'Namespace') return;
  if (name === 'kube-system' || name === 'default' || name === 'kube-public') {
    throw ApiError.forbidden(
      `namespaces "${name}" is forbidden: this namespace may not be deleted`,
      kind.statusDetails(name),
    );
  }
}
