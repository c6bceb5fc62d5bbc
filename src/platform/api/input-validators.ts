import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDate,
  IsDefined,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { INT_OR_PERCENT_RULE, intOrPercentOf } from '../../kernel/int-or-percent.js';
import type { ResolvedField, ScalarName, ShapeClass } from './field.decorator.js';
import { isObject } from './shape-instance.js';

const MAX_INT32 = 2 ** 31 - 1;
const MAX_MEMBERS = 256;
/** Of a text in a map: a label has less. */
const MAX_TEXT = 512;

/** Puts the class-validator and class-transformer decorators of one input field on its class. */
export function validateField(shape: ShapeClass, key: string, field: ResolvedField): void {
  const isOptional = field.nullable === true || field.default !== undefined;
  const each = field.list ? { each: true } : {};
  const decorators: PropertyDecorator[] = [
    isOptional ? IsOptional() : IsDefined({ message: 'is required' }),
    ...(field.list ? [IsArray({ message: 'must be a list' })] : []),
    ...(field.minItems === undefined
      ? []
      : [ArrayMinSize(field.minItems, { message: `must have at least ${field.minItems} items` })]),
    ...(field.maxItems === undefined
      ? []
      : [ArrayMaxSize(field.maxItems, { message: `must have at most ${field.maxItems} items` })]),
    ...typeValidators(field, each),
    ...limits(field, each),
  ];
  for (const decorator of decorators) decorator(shape.prototype, key);
}

function typeValidators(field: ResolvedField, each: { each?: boolean }): PropertyDecorator[] {
  if (field.enum) {
    const { values } = field.enum;
    return [IsIn([...values], { ...each, message: `must be one of ${values.join(', ')}` })];
  }
  const { type } = field;
  if (typeof type === 'function') {
    return [
      custom(
        'isShape',
        field.list ? 'must be a list of objects' : 'must be an object',
        (value) => value instanceof type(),
        each,
      ),
      ValidateNested(each),
    ];
  }
  return SCALARS[type](each);
}

const SCALARS: Record<ScalarName, (each: { each?: boolean }) => PropertyDecorator[]> = {
  string: (each) => [IsString({ ...each, message: 'must be text' })],
  id: (each) => [IsString({ ...each, message: 'must be text' })],
  int: (each) => [
    IsInt({ ...each, message: 'must be a whole number' }),
    Min(-MAX_INT32 - 1, { ...each, message: `must be at least ${-MAX_INT32 - 1}` }),
    Max(MAX_INT32, { ...each, message: `must be at most ${MAX_INT32}` }),
  ],
  number: (each) => [IsNumber({}, { ...each, message: 'must be a number' })],
  boolean: (each) => [IsBoolean({ ...each, message: 'must be true or false' })],
  dateTime: (each) => [IsDate({ ...each, message: 'must be an RFC 3339 time, for example 2026-11-23T21:38:00Z' })],
  // What was given as text is a number by now.
  intOrPercent: (each) => [
    custom('isIntOrPercent', INT_OR_PERCENT_RULE, (value) => value !== null && intOrPercentOf(value) === value, each),
  ],
  // Any value passes; a validator must be there all the same, or the strict check takes the field for unknown.
  json: () => [custom('isJson', 'must be JSON', (value) => value !== undefined)],
  stringMap: () => [
    custom('isStringMap', 'must be an object of texts', (value) => {
      return isObject(value) && Object.values(value).every((member) => typeof member === 'string');
    }),
    custom('isSmallMap', `must have at most ${MAX_MEMBERS} members of at most ${MAX_TEXT} characters`, (value) => {
      const members = Object.entries(value ?? {});
      return (
        members.length <= MAX_MEMBERS &&
        members.flat().every((text) => typeof text !== 'string' || text.length <= MAX_TEXT)
      );
    }),
  ],
};

function limits(field: ResolvedField, each: { each?: boolean }): PropertyDecorator[] {
  const found: PropertyDecorator[] = [];
  if (field.min !== undefined) found.push(Min(field.min, { ...each, message: `must be at least ${field.min}` }));
  if (field.max !== undefined) found.push(Max(field.max, { ...each, message: `must be at most ${field.max}` }));
  const { minLength, maxLength, pattern } = field;
  if (minLength !== undefined) {
    found.push(MinLength(minLength, { ...each, message: `must have at least ${minLength} characters` }));
  }
  if (maxLength !== undefined) {
    found.push(MaxLength(maxLength, { ...each, message: `must have at most ${maxLength} characters` }));
  }
  if (pattern) found.push(Matches(pattern, { ...each, message: `must match ${pattern.source}` }));
  return found;
}

function custom(
  name: string,
  message: string,
  validate: (value: unknown) => boolean,
  each: { each?: boolean } = {},
): PropertyDecorator {
  return (prototype, key) =>
    registerDecorator({
      name,
      target: prototype.constructor,
      propertyName: String(key),
      options: { ...each, message },
      validator: { validate },
    });
}
