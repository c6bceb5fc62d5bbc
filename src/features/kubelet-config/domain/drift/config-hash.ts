import { contentHash } from '../../../../kernel/content-hash.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import { normalValue } from '../fields/normal-value.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';

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

// a kubelet may answer text that is no Unicode, which has no canonical form
const hash = (value: JsonObject): string =>
  contentHash(
    JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'string' ? v.replace(LONE_SURROGATES, '\ufffd') : v))),
  );

/** Hash of one node's whole configuration: an approval is bound to it, and a change of it makes the approval stale. */
export const liveConfigHash = (live: JsonObject): string => hash(meaning(live, true));

/** Hash without the fields that differ between nodes by nature: equal for nodes that are configured alike. */
export const fleetConfigHash = (live: JsonObject): string => hash(meaning(live, false));
