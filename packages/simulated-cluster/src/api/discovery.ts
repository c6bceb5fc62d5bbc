import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';
import { RESOURCE_KINDS, type ResourceKind } from '../store/resource-kinds.js';
import { REVIEWS } from './access-reviews.js';
import { METRICS_GROUP, METRICS_RESOURCES } from './metrics-api.js';

export const GIT_VERSION = 'v1.35.4';

export const VERSION_INFO: Json = {
  major: '1',
  minor: '35',
  emulationMajor: '1',
  emulationMinor: '35',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '34',
  gitVersion: GIT_VERSION,
  gitCommit: '5a1c0b2d3e4f5061728394a5b6c7d8e9f0a1b2c3',
  gitTreeState: 'clean',
  buildDate: '2026-04-15T09:00:00Z',
  goVersion: 'go1.25.8',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** `/api`, `/apis` and below; undefined when the path is none of them. */
export function discoveryDocument(path: string): Json | undefined {
  const parts = path.split('/').filter(Boolean);
  if (parts[0] === 'api' && parts.length === 1) return coreVersions();
  if (parts[0] === 'api' && parts.length === 2 && parts[1] === 'v1') return resourceList('', 'v1');
  if (parts[0] !== 'apis') return undefined;
  if (parts.length === 1) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupDocument) };
  const [, group = '', version] = parts;
  const known = groups().find((item) => item.name === group && (!version || item.version === version));
  if (!known) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  if (parts.length === 2) return { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(known) };
  return parts.length === 3 ? resourceList(group, known.version) : undefined;
}

function coreVersions(): Json {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

interface Group {
  readonly name: string;
  readonly version: string;
}

function groups(): Group[] {
  const found = new Map<string, Group>();
  for (const { group, version } of RESOURCE_KINDS) if (group) found.set(group, { name: group, version });
  for (const { group } of Object.values(REVIEWS)) found.set(group, { name: group, version: 'v1' });
  found.set(METRICS_GROUP, { name: METRICS_GROUP, version: 'v1beta1' });
  return [...found.values()];
}

function groupDocument({ name, version }: Group): Json {
  const entry = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [entry], preferredVersion: entry };
}

function resourceList(group: string, version: string): Json {
  const resources = RESOURCE_KINDS.filter((kind) => kind.group === group).flatMap(resourceEntries);
  for (const [name, review] of Object.entries(REVIEWS)) {
    if (review.group !== group) continue;
    resources.push({
      name,
      singularName: review.kind.toLowerCase(),
      namespaced: false,
      kind: review.kind,
      verbs: ['create'],
    });
  }
  if (group === METRICS_GROUP) resources.push(...METRICS_RESOURCES);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group ? `${group}/${version}` : version,
    resources,
  };
}

function resourceEntries(kind: ResourceKind): Json[] {
  const main = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: ALL_VERBS,
    shortNames: kind.shortNames.length > 0 ? kind.shortNames : undefined,
    categories: kind.categories.length > 0 ? kind.categories : undefined,
  };
  return [main, ...kind.subresources.map((name) => subresourceEntry(kind, name))];
}

/** Subresources whose body is of another kind than the object. */
const SUBRESOURCE_TYPES: Readonly<Record<string, Json>> = {
  binding: { kind: 'Binding', verbs: ['create'] },
  // Clients look for exactly this entry to learn that pods can be evicted; without it kubectl deletes instead.
  eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  log: { verbs: ['get'] },
  proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
  token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  finalize: { verbs: ['update'] },
};

function subresourceEntry(kind: ResourceKind, name: string): Json {
  const type = SUBRESOURCE_TYPES[name] ?? { verbs: ['get', 'patch', 'update'] };
  return { name: `${kind.plural}/${name}`, singularName: '', namespaced: kind.namespaced, kind: kind.kind, ...type };
}
