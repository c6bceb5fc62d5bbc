import { type GraphQLSchema, getNullableType } from 'graphql';

/**
 * Lets each root field of a document fail alone: what is missing or out of reach is null with an error of its own, and
 * the rest of the page, or what another mutation of the document has done, is answered all the same. Changes the schema
 * in place; a field that is never null must not be declared otherwise for that, so it is no matter of the resolvers.
 */
export function withNullableRoots(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) field.type = getNullableType(field.type);
  }
  return schema;
}
