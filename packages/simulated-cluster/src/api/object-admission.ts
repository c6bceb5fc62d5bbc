import { ApiError, type StatusCause } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { podSecurityViolation } from '../store/pod-security.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import { sameJson } from '../store/same-json.js';
import type { UserInfo } from './cluster-access.js';

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** The parts of admission that clients notice: namespace lifecycle, priority classes, the requestor of a CSR. */
export function admitCreation(store: ObjectStore, kind: ResourceKind, object: Json, user: UserInfo): void {
  const { namespace, name } = object.metadata;
  if (kind.namespaced) checkNamespace(store, kind, namespace || 'default', name ?? '');
  if (kind.kind === 'Pod') admitPod(store, object, namespace || 'default');
  if (kind.kind === 'CertificateSigningRequest') {
    object.spec = { ...object.spec, username: user.username, groups: user.groups };
  }
}

/** Nothing may be made in a namespace that is going away; an eviction counts as making something, too. */
export function checkNamespace(store: ObjectStore, kind: ResourceKind, namespace: string, name: string): void {
  const found = store.get('Namespace', undefined, namespace);
  if (!found) {
    throw new ApiError(404, 'NotFound', `namespaces "${namespace}" not found`, { name: namespace, kind: 'namespaces' });
  }
  if (!found.metadata.deletionTimestamp) return;
  const message = `${kind.qualifiedPlural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw ApiError.forbidden(message, { ...kind.statusDetails(name), causes: [cause] });
}

function admitPod(store: ObjectStore, pod: Json, namespace: string): void {
  const violation = podSecurityViolation(store, namespace, pod.spec);
  if (violation) throw ApiError.forbidden(`pods "${pod.metadata.name ?? ''}" is forbidden: ${violation}`);
  const name = pod.spec?.priorityClassName;
  if (!name || pod.spec.priority !== undefined) return;
  const found = store.get('PriorityClass', undefined, name);
  if (!found) {
    throw ApiError.forbidden(
      `pods "${pod.metadata.name ?? ''}" is forbidden: no PriorityClass with name ${name} was found`,
    );
  }
  pod.spec = { ...pod.spec, priority: found.value, preemptionPolicy: found.preemptionPolicy ?? 'PreemptLowerPriority' };
}

/** A small part of the real validation: what a wrong client would most likely get wrong. */
export function validate(kind: ResourceKind, object: KubeObject, previous?: KubeObject): void {
  const causes: StatusCause[] = [];
  const { name } = object.metadata;
  if (!previous && !NAME.test(name)) {
    causes.push(
      invalidValue(
        'metadata.name',
        name,
        'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters',
      ),
    );
  }
  for (const key of Object.keys(object.metadata.labels ?? {})) {
    if (!/^([a-z0-9.-]+\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(key)) {
      causes.push(invalidValue('metadata.labels', key, 'name part must consist of alphanumeric characters'));
    }
  }
  if (kind.kind === 'Pod') validatePod(object, previous, causes);
  if (kind.kind === 'Node') validateNode(object, causes);
  if (kind.kind === 'Event' && !previous) validateEvent(object, causes);
  if (causes.length > 0) throw ApiError.invalid(kind, name, causes);
}

function validatePod(pod: KubeObject, previous: KubeObject | undefined, causes: StatusCause[]): void {
  if (!pod.spec?.containers?.length) {
    causes.push({ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' });
  }
  if (!previous || sameJson(podFixedSpec(pod.spec), podFixedSpec(previous.spec))) return;
  const message =
    'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  causes.push({ reason: 'FieldValueForbidden', message, field: 'spec' });
}

/** The spec without what may be changed on a pod. */
function podFixedSpec(spec: Json): Json {
  const images = (list: readonly Json[] = []) => list.map((container) => ({ ...container, image: '' }));
  return {
    ...spec,
    tolerations: [],
    activeDeadlineSeconds: 0,
    schedulingGates: [],
    ephemeralContainers: [],
    containers: images(spec?.containers),
    initContainers: images(spec?.initContainers),
  };
}

/** An event about something without a namespace belongs into the default one, where it is not of the newer kind. */
function validateEvent({ metadata, involvedObject, regarding, eventTime }: KubeObject, causes: StatusCause[]): void {
  const about = (involvedObject ?? regarding)?.namespace ?? '';
  const wanted = about === '' ? ['default', ...(eventTime ? ['kube-system'] : [])] : [about];
  if (wanted.includes(metadata.namespace ?? '')) return;
  causes.push(invalidValue('involvedObject.namespace', about, 'does not match event.namespace'));
}

function validateNode(node: KubeObject, causes: StatusCause[]): void {
  const { unschedulable, taints } = node.spec ?? {};
  if (unschedulable !== undefined && typeof unschedulable !== 'boolean') {
    causes.push(invalidValue('spec.unschedulable', String(unschedulable), 'must be a boolean'));
  }
  const seen = new Set<string>();
  for (const [index, taint] of (taints ?? []).entries()) {
    const field = `spec.taints[${index}]`;
    if (!['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(taint.effect)) {
      causes.push({
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: "${taint.effect}"`,
        field: `${field}.effect`,
      });
    }
    const identity = `${taint.key} ${taint.effect}`;
    if (seen.has(identity))
      causes.push({ reason: 'FieldValueDuplicate', message: `Duplicate value: "${taint.key}"`, field });
    seen.add(identity);
  }
}

function invalidValue(field: string, value: string, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: "${value}": ${why}`, field };
}
