import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';

/**
 * By which fields the elements of a list are told apart. The field names are those of the kinds served here; where one name
 * stands for lists with different keys, the first candidate that the elements carry decides. Lists that are not named
 * here are replaced; taints and tolerations are among those in the real API, too.
 */
const MERGE_KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  env: [['name']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  ports: [['containerPort'], ['port']],
  imagePullSecrets: [['name']],
  secrets: [['name']],
  hostAliases: [['ip']],
  topologySpreadConstraints: [['topologyKey']],
  conditions: [['type']],
  addresses: [['type']],
  ownerReferences: [['uid']],
  hostIPs: [['ip']],
  podIPs: [['ip']],
};
/** Lists of plain values that are merged as sets. */
const SETS: ReadonlySet<string> = new Set(['finalizers', 'podCIDRs']);
const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';

/** A strategic merge patch with $patch (replace, delete, merge), $retainKeys, $deleteFromPrimitiveList; input unchanged. */
export function applyStrategicPatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
  if (patch.$patch === 'replace') return without(patch, '$patch');
  if (patch.$patch === 'delete') return {};
  const base: Json = isMap(target) ? { ...target } : {};
  const result = Array.isArray(patch.$retainKeys) ? retain(base, patch.$retainKeys) : base;
  for (const [key, value] of Object.entries(patch)) applyField(result, key, value as Json);
  return result;
}

function applyField(result: Json, key: string, value: Json): void {
  if (key === '$patch' || key === '$retainKeys' || key.startsWith(ELEMENT_ORDER)) return;
  if (key.startsWith(DELETE_FROM_LIST)) {
    const list = key.slice(DELETE_FROM_LIST.length);
    if (Array.isArray(result[list])) result[list] = result[list].filter((item: Json) => !value.includes(item));
  } else if (value === null) delete result[key];
  else if (Array.isArray(value)) result[key] = patchList(key, result[key], value);
  else if (isMap(value) && value.$patch === 'delete') delete result[key];
  else result[key] = applyStrategicPatch(result[key], value);
}

function patchList(field: string, current: Json, patch: readonly Json[]): Json {
  const list: readonly Json[] = Array.isArray(current) ? current : [];
  if (patch.some((item) => isMap(item) && item.$patch === 'replace'))
    return patch.filter((item) => item.$patch !== 'replace');
  if (SETS.has(field)) return [...new Set([...list, ...patch])];
  const keys = MERGE_KEYS[field]?.find((candidate) =>
    patch.every((item) => candidate.every((key) => hasKey(item, key))),
  );
  if (!keys) {
    if (MERGE_KEYS[field] && patch.some((item) => isMap(item) && item.$patch)) {
      throw ApiError.badRequest(
        `map: ${JSON.stringify(patch)} does not contain declared merge key: ${MERGE_KEYS[field][0]?.[0]}`,
      );
    }
    return patch;
  }
  return mergeByKeys(list, patch, keys);
}

function mergeByKeys(list: readonly Json[], patch: readonly Json[], keys: readonly string[]): Json[] {
  const result = [...list];
  for (const item of patch) {
    const index = result.findIndex((candidate) => keys.every((key) => candidate?.[key] === item[key]));
    if (item.$patch === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(applyStrategicPatch(undefined, item));
    else result[index] = applyStrategicPatch(result[index], item);
  }
  return result;
}

function hasKey(item: Json, key: string): boolean {
  return isMap(item) && item[key] !== undefined;
}

function retain(map: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}

function without(map: Json, key: string): Json {
  const { [key]: _removed, ...rest } = map;
  return rest;
}

function isMap(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
