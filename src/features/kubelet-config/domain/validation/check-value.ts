import type { FieldType } from '../fields/field-type.js';
import { isJsonObject, type JsonValue } from '../json/json-value.js';
import { parseCpuSet } from '../parsing/cpu-set.js';
import { parseEvictionThreshold } from '../parsing/eviction-threshold.js';
import { parseGoDuration } from '../parsing/go-duration.js';
import { nearestName } from '../parsing/nearest-name.js';
import { parseQuantity } from '../parsing/quantity.js';
import { type ConfigViolation, type Path, violation } from './violation.js';

const TYPE_NAMES: Record<FieldType['kind'], string> = {
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  duration: 'a duration such as 90s or 1m30s',
  quantity: 'a quantity such as 500Mi or 250m',
  threshold: 'a quantity such as 500Mi or a percentage such as 10%',
  cpuset: 'a CPU list such as 0-1,8',
  list: 'a list',
  map: 'an object of names and values',
  object: 'an object',
};

/** Everything wrong with one value, deep. `null` is only let through inside objects and maps of a patch, where it removes. */
export function checkValue(type: FieldType, value: JsonValue, path: Path): ConfigViolation[] {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrongType(type, value, path);
    case 'integer':
      return checkInteger(type, value, path);
    case 'number':
      if (typeof value !== 'number') return wrongType(type, value, path);
      return value > type.above && value <= type.max
        ? []
        : [violation(path, 'OUT_OF_RANGE', `must be greater than ${type.above} and at most ${type.max}`)];
    case 'list':
      return Array.isArray(value) ? checkList(type, value, path) : wrongType(type, value, path);
    case 'map':
    case 'object':
      return isJsonObject(value) ? checkObject(type, value, path) : wrongType(type, value, path);
    default:
      return checkText(type, value, path);
  }
}

/** With the form that was meant, where the value only lacks its quotes or has them too much: the kubelet converts nothing. */
function wrongType(type: FieldType, value: JsonValue, path: Path): ConfigViolation[] {
  const form = meantForm(type, value);
  const hint = form === undefined ? '' : `; write ${form}`;
  return [violation(path, 'INVALID_TYPE', `must be ${TYPE_NAMES[type.kind]}${hint}`)];
}

function meantForm(type: FieldType, value: JsonValue): string | undefined {
  if (typeof value === 'string') {
    const isMeant =
      type.kind === 'boolean'
        ? /^(true|false)$/
        : type.kind === 'integer'
          ? /^-?\d{1,15}$/
          : type.kind === 'number'
            ? /^0?\.\d{1,9}$|^1$/
            : null;
    return isMeant?.test(value.trim()) ? `${value.trim()} without quotes` : undefined;
  }
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  if (type.kind === 'boolean') return value === 0 || value === 1 ? String(value === 1) : undefined;
  if (['integer', 'number', 'list', 'map', 'object'].includes(type.kind)) return undefined;
  if (typeof value === 'boolean' && type.kind !== 'string') return undefined;
  return type.kind === 'duration' ? `"${value}s" if seconds are meant` : `"${value}" in quotes`;
}

function checkInteger(type: FieldType & { kind: 'integer' }, value: JsonValue, path: Path): ConfigViolation[] {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(type, value, path);
  if (value >= type.min && value <= type.max) return [];
  return [violation(path, 'OUT_OF_RANGE', `must be from ${type.min} to ${type.max}`)];
}

function checkText(type: FieldType, value: JsonValue, path: Path): ConfigViolation[] {
  const text = typeof value === 'number' ? numberAsText(type, value) : value;
  if (typeof text !== 'string') return wrongType(type, value, path);
  const problem = textProblem(type, text);
  return problem ? [violation(path, ...problem)] : [];
}

/** Most text does not decode from numbers: only types with a decoder of their own do. */
function numberAsText(type: FieldType, value: number): string | undefined {
  if (type.kind === 'quantity' && type.numbers) return String(value);
  return type.kind === 'duration' && type.nanoseconds && Number.isSafeInteger(value) ? `${value}ns` : undefined;
}

type Problem = [code: string, message: string] | undefined;

function textProblem(type: FieldType, text: string): Problem {
  switch (type.kind) {
    case 'string':
      return stringProblem(type, text);
    case 'duration':
      return durationProblem(type, text);
    case 'quantity':
      return quantityProblem(type, text);
    case 'threshold':
      if (parseEvictionThreshold(text, type.allowZero)) return undefined;
      return ['INVALID_THRESHOLD', `must be a${type.allowZero ? '' : ' positive'} quantity or 0% to 100%`];
    default:
      return parseCpuSet(text) ? undefined : ['INVALID_CPU_SET', `must be ${TYPE_NAMES.cpuset}`];
  }
}

function stringProblem(type: FieldType & { kind: 'string' }, text: string): Problem {
  if (type.enum && !type.enum.includes(text)) {
    return ['NOT_ALLOWED', `must be one of ${type.enum.map((option) => JSON.stringify(option)).join(', ')}`];
  }
  const problem = type.check?.(text);
  return problem ? ['INVALID_VALUE', problem] : undefined;
}

function durationProblem(type: FieldType & { kind: 'duration' }, text: string): Problem {
  const parsed = parseGoDuration(text);
  if (parsed === undefined) return ['INVALID_DURATION', `must be ${TYPE_NAMES.duration}`];
  const inside = (type.min === undefined || parsed >= type.min) && (type.max === undefined || parsed <= type.max);
  return inside ? undefined : ['OUT_OF_RANGE', type.range ?? 'is out of range'];
}

function quantityProblem(type: FieldType & { kind: 'quantity' }, text: string): Problem {
  const parsed = parseQuantity(text);
  if (parsed === undefined) return ['INVALID_QUANTITY', `must be ${TYPE_NAMES.quantity}`];
  if (parsed < 0n) return ['OUT_OF_RANGE', 'must not be negative'];
  return type.positive && parsed === 0n ? ['OUT_OF_RANGE', 'must be greater than zero'] : undefined;
}

function checkList(type: FieldType & { kind: 'list' }, value: JsonValue[], path: Path): ConfigViolation[] {
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    const found = checkValue(type.items, item, [...path, index]);
    const text = JSON.stringify(item);
    if (type.unique && seen.has(text)) found.push(violation([...path, index], 'DUPLICATE_ITEM', 'is listed twice'));
    seen.add(text);
    return found;
  });
}

function checkObject(
  type: FieldType & { kind: 'map' | 'object' },
  value: Record<string, JsonValue>,
  path: Path,
): ConfigViolation[] {
  const found = Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, key];
    const inner =
      type.kind === 'map' ? type.values : Object.hasOwn(type.properties, key) ? type.properties[key] : undefined;
    if (!inner) {
      const nearest = type.kind === 'object' ? nearestName(key, Object.keys(type.properties)) : undefined;
      return [violation(at, 'UNKNOWN_FIELD', `is not a known field${nearest ? `; did you mean ${nearest}?` : ''}`)];
    }
    const keyProblem = type.kind === 'map' ? type.checkKey?.(key) : undefined;
    if (keyProblem) return [violation(at, 'INVALID_KEY', keyProblem)];
    return item === null ? [] : checkValue(inner, item, at);
  });
  if (type.kind === 'object') {
    for (const name of type.required) {
      if ((Object.hasOwn(value, name) ? value[name] : null) === null) {
        found.push(violation([...path, name], 'REQUIRED', 'must be given'));
      }
    }
  }
  return found;
}
