import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';
import { sameJson } from '../store/same-json.js';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** RFC 6902, without changing its input. */
export function applyJsonPatch(document: Json, operations: Json): Json {
  if (!Array.isArray(operations)) throw ApiError.badRequest('a JSON patch must be an array of operations');
  return operations.reduce((current, operation) => applyOperation(current, operation), document);
}

function applyOperation(document: Json, { op, path, from, value }: Operation): Json {
  const keys = pointer(path);
  switch (op) {
    case 'add':
      return change(document, keys, (parent, key) => put(parent, key, value, true), value);
    case 'replace':
      read(document, keys);
      return change(document, keys, (parent, key) => put(parent, key, value, false), value);
    case 'remove':
      read(document, keys);
      return change(document, keys, remove, undefined);
    case 'test':
      if (!sameJson(read(document, keys), value)) throw invalid(`testing value ${path} failed`);
      return document;
    case 'copy':
    case 'move': {
      const source = pointer(from ?? '');
      const moved = read(document, source);
      const base = op === 'move' ? change(document, source, remove, undefined) : document;
      return change(base, keys, (parent, key) => put(parent, key, moved, true), moved);
    }
    default:
      throw invalid(`unexpected kind of operation: ${op}`);
  }
}

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path?.startsWith('/')) throw invalid(`"${path}" is not a JSON pointer`);
  return path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: Json, keys: readonly string[]): Json {
  let value = document;
  for (const key of keys) {
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? value[key] : undefined;
    if (value === undefined) throw invalid(`the path /${keys.join('/')} does not exist`);
  }
  return value;
}

function change(document: Json, keys: readonly string[], edit: (parent: Json, key: string) => void, root: Json): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return root;
  if (typeof document !== 'object' || document === null) throw invalid(`the path to ${key} does not exist`);
  const copy = Array.isArray(document) ? [...document] : { ...document };
  if (rest.length === 0) edit(copy, key);
  else copy[key] = change(copy[key], rest, edit, root);
  return copy;
}

function put(parent: Json, key: string, value: Json, insert: boolean): void {
  if (!Array.isArray(parent)) {
    parent[key] = value;
    return;
  }
  const index = key === '-' ? parent.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > parent.length) throw invalid(`invalid array index ${key}`);
  parent.splice(index, insert ? 0 : 1, value);
}

function remove(parent: Json, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function invalid(message: string): ApiError {
  return new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`);
}
