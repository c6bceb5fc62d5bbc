import { kubeTime } from './kube-time.js';
import type { Condition, OwnerReference, Pod, PodTemplate, TypedObject } from './kube-types.js';

export const controllerOf = (object: TypedObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller);

export const isFinished = (pod: Pod): boolean => pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** What a controller counts as one of its replicas. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isTerminating(pod);

export const conditionOf = (conditions: Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod.status.conditions, 'Ready')?.status === 'True';

/** Sets one condition; the transition time moves only when the status changes. */
export function withCondition(
  conditions: Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now = kubeTime(),
): Condition[] {
  const before = conditionOf(conditions, next.type);
  const changed = before?.status !== next.status;
  const condition = { ...next, lastTransitionTime: changed ? now : (before?.lastTransitionTime ?? now) };
  if (!before) return [...(conditions ?? []), condition];
  return (conditions ?? []).map((item) => (item.type === next.type ? condition : item));
}

export const ownerReference = (owner: TypedObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid as string,
  controller: true,
  blockOwnerDeletion: true,
});

/** A pod from a controller's template; the spec is shared with the template unless it differs per pod. */
export function podFromTemplate(
  owner: TypedObject,
  template: PodTemplate,
  name: { name: string } | { generateName: string },
  changes: { labels?: Record<string, string>; spec?: Partial<Pod['spec']>; creationTimestamp?: string } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      ...name,
      namespace: owner.metadata.namespace,
      ...(changes.creationTimestamp ? { creationTimestamp: changes.creationTimestamp } : {}),
      labels: { ...template.metadata?.labels, ...changes.labels },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      ownerReferences: [ownerReference(owner)],
    },
    spec: changes.spec ? { ...template.spec, ...changes.spec } : template.spec,
    // The phase is filled in by the store, with the quality of service class.
    status: {} as Pod['status'],
  };
}
