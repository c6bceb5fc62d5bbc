import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';

type Shape = 'list' | 'object' | 'map';

/** What a real server's decoder knows of each field by its Go type, as far as the controllers here rely on it. */
const METADATA: Readonly<Record<string, Shape>> = {
  'metadata.labels': 'map',
  'metadata.annotations': 'map',
  'metadata.ownerReferences': 'list',
  spec: 'object',
  status: 'object',
};
const POD_SPEC: Readonly<Record<string, Shape>> = {
  containers: 'list',
  initContainers: 'list',
  volumes: 'list',
  tolerations: 'list',
  nodeSelector: 'map',
  affinity: 'object',
  topologySpreadConstraints: 'list',
  schedulingGates: 'list',
  resourceClaims: 'list',
};
const TEMPLATE = { 'spec.selector': 'object', 'spec.template': 'object', ...under('spec.template.spec', POD_SPEC) };
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Node: {
    'spec.taints': 'list',
    'status.capacity': 'map',
    'status.allocatable': 'map',
    'status.conditions': 'list',
    'status.addresses': 'list',
    'status.nodeInfo': 'object',
    'status.daemonEndpoints': 'object',
  },
  Pod: {
    ...under('spec', POD_SPEC),
    'status.conditions': 'list',
    'status.containerStatuses': 'list',
    'status.initContainerStatuses': 'list',
  },
  Deployment: TEMPLATE,
  ReplicaSet: TEMPLATE,
  StatefulSet: TEMPLATE,
  DaemonSet: TEMPLATE,
  Job: TEMPLATE,
  PodDisruptionBudget: { 'spec.selector': 'object', 'status.disruptedPods': 'map', 'status.conditions': 'list' },
};

/** @throws ApiError 400, in the decoder's manner, where a field can't be what it says */
export function checkShape(kind: string, object: Json): void {
  for (const [path, shape] of Object.entries({ ...METADATA, ...KINDS[kind] })) {
    const value = path.split('.').reduce((at: Json, key) => at?.[key], object);
    if (value === undefined || value === null || isA(shape as Shape, value)) continue;
    const found = Array.isArray(value) ? 'array' : typeof value;
    throw ApiError.badRequest(
      `${kind} in version "${object.apiVersion}" cannot be handled as a ${kind}: json: cannot unmarshal ${found} into Go struct field ${kind}.${path}`,
    );
  }
}

function isA(shape: Shape, value: Json): boolean {
  if (shape === 'list') return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  return shape === 'object' || Object.values(value).every((item) => ['string', 'number'].includes(typeof item));
}

function under(prefix: string, shapes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(shapes).map(([path, shape]) => [`${prefix}.${path}`, shape]));
}
