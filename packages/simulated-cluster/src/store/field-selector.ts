import { ApiError } from './api-error.js';
import type { Json, KubeObject } from './kube-object.js';
import type { ResourceKind } from './resource-kinds.js';

export interface FieldTerm {
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

export type ObjectMatcher = (object: KubeObject) => boolean;

/** Parses `spec.nodeName=a,status.phase!=Running`; refuses what the kind cannot be selected by, as the real server does. */
export function parseFieldSelector(kind: ResourceKind, text: string): readonly FieldTerm[] {
  const terms: FieldTerm[] = [];
  for (const part of text.split(',').filter((item) => item.trim() !== '')) {
    const match = /^\s*([^!=]+?)\s*(!=|==|=)\s*(.*?)\s*$/.exec(part);
    if (!match) throw ApiError.badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const path = match[1] as string;
    if (!kind.selectableFields.has(path)) throw ApiError.badRequest(`field label not supported: ${path}`);
    terms.push({ path, equal: match[2] !== '!=', value: match[3] as string });
  }
  return terms;
}

export function fieldMatcher(terms: readonly FieldTerm[]): ObjectMatcher {
  const matchers = terms.map(({ path, equal, value }) => {
    const read = reader(path);
    return (object: KubeObject) => (read(object) === value) === equal;
  });
  return (object) => matchers.every((matches) => matches(object));
}

function reader(path: string): (object: KubeObject) => string {
  if (path === 'source') return (object) => object.source?.component ?? object.reportingComponent ?? '';
  if (path === 'status.successful') return (object) => String(object.status?.succeeded ?? 0);
  const keys = path.split('.');
  const whenAbsent = BOOLEAN_FIELDS.has(path) ? 'false' : '';
  return (object) => {
    let value: Json = object;
    for (const key of keys) value = value?.[key];
    return value === undefined || value === null ? whenAbsent : String(value);
  };
}

const BOOLEAN_FIELDS: ReadonlySet<string> = new Set(['spec.unschedulable', 'spec.hostNetwork']);
