import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { type ValidationError, validate } from 'class-validator';
import { DomainError, type InputViolation } from '../../kernel/domain-error.js';
import { inputFault } from '../../kernel/sound-text.js';
import { coerceQuery } from './coerce-query.js';
import { allFields, type ShapeClass } from './field.decorator.js';
import { isObject, MAX_VIOLATIONS, pointerToken, shapeInstance } from './shape-instance.js';

/** Texts that no shape bounds: path parameters, single arguments of GraphQL. */
const MAX_TEXT = 512;
const MAX_TEXTS = 5_000;

/**
 * Validates every argument of every transport: its text can be stored, it is no deeper than anything here takes, and where
 * its class has fields, unknown members are errors. All violations are reported at once, with JSON pointers into the body or
 * `?name` for query parameters. Nothing is converted but query texts.
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  async transform(value: unknown, { metatype, type, data }: ArgumentMetadata): Promise<unknown> {
    if (type === 'custom') return value;
    const prefix = type === 'query' ? '?' : '/';
    const fault = inputFault(value);
    if (fault) throw invalid([{ ...fault, pointer: whereOf(fault.pointer, prefix, data) }]);
    const fields = metatype ? allFields(metatype as ShapeClass) : new Map();
    if (fields.size === 0) return bounded(value, whereOf('', prefix, data));
    // An argument of GraphQL that is null is one that was left out.
    const isLeftOut = value === undefined || (value === null && data !== undefined);
    if (!isLeftOut && !isObject(value)) {
      throw invalid([{ pointer: '', code: 'INVALID_TYPE', message: 'must be a JSON object' }]);
    }
    const given = (isLeftOut ? {} : value) as Record<string, unknown>;
    const plain = type === 'query' ? coerceQuery(given, fields) : given;
    const violations: InputViolation[] = [];
    const instance = shapeInstance(plain, metatype as ShapeClass, prefix, violations);
    const errors = await validate(instance, { validationError: { target: false, value: false } });
    violations.push(...errors.flatMap((error) => violationsOf(error, prefix)));
    if (violations.length > 0) throw invalid(violations);
    return instance;
  }
}

function whereOf(pointer: string, prefix: string, data: unknown): string {
  if (typeof data === 'string') return `${prefix}${data}${pointer}`;
  return prefix === '?' ? pointer.replace(/^\//, '?') : pointer;
}

function bounded(value: unknown, pointer: string): unknown {
  const tooLong = (text: unknown) => typeof text === 'string' && text.length > MAX_TEXT;
  const isTooLong = Array.isArray(value) ? value.length > MAX_TEXTS || value.some(tooLong) : tooLong(value);
  if (!isTooLong) return value;
  throw invalid([{ pointer, code: 'INVALID_LENGTH', message: `must have at most ${MAX_TEXT} characters` }]);
}

function invalid(found: InputViolation[]): DomainError {
  const violations = found.slice(0, MAX_VIOLATIONS);
  const [first] = violations;
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const where = first?.pointer ? `${first.pointer} ` : 'The input ';
  return new DomainError('VALIDATION_FAILED', `${where}${first?.message}${rest}.`, { violations });
}

function violationsOf(error: ValidationError, prefix: string): InputViolation[] {
  const pointer = `${prefix}${pointerToken(error.property)}`;
  const names = Object.keys(error.constraints ?? {});
  // What is of another type has no members to speak of.
  const isOfAnotherType = names.some((name) => name === 'isShape' || name === 'isArray');
  const children = isOfAnotherType ? [] : (error.children ?? []);
  const nested = children.flatMap((child) => violationsOf(child, `${pointer}/`));
  if (nested.length > 0 || !error.constraints) return nested;
  // One violation a field: what is missing or of the wrong type explains the others.
  const name = PRIORITY.find((known) => names.includes(known)) ?? (names[0] as string);
  return [{ pointer, code: CODES[name] ?? 'INVALID_VALUE', message: error.constraints[name] as string }];
}

const PRIORITY = [
  'isDefined',
  'isArray',
  'arrayMaxSize',
  'isString',
  'isInt',
  'isNumber',
  'isBoolean',
  'isDate',
  'isShape',
];

const CODES: Record<string, string> = {
  isDefined: 'REQUIRED',
  isArray: 'INVALID_TYPE',
  isString: 'INVALID_TYPE',
  isInt: 'INVALID_TYPE',
  isNumber: 'INVALID_TYPE',
  isBoolean: 'INVALID_TYPE',
  isDate: 'INVALID_FORMAT',
  isShape: 'INVALID_TYPE',
  isStringMap: 'INVALID_TYPE',
  isIntOrPercent: 'OUT_OF_RANGE',
  isSmallMap: 'INVALID_LENGTH',
  isIn: 'NOT_ALLOWED',
  min: 'OUT_OF_RANGE',
  max: 'OUT_OF_RANGE',
  minLength: 'INVALID_LENGTH',
  maxLength: 'INVALID_LENGTH',
  arrayMinSize: 'INVALID_LENGTH',
  arrayMaxSize: 'INVALID_LENGTH',
  matches: 'INVALID_FORMAT',
};
