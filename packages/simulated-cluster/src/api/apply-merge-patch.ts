import type { Json } from '../store/kube-object.js';

/** RFC 7386, without changing its input: maps merge, lists replace, null removes. */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

function isMap(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
