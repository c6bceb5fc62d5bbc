import type { InputViolation } from '../../kernel/domain-error.js';
import { intOrPercentOf } from '../../kernel/int-or-percent.js';
import { allFields, boundedInput, type ResolvedField, type ShapeClass } from './field.decorator.js';
import { parseDateTime } from './parse-date-time.js';

/** More than a person reads; each of them is named by its path. */
export const MAX_VIOLATIONS = 100;

type Members = Record<string, unknown>;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/**
 * An instance of a shape from what came over the wire. Members that the shape does not have are reported and left out; null
 * means the same as left out where a field may be; defaults are filled in. Values of another type stay as they are, for the
 * validators to refuse: nothing becomes what it is not, a list least of all an object.
 */
export function shapeInstance(value: Members, shape: ShapeClass, pointer: string, found: InputViolation[]): object {
  const fields = allFields(shape);
  const instance = new (shape as unknown as new () => object)();
  for (const key of Object.keys(value)) {
    if (fields.has(key)) continue;
    if (found.length >= MAX_VIOLATIONS) break;
    found.push({ pointer: `${pointer}${pointerToken(key)}`, code: 'UNKNOWN_FIELD', message: 'is not a known field' });
  }
  for (const [key, field] of fields) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    const isLeftOut = given === undefined || (given === null && (field.nullable || field.default !== undefined));
    const filled = isLeftOut ? field.default : given;
    if (filled === undefined) continue;
    (instance as Members)[key] = member(filled, field, `${pointer}${pointerToken(key)}/`, found);
  }
  return instance;
}

function member(value: unknown, field: ResolvedField, pointer: string, found: InputViolation[]): unknown {
  if (!field.list) return item(value, field, pointer, found);
  // A list that is too long is refused as it is: its items are not looked at.
  const isTaken = Array.isArray(value) && value.length <= (boundedInput(field).maxItems ?? 0);
  return isTaken ? value.map((one, index) => item(one, field, `${pointer}${index}/`, found)) : value;
}

function item(value: unknown, { type }: ResolvedField, pointer: string, found: InputViolation[]): unknown {
  if (typeof type === 'function') return isObject(value) ? shapeInstance(value, type(), pointer, found) : value;
  if (type === 'dateTime' && typeof value === 'string') return parseDateTime(value) ?? value;
  if (type === 'intOrPercent') return intOrPercentOf(value) ?? value;
  return value;
}

export const pointerToken = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
