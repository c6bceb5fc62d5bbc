import type { Json } from '../store/kube-object.js';
import { RESOURCE_KINDS, type ResourceKind } from '../store/resource-kinds.js';

/**
 * Just enough OpenAPI for kubectl to learn that writes take `dryRun` and `fieldValidation`; without it `apply` and `create`
 * refuse to run. Schemas are left out: kubectl knows the types it prints.
 */
export function openApiDocument(path: string): Json | undefined {
  if (path === '/openapi/v2') return documentV2();
  if (path === '/openapi/v3') return indexV3();
  const match = /^\/openapi\/v3\/(api\/v1|apis\/([^/]+)\/[^/]+)$/.exec(path);
  return match ? documentV3(match[2] ?? '') : undefined;
}

const INFO = { title: 'Kubernetes', version: 'v1.35.4' };
const QUERY_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation'];

function indexV3(): Json {
  const paths: Record<string, Json> = {};
  for (const kind of RESOURCE_KINDS) {
    const path = kind.group ? `apis/${kind.group}/${kind.version}` : 'api/v1';
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=1` };
  }
  return { paths };
}

function documentV3(group: string): Json {
  const paths: Record<string, Json> = {};
  const schemas: Record<string, Json> = {};
  for (const kind of RESOURCE_KINDS.filter((item) => item.group === group)) {
    const parameters = QUERY_PARAMETERS.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
    const operation = { parameters, 'x-kubernetes-group-version-kind': gvk(kind) };
    paths[objectPath(kind)] = { patch: { ...operation, 'x-kubernetes-action': 'patch' } };
    schemas[schemaName(kind)] = { type: 'object', 'x-kubernetes-group-version-kind': [gvk(kind)] };
  }
  return { openapi: '3.0.0', info: INFO, paths, components: { schemas } };
}

function documentV2(): Json {
  const paths: Record<string, Json> = {};
  const definitions: Record<string, Json> = {};
  for (const kind of RESOURCE_KINDS) {
    const parameters = QUERY_PARAMETERS.map((name) => ({ name, in: 'query', type: 'string', uniqueItems: true }));
    const extensions = { 'x-kubernetes-action': 'patch', 'x-kubernetes-group-version-kind': gvk(kind) };
    paths[objectPath(kind)] = { patch: { parameters, responses: { 200: { description: 'OK' } }, ...extensions } };
    definitions[schemaName(kind)] = { type: 'object', 'x-kubernetes-group-version-kind': [gvk(kind)] };
  }
  return { swagger: '2.0', info: INFO, paths, definitions };
}

function objectPath(kind: ResourceKind): string {
  const base = kind.group ? `/apis/${kind.group}/${kind.version}` : '/api/v1';
  return `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}/{name}`;
}

function schemaName(kind: ResourceKind): string {
  return `io.k8s.api.${kind.group.split('.')[0] || 'core'}.${kind.version}.${kind.kind}`;
}

function gvk({ group, version, kind }: ResourceKind): Json {
  return { group, version, kind };
}
