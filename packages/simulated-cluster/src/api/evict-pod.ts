import { ApiError, type StatusCause } from '../store/api-error.js';
import { checkPreconditions } from '../store/deletion-rules.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import { labelSelectorMatcher } from '../store/label-selector.js';
import type { DeleteOptions, ObjectStore } from '../store/object-store.js';
import { resourceKind } from '../store/resource-kinds.js';
import type { ApiExchange } from './api-exchange.js';
import { deletionFrom, type RequestedDeletion } from './delete-options.js';
import { checkNamespace } from './object-admission.js';
import type { RequestLog } from './request-log.js';

const DENIED = "Cannot evict pod as it would violate the pod's disruption budget.";
const MOST_DISRUPTED_PODS = 2000;

/** `pods/eviction`, step by step as the real server's eviction REST does it. */
export async function evictPod(store: ObjectStore, log: RequestLog, exchange: ApiExchange): Promise<void> {
  const { namespace, name } = exchange.info;
  const eviction = await exchange.requireBody();
  if (eviction.metadata?.name && eviction.metadata.name !== name) {
    throw ApiError.badRequest('name in URL does not match name in Eviction object');
  }
  checkNamespace(store, resourceKind('Pod'), namespace, name);
  const options = deletionFrom(eviction.deleteOptions);
  const dryRun = exchange.dryRun || options.dryRun;
  const pod = store.require('Pod', namespace, name);
  if (bypassesBudgets(pod)) removePod(store, log, pod, options, dryRun);
  else evictWithinBudget(store, log, pod, options, dryRun);
  exchange.send(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

/** Such pods disrupt nothing by going. */
function bypassesBudgets(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(pod.status?.phase) || pod.metadata.deletionTimestamp !== undefined;
}

function evictWithinBudget(
  store: ObjectStore,
  log: RequestLog,
  pod: KubeObject,
  options: RequestedDeletion,
  dryRun: boolean,
): void {
  const [budget, second] = budgetsOf(store, pod);
  if (second) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiError(500, '', message);
  }
  if (budget && !mayGoUnhealthy(pod, budget)) {
    // The budget is spent only on a pod that the caller means: a replacement under the same name costs nothing.
    checkTarget(pod, options);
    spend(store, budget, pod.metadata.name, dryRun);
  }
  removePod(store, log, pod, options, dryRun);
}

function budgetsOf(store: ObjectStore, pod: KubeObject): KubeObject[] {
  if (Object.keys(pod.metadata.labels ?? {}).length === 0) return [];
  return store
    .list('PodDisruptionBudget', { namespace: pod.metadata.namespace })
    .filter((budget) => labelSelectorMatcher(budget.spec?.selector)(pod.metadata.labels));
}

/** An unready pod does not count as healthy, so that its going takes nothing from the budget. */
function mayGoUnhealthy(pod: KubeObject, budget: KubeObject): boolean {
  if ((pod.status?.conditions ?? []).some((item: Json) => item.type === 'Ready' && item.status === 'True'))
    return false;
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function spend(store: ObjectStore, budget: KubeObject, podName: string, dryRun: boolean): void {
  const { status = {}, metadata } = budget;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw denied(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0) throw budgetForbidden(metadata.name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MOST_DISRUPTED_PODS) {
    throw budgetForbidden(
      metadata.name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  }
  if (allowed === 0) throw denied(whyDenied(budget));
  if (dryRun) return;
  const disruptedPods = { ...status.disruptedPods, [podName]: store.timestamp() };
  store.update('PodDisruptionBudget', {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods,
      conditions: budgetConditions(store, status, allowed - 1),
    },
  });
}

function budgetConditions(store: ObjectStore, status: Json, allowed: number): Json {
  if (allowed > 0) return status.conditions;
  return (status.conditions ?? []).map((condition: Json) =>
    condition.type === 'DisruptionAllowed' && condition.status === 'True'
      ? { ...condition, status: 'False', reason: 'InsufficientPods', lastTransitionTime: store.timestamp() }
      : condition,
  );
}

function whyDenied({ metadata, status }: KubeObject): string {
  const condition = (status?.conditions ?? []).find((item: Json) => item.type === 'DisruptionAllowed');
  if (condition?.reason === 'SyncFailed') {
    return `The disruption budget ${metadata.name} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  }
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  return `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
}

function denied(message: string, retryAfterSeconds?: number): ApiError {
  const cause: StatusCause = { reason: 'DisruptionBudget', message };
  return new ApiError(429, 'TooManyRequests', DENIED, { causes: [cause], retryAfterSeconds });
}

function budgetForbidden(name: string, why: string): ApiError {
  const details = { name, group: 'policy', kind: 'poddisruptionbudget' };
  return ApiError.forbidden(`poddisruptionbudget.policy "${name}" is forbidden: ${why}`, details);
}

function removePod(
  store: ObjectStore,
  log: RequestLog,
  pod: KubeObject,
  options: DeleteOptions,
  dryRun: boolean,
): void {
  const { namespace, name } = pod.metadata;
  checkTarget(pod, options);
  if (dryRun) return;
  log.recordEviction(pod);
  const marked = store.modify('Pod', namespace, name, (current) => withDisruptionTarget(store, current));
  const { resourceVersion } = options;
  // The condition just set is a change of its own; the caller's version was checked before it.
  store.delete('Pod', namespace, name, {
    ...options,
    resourceVersion: resourceVersion ? marked.metadata.resourceVersion : undefined,
  });
}

/** The eviction names the kind where deletions name the resource. */
function checkTarget(pod: KubeObject, options: DeleteOptions): void {
  try {
    checkPreconditions(resourceKind('Pod'), pod, options);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const details = { ...error.details, kind: 'Pod' };
    throw new ApiError(error.code, error.reason, error.message.replace(' on pods "', ' on Pod "'), details);
  }
}

function withDisruptionTarget(store: ObjectStore, pod: KubeObject): KubeObject {
  const others = (pod.status?.conditions ?? []).filter((item: Json) => item.type !== 'DisruptionTarget');
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: store.timestamp(),
  };
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
