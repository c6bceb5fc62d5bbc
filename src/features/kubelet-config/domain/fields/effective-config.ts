import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json/json-value.js';
import { mergePatch } from '../json/merge-patch.js';
import { KUBELET_DEFAULTS } from './kubelet-fields.js';

/** A patch without the type header that each drop-in carries anyway. */
export function patchFields(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => key !== 'apiVersion' && key !== 'kind'));
}

/** Defaults that configz never leaves out; an absent boolean means false, as Go omits it. */
const ALWAYS_SHOWN: JsonObject = Object.fromEntries(
  Object.entries(KUBELET_DEFAULTS).filter(([, value]) => typeof value !== 'boolean'),
);

/**
 * What the kubelet would run with after the patch. The live document is what configz shows, where defaults are filled in, so a
 * removed field goes back to its default instead of vanishing. Without a live document the defaults are the base.
 */
export function effectiveConfig(live: JsonObject | null, patch: JsonObject): JsonObject {
  const base = live === null ? { ...KUBELET_DEFAULTS } : { ...ALWAYS_SHOWN, ...patchFields(live) };
  const merged = mergePatch(base, patchFields(patch)) as JsonObject;
  return restoreDefaults(merged, patchFields(patch), KUBELET_DEFAULTS);
}

function restoreDefaults(merged: JsonObject, patch: JsonObject, defaults: Readonly<JsonObject>): JsonObject {
  const restored = new Map(Object.entries(merged));
  for (const [key, value] of Object.entries(patch)) {
    const fallback: JsonValue | undefined = ownValue(defaults, key);
    if (fallback === undefined) continue;
    const current = restored.get(key);
    if (value === null) restored.set(key, fallback);
    else if (isJsonObject(value) && isJsonObject(current) && isJsonObject(fallback)) {
      // a threshold that is removed from a written map is off, its default does not come back
      restored.set(key, key === 'evictionHard' ? current : restoreDefaults(current, value, fallback));
    }
  }
  return Object.fromEntries(restored);
}
