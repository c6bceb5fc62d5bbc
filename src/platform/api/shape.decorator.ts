import { ArgsType, Float, Field as GraphqlField, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { MAX_INT, PERCENT } from '../../kernel/int-or-percent.js';
import { EXAMPLES } from './api-examples.js';
import { DateTimeScalar } from './date-time.scalar.js';
import { EntityDto } from './entity.dto.js';
import { boundedInput, ownFields, type ResolvedField, type ScalarName, type ShapeClass } from './field.decorator.js';
import { validateField } from './input-validators.js';
import { IntOrPercentScalar } from './int-or-percent.scalar.js';
import { JsonScalar } from './json.scalar.js';

type Direction = 'output' | 'input';

interface ShapeOptions {
  /** A base class that is not published by itself. */
  abstract?: boolean;
  /** One that only REST publishes by itself; in GraphQL what extends it has its fields. */
  only?: 'rest';
  /** Its name in GraphQL where that is another one. */
  graphqlName?: string;
  /** A thing that GraphQL finds by its `id`, and that caches keep by it. */
  entity?: boolean;
}

/** A class that answers are made of; `name` is its name in GraphQL and OpenAPI. */
export function OutputType(name: string, description?: string, options: ShapeOptions = {}): ClassDecorator {
  return (target) => {
    applyFields(target as unknown as ShapeClass, 'output');
    ObjectType(options.graphqlName ?? name, {
      isAbstract: options.abstract === true || options.only === 'rest',
      ...described(description),
      ...(options.entity ? { implements: () => EntityDto } : {}),
    })(target);
    ApiSchema({ name, ...described(description) })(target);
  };
}

/** A class that bodies and GraphQL inputs are made of. GraphQL appends `Input` where the name doesn't end so. */
export function InputShape(name: string, description?: string, options: ShapeOptions = {}): ClassDecorator {
  return (target) => {
    applyFields(target as unknown as ShapeClass, 'input');
    const graphqlName = name.endsWith('Input') ? name : `${name}Input`;
    InputType(graphqlName, { isAbstract: options.abstract ?? false, ...described(description) })(target);
    ApiSchema({ name, ...described(description) })(target);
  };
}

/** A class of query parameters (`@Query() q: X`), which is at once the arguments of a GraphQL field (`@Args() a: X`). */
export function QueryShape(): ClassDecorator {
  return (target) => {
    applyFields(target as unknown as ShapeClass, 'input');
    ArgsType()(target);
  };
}

const described = (description?: string) => (description === undefined ? {} : { description });

function applyFields(shape: ShapeClass, direction: Direction): void {
  for (const [key, noted] of ownFields(shape)) {
    const field = direction === 'input' ? boundedInput(noted) : noted;
    if (field.only !== 'rest') applyGraphql(shape, key, field, direction);
    if (field.only !== 'graphql') applyOpenApi(shape, key, field, direction);
    if (direction === 'input') validateField(shape, key, field);
  }
}

// The published overloads derive the options' type from the field's type, which is only known at run time here.
const publish = GraphqlField as unknown as (type: () => unknown, options: object) => PropertyDecorator;

const GRAPHQL_TYPES: Record<ScalarName, unknown> = {
  string: String,
  id: ID,
  int: Int,
  number: Float,
  boolean: Boolean,
  dateTime: DateTimeScalar,
  json: JsonScalar,
  stringMap: JsonScalar,
  intOrPercent: IntOrPercentScalar,
};

function applyGraphql(shape: ShapeClass, key: string, field: ResolvedField, direction: Direction): void {
  const single = () => {
    if (field.enum) return field.enum.members;
    return typeof field.type === 'function' ? field.type() : GRAPHQL_TYPES[field.type];
  };
  const isOptional = field.nullable === true || (direction === 'input' && field.default !== undefined);
  publish(() => (field.list ? [single()] : single()), {
    nullable: isOptional,
    ...(field.graphqlName === undefined ? {} : { name: field.graphqlName }),
    ...described(field.description),
    ...(field.deprecated === undefined ? {} : { deprecationReason: field.deprecated }),
    ...(direction === 'input' && field.default !== undefined ? { defaultValue: field.default } : {}),
  })(shape.prototype, key);
}

const OPENAPI_TYPES: Record<ScalarName, object> = {
  string: { type: 'string' },
  id: { type: 'string' },
  int: { type: 'integer', format: 'int32' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  dateTime: { type: 'string', format: 'date-time' },
  json: {},
  stringMap: { type: 'object', additionalProperties: { type: 'string' } },
  intOrPercent: {
    oneOf: [
      { type: 'integer', format: 'int32', minimum: 1, maximum: MAX_INT },
      { type: 'string', pattern: PERCENT.source },
    ],
  },
};

function exampleFor(key: string, field: ResolvedField): { example?: unknown } {
  if (field.example !== undefined) return { example: field.example };
  const isText = field.type === 'string' || field.type === 'id';
  const known = isText && !field.enum && Object.hasOwn(EXAMPLES, key) ? EXAMPLES[key] : undefined;
  if (field.pattern && !field.pattern.test(String(known))) return {};
  return known !== undefined && Array.isArray(known) === (field.list ?? false) ? { example: known } : {};
}

function applyOpenApi(shape: ShapeClass, key: string, field: ResolvedField, direction: Direction): void {
  const isOutput = direction === 'output';
  const constraints = {
    ...(field.min === undefined ? {} : { minimum: field.min }),
    ...(field.max === undefined ? {} : { maximum: field.max }),
    ...(field.minLength === undefined ? {} : { minLength: field.minLength }),
    ...(field.maxLength === undefined ? {} : { maxLength: field.maxLength }),
    ...(field.pattern === undefined ? {} : { pattern: field.pattern.source }),
  };
  const common = {
    ...described(field.description),
    required: isOutput || (field.nullable !== true && field.default === undefined),
    ...(isOutput && field.nullable ? { nullable: true } : {}),
    ...exampleFor(key, field),
    ...(!isOutput && field.default !== undefined ? { default: field.default } : {}),
    ...(field.deprecated === undefined ? {} : { deprecated: true }),
    ...(field.minItems === undefined ? {} : { minItems: field.minItems }),
    ...(field.maxItems === undefined ? {} : { maxItems: field.maxItems }),
  };
  let type: object;
  if (field.enum) {
    type = { enum: field.enum.members, enumName: field.enum.name, isArray: field.list ?? false };
  } else if (typeof field.type === 'function') {
    const lazy = field.type;
    // The swagger package tells a lazy type from a class by the function's name, which must be `type`.
    type = { type: () => lazy(), isArray: field.list ?? false };
  } else {
    const scalar = { ...OPENAPI_TYPES[field.type], ...constraints };
    type = field.list ? { type: 'array', items: scalar } : scalar;
  }
  ApiProperty({ ...common, ...type } as never)(shape.prototype, key);
}
