import { isJsonObject, type JsonValue } from './json-value.js';

/** JSON merge patch (RFC 7396): maps merge, lists replace, null removes. Neither argument is changed. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  // fromEntries defines own properties, so a key like __proto__ stays data
  return Object.fromEntries(merged);
}
