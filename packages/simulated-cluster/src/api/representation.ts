import { ApiError } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import type { TableColumn } from './tables/table-definition.js';
import { tableFor } from './tables/table-registry.js';

/** The forms in which clients may ask for objects. */
export type Form = 'object' | 'table' | 'metadata';

export interface Representation {
  readonly form: Form;
  /** What a table row carries of its object. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  readonly apiVersion: string;
}

export function negotiate(accept: string | undefined, query: URLSearchParams): Representation {
  const wanted = query.get('includeObject');
  const includeObject = wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
  for (const part of (accept || '*/*').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((item) => item.trim());
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    const { as, v = 'v1' } = Object.fromEntries(parameters.map((item) => item.split('='))) as Record<string, string>;
    const apiVersion = `meta.k8s.io/${v}`;
    if (as === 'Table') return { form: 'table', includeObject, apiVersion };
    if (as?.startsWith('PartialObjectMetadata')) return { form: 'metadata', includeObject, apiVersion };
    if (!as) return { form: 'object', includeObject, apiVersion: '' };
  }
  const message =
    'only the following media types are accepted: application/json, application/json;as=Table;g=meta.k8s.io;v=v1, ' +
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  throw new ApiError(406, 'NotAcceptable', message);
}

/** One object as a whole answer. */
export function presentObject(kind: ResourceKind, object: KubeObject, as: Representation): Json {
  if (as.form === 'metadata') return partialMetadata(object, as.apiVersion);
  if (as.form === 'object') return object;
  const { columns } = tableFor(kind.kind);
  return { ...tableHead(as, object.metadata.resourceVersion, columns), rows: [tableRow(kind, object, as)] };
}

/** One object as an element of a list, where the real server leaves out `kind` and `apiVersion`. */
export function presentItem(kind: ResourceKind, object: KubeObject, as: Representation): Json {
  if (as.form === 'table') return tableRow(kind, object, as);
  if (as.form === 'metadata') return { ...partialMetadata(object, as.apiVersion) };
  return { ...object, kind: undefined, apiVersion: undefined };
}

export function tableHead(
  as: Representation,
  resourceVersion: string | undefined,
  columns?: readonly TableColumn[],
): Json {
  return {
    kind: 'Table',
    apiVersion: as.apiVersion,
    metadata: { resourceVersion },
    columnDefinitions: columns ?? null,
  };
}

export function tableRow(kind: ResourceKind, object: KubeObject, as: Representation): Json {
  const cells = tableFor(kind.kind).cells(object);
  if (as.includeObject === 'None') return { cells };
  return { cells, object: as.includeObject === 'Object' ? object : partialMetadata(object, as.apiVersion) };
}

function partialMetadata(object: KubeObject, apiVersion: string): Json {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}
