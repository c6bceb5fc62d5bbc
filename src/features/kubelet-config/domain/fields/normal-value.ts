import { isJsonObject, type JsonValue, ownValue } from '../json/json-value.js';
import { parseCpuSet } from '../parsing/cpu-set.js';
import { parseEvictionThreshold } from '../parsing/eviction-threshold.js';
import { parseGoDuration } from '../parsing/go-duration.js';
import { parseQuantity } from '../parsing/quantity.js';
import type { FieldType } from './field-type.js';

/**
 * One form for values that mean the same: `2m` and `2m0s`, `1Gi` and `1024Mi`, absent and zero (configz leaves zero values out).
 * Only for comparing; people are shown the text as it was written. Undefined stands for the zero value.
 */
export function normalValue(type: FieldType, value: JsonValue | undefined): JsonValue | undefined {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return undefined;
  if (Array.isArray(value)) return normalList(type, value);
  if (isJsonObject(value)) return normalObject(type, value);
  if (typeof value === 'string') return normalText(type, value);
  if (typeof value === 'number') return normalNumber(type, value);
  return value;
}

export const sameValue = (type: FieldType, a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  JSON.stringify(normalValue(type, a)) === JSON.stringify(normalValue(type, b));

function normalText(type: FieldType, value: string): JsonValue | undefined {
  switch (type.kind) {
    case 'duration':
      return scalar(parseGoDuration(value), value);
    case 'quantity':
      return scalar(parseQuantity(value), value);
    case 'threshold': {
      const threshold = parseEvictionThreshold(value, true);
      if (!threshold) return value;
      return 'percent' in threshold ? `${threshold.percent}%` : threshold.quantity.toString();
    }
    case 'cpuset':
      return parseCpuSet(value) ?? value;
    default:
      return value;
  }
}

/** As the text that means the same: 5000000000 nanoseconds are `5s`. */
function normalNumber(type: FieldType, value: number): JsonValue | undefined {
  if (type.kind === 'quantity') return normalText(type, String(value));
  return type.kind === 'duration' && Number.isInteger(value) ? BigInt(value).toString() : value;
}

const scalar = (parsed: bigint | undefined, raw: string): string | undefined =>
  parsed === 0n ? undefined : (parsed?.toString() ?? raw);

function normalList(type: FieldType, value: JsonValue[]): JsonValue | undefined {
  if (value.length === 0) return undefined;
  const items = value.map((item) => (type.kind === 'list' ? (normalValue(type.items, item) ?? null) : item));
  // the kubelet reads lists of unique items as sets
  return type.kind === 'list' && type.unique ? [...items].sort(byText) : items;
}

function normalObject(type: FieldType, value: Record<string, JsonValue>): JsonValue | undefined {
  const entries = Object.keys(value)
    .sort()
    .flatMap((key): [string, JsonValue][] => {
      const item = ownValue(value, key);
      // a map entry counts even when its value is zero: a feature gate set to false is not an absent one
      if (type.kind === 'map') return [[key, normalValue(type.values, item) ?? item ?? null]];
      const inner = type.kind === 'object' && Object.hasOwn(type.properties, key) ? type.properties[key] : undefined;
      const normal = inner ? normalValue(inner, item) : item;
      return normal === undefined ? [] : [[key, normal]];
    });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const byText = (a: JsonValue, b: JsonValue): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
