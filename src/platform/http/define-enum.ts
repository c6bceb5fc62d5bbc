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
 * Registers an enum once for both transports. A second definition under the same name must have the same values, so
 * that two modules can't publish different meanings of one name.
 */
export function defineEnum<const V extends string>(
  name: string,
  values: readonly V[],
  description?: string,
): EnumShape<V> {
  const known = defined.get(name);
  if (known) {
    if (known.values.join() !== values.join()) throw new Error(`the enum ${name} is defined twice with other values`);
    return known as EnumShape<V>;
  }
  const members = Object.fromEntries(values.map((value) => [value, value])) as Record<V, V>;
  registerEnumType(members, description === undefined ? { name } : { name, description });
  const shape: EnumShape<V> = { name, values, members };
  defined.set(name, shape);
  return shape;
}
