import 'reflect-metadata';
import type { EnumShape } from './define-enum.js';

/** Builds an instance of a shape class. */
export type ShapeClass = abstract new (...args: never[]) => object;

/** `int` is 32 bits (GraphQL Int); use `number` for byte counts and other large or fractional values. */
export type ScalarName =
  | 'string'
  | 'id'
  | 'int'
  | 'number'
  | 'boolean'
  | 'dateTime'
  | 'json'
  | 'stringMap'
  | 'intOrPercent';

export interface FieldOptions {
  description?: string;
  /** Left out: taken from the TypeScript type for string, boolean and Date. Objects as `() => Class`. */
  type?: ScalarName | (() => ShapeClass);
  list?: boolean;
  /** Outputs: always present, may be null. Inputs: may be left out (null means the same). */
  nullable?: boolean;
  enum?: EnumShape;
  example?: unknown;
  /** Inputs: used when left out. */
  default?: unknown;
  min?: number;
  max?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: RegExp;
  minItems?: number;
  maxItems?: number;
  /** Reason; marks the field as going away in both documents. */
  deprecated?: string;
  /** Its name in GraphQL where that is another one: `id` there is what a cache keeps things by, and nothing else. */
  graphqlName?: string;
  /** GraphQL only or REST only, for what the other transport says differently. */
  only?: 'graphql' | 'rest';
}

export interface ResolvedField extends FieldOptions {
  type: ScalarName | (() => ShapeClass);
}

const fieldsOf = new WeakMap<object, Map<string, ResolvedField>>();

/**
 * One field of a shape class, published in GraphQL and OpenAPI and, for inputs, validated. It only notes the options;
 * the class decorator (shape.decorator.ts) applies them, since what they mean depends on input or output.
 *
 *     export const PodFate = defineEnum('PodFate', { EVICT: 'It goes.', IGNORE: 'It stays.' }, 'What happens to a pod.');
 *
 *     @OutputType('PlannedPod', 'What a drain would do with one pod.')
 *     export class PlannedPodDto {
 *       @Field({ description: 'Pod name.', example: 'web-0' }) name!: string;
 *       @Field({ enum: PodFate, description: 'What happens to it.' }) fate!: 'EVICT' | 'IGNORE';
 *       @Field({ type: 'int', nullable: true, description: 'Its grace period.' }) graceSeconds!: number | null;
 *       @Field({ type: () => OwnerDto, list: true, description: 'Owners.' }) owners!: OwnerDto[];
 *     }
 *
 *     @InputShape('DrainOptions')
 *     export class DrainOptionsDto {
 *       @Field({ nullable: true, description: 'Evict pods without a controller.' }) force?: boolean;
 *       @Field({ type: 'int', min: 0, max: 86_400, nullable: true, description: '0 is no limit.' }) timeoutSeconds?: number;
 *     }
 */
export function Field(options: FieldOptions): PropertyDecorator {
  return (prototype, key) => {
    const fields = fieldsOf.get(prototype) ?? new Map<string, ResolvedField>();
    fieldsOf.set(prototype, fields);
    fields.set(String(key), { ...options, type: options.type ?? inferred(prototype, key, options) });
  };
}

/** What bounds the texts and lists of inputs that say nothing themselves. */
const MAX_LENGTH = 1_024;
const MAX_ITEMS = 100;

/** The field with the bounds that each input has. */
export function boundedInput(field: ResolvedField): ResolvedField {
  const isText = !field.enum && (field.type === 'string' || field.type === 'id');
  return {
    ...field,
    ...(isText ? { maxLength: field.maxLength ?? MAX_LENGTH } : {}),
    ...(field.list ? { maxItems: field.maxItems ?? MAX_ITEMS } : {}),
  };
}

/** Fields of the class itself, without those it inherits. */
export function ownFields(shape: ShapeClass): ReadonlyMap<string, ResolvedField> {
  return fieldsOf.get(shape.prototype) ?? new Map();
}

/** All fields of a class, inherited ones first. */
export function allFields(shape: ShapeClass): Map<string, ResolvedField> {
  const chain: object[] = [];
  for (let at: object | null = shape.prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    chain.unshift(at);
  }
  return new Map(chain.flatMap((prototype) => [...(fieldsOf.get(prototype) ?? [])]));
}

function inferred(prototype: object, key: string | symbol, options: FieldOptions): ScalarName {
  if (options.enum) return 'string';
  const type: unknown = Reflect.getMetadata('design:type', prototype, key);
  if (type === String) return 'string';
  if (type === Boolean) return 'boolean';
  if (type === Date) return 'dateTime';
  throw new Error(`${prototype.constructor.name}.${String(key)}: say its type (int or number, a class, json)`);
}
