import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validate } from 'class-validator';
import { DomainError, type InputViolation } from '../../kernel/domain-error.js';
import { coerceQuery } from './coerce-query.js';
import { allFields, type ShapeClass } from './field.decorator.js';

/**
 * Validates every argument whose class has fields: unknown members are errors, all violations are reported at once,
 * with JSON pointers into the body or `?name` for query parameters. Nothing is converted but query texts.
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  async transform(value: unknown, { metatype, type }: ArgumentMetadata): Promise<unknown> {
    if (type === 'custom' || !metatype) return value;
    const fields = allFields(metatype as ShapeClass);
    if (fields.size === 0) return value;
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      throw invalid([{ pointer: '', code: 'INVALID_TYPE', message: 'must be a JSON object' }]);
    }
    const plain = type === 'query' ? coerceQuery(value as Record<string, unknown>, fields) : (value ?? {});
    const filled = withDefaults(plain, metatype as ShapeClass);
    const instance = plainToInstance(metatype as new () => object, filled, { exposeUnsetFields: false });
    const errors = await validate(instance, {
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      validationError: { target: false, value: false },
    });
    if (errors.length > 0) throw invalid(errors.flatMap((error) => violationsOf(error, type === 'query' ? '?' : '/')));
    return instance;
  }
}

/** A copy with the defaults of fields that are left out, at every depth. */
function withDefaults(value: unknown, shape: ShapeClass): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefaults(item, shape));
  if (typeof value !== 'object' || value === null) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [key, field] of allFields(shape)) {
    if (filled[key] === undefined || filled[key] === null) {
      if (field.default !== undefined) filled[key] = field.default;
    } else if (typeof field.type === 'function') filled[key] = withDefaults(filled[key], field.type());
  }
  return filled;
}

function invalid(violations: InputViolation[]): DomainError {
  const [first] = violations;
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const where = first?.pointer ? `${first.pointer} ` : 'The input ';
  return new DomainError('VALIDATION_FAILED', `${where}${first?.message}${rest}.`, { violations });
}

function violationsOf(error: ValidationError, prefix: string): InputViolation[] {
  const pointer = `${prefix}${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const nested = (error.children ?? []).flatMap((child) => violationsOf(child, `${pointer}/`));
  if (nested.length > 0 || !error.constraints) return nested;
  const names = Object.keys(error.constraints);
  // One violation a field: what is missing or of the wrong type explains the others.
  const name = PRIORITY.find((known) => names.includes(known)) ?? (names[0] as string);
  const message = name === 'whitelistValidation' ? 'is not a known field' : (error.constraints[name] as string);
  return [{ pointer, code: CODES[name] ?? 'INVALID_VALUE', message }];
}

const PRIORITY = [
  'whitelistValidation',
  'isDefined',
  'isArray',
  'isString',
  'isInt',
  'isNumber',
  'isBoolean',
  'isDate',
  'nestedValidation',
];

const CODES: Record<string, string> = {
  whitelistValidation: 'UNKNOWN_FIELD',
  isDefined: 'REQUIRED',
  isArray: 'INVALID_TYPE',
  isString: 'INVALID_TYPE',
  isInt: 'INVALID_TYPE',
  isNumber: 'INVALID_TYPE',
  isBoolean: 'INVALID_TYPE',
  isDate: 'INVALID_FORMAT',
  nestedValidation: 'INVALID_TYPE',
  isStringMap: 'INVALID_TYPE',
  isIn: 'NOT_ALLOWED',
  min: 'OUT_OF_RANGE',
  max: 'OUT_OF_RANGE',
  minLength: 'INVALID_LENGTH',
  maxLength: 'INVALID_LENGTH',
  arrayMinSize: 'INVALID_LENGTH',
  arrayMaxSize: 'INVALID_LENGTH',
  matches: 'INVALID_FORMAT',
};
