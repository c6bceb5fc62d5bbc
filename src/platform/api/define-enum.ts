import { registerEnumType } from '@nestjs/graphql';

/** An enum known to GraphQL and OpenAPI under one name. */
export interface EnumShape<V extends string = string> {
  readonly name: string;
  readonly values: readonly V[];
  /** Object form (`{ A: 'A' }`): the identity by which GraphQL finds the registration. */
  readonly members: Readonly<Record<V, V>>;
}

const defined = new Map<string, EnumShape>();

/**
 * Registers an enum once for both transports, with what each of its values means. A second definition under the same name must have the same values, so
 * that two modules can't publish different meanings of one name.
 */
export function defineEnum<const V extends string>(
  name: string,
  meanings: Readonly<Record<V, string>>,
  description: string,
): EnumShape<V> {
  const values = Object.keys(meanings) as V[];
  const known = defined.get(name);
  if (known) {
    if (known.values.join() !== values.join()) throw new Error(`the enum ${name} is defined twice with other values`);
    return known as EnumShape<V>;
  }
  const members = Object.fromEntries(values.map((value) => [value, value])) as Record<V, V>;
  const valuesMap = Object.fromEntries(values.map((value) => [value, { description: meanings[value] }]));
  registerEnumType(members, { name, description, valuesMap: valuesMap as never });
  const shape: EnumShape<V> = { name, values, members };
  defined.set(name, shape);
  return shape;
}
