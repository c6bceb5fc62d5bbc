import type { FieldType } from '../fields/field-type.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import { sameValue } from '../fields/normal-value.js';
import { jsonPointer } from '../json/json-pointer.js';
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json/json-value.js';

export interface ConfigDifference {
  /** JSON pointer into KubeletConfiguration. */
  path: string;
  field: string;
  /** Undefined where absent. */
  before: JsonValue | undefined;
  after: JsonValue | undefined;
}

/** The members in which two documents mean different things, down to entries of maps and objects; lists count as a whole. */
export function diffConfig(before: JsonObject, after: JsonObject): ConfigDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => name !== 'apiVersion' && name !== 'kind')
    .flatMap((name) =>
      diffValue(KUBELET_FIELDS.get(name)?.type, [name], ownValue(before, name), ownValue(after, name)).map(
        ({ path, before: from, after: to }) => ({ path: jsonPointer(path), field: name, before: from, after: to }),
      ),
    );
}

interface Leaf {
  path: string[];
  before: JsonValue | undefined;
  after: JsonValue | undefined;
}

function diffValue(
  type: FieldType | undefined,
  path: string[],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): Leaf[] {
  const same = type ? sameValue(type, before, after) : JSON.stringify(before) === JSON.stringify(after);
  if (same) return [];
  const [from, to] = [before ?? {}, after ?? {}];
  if (!isJsonObject(from) || !isJsonObject(to) || (type && type.kind !== 'map' && type.kind !== 'object')) {
    return [{ path, before, after }];
  }
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  const inner = keys.flatMap((key) =>
    diffValue(memberType(type, key), [...path, key], ownValue(from, key), ownValue(to, key)),
  );
  // an empty map that becomes set differs although no entry does
  return inner.length > 0 ? inner : [{ path, before, after }];
}

function memberType(type: FieldType | undefined, key: string): FieldType | undefined {
  if (type?.kind === 'map') return type.values;
  return type?.kind === 'object' && Object.hasOwn(type.properties, key) ? type.properties[key] : undefined;
}
