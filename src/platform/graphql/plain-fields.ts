import { type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';

/** What @nestjs/graphql names the resolver that it gives each field that has none of its own; it only reads the property. */
const PROPERTY_READER = 'rootFieldResolver';

/**
 * Takes away resolvers that do what graphql does without any. The compiler then reads the property itself, and a field
 * with a resolver is one that asks somebody.
 */
export function withPlainFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.resolve?.name === PROPERTY_READER && readsOwnName(field)) field.resolve = undefined;
    }
  }
  return schema;
}

/** Fields that have another name in GraphQL read a property that is not called like them. */
function readsOwnName({ name, resolve }: GraphQLField<unknown, unknown>): boolean {
  const mark = {};
  const read = resolve as ((root: Record<string, unknown>) => unknown) | undefined;
  return read?.({ [name]: mark }) === mark;
}
