import { contentHash } from '../../../../kernel/content-hash.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import { normalValue } from '../fields/normal-value.js';
import { hasBrokenText, type JsonObject, type JsonValue } from '../json/json-value.js';

const LONE_SURROGATES = /\p{Surrogate}/gu;

/** What a live document means, so that spelling, order and left-out zero values make no difference. */
function meaning(live: JsonObject, withNodeSpecific: boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(live).flatMap(([name, value]): [string, JsonValue][] => {
      if (name === 'apiVersion' || name === 'kind') return [];
      const spec = KUBELET_FIELDS.get(name);
      if (spec?.nodeSpecific && !withNodeSpecific) return [];
      const normal = spec ? normalValue(spec.type, value) : value;
      return normal === undefined ? [] : [[name, normal]];
    }),
  );
}

const hash = (value: JsonObject): string => contentHash(hasBrokenText(value) ? mended(value) : value);

/** A kubelet may answer text that is no Unicode, which has no canonical form. */
function mended(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replace(LONE_SURROGATES, '\ufffd');
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(LONE_SURROGATES, '\ufffd'), mended(item)]),
  );
}

/** Hash of one node's whole configuration: an approval is bound to it, and a change of it makes the approval stale. */
export const liveConfigHash = (live: JsonObject): string => hash(meaning(live, true));

/** Hash without the fields that differ between nodes by nature: equal for nodes that are configured alike. */
export const fleetConfigHash = (live: JsonObject): string => hash(meaning(live, false));
