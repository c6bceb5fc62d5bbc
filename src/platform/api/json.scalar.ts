import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const MAX_DEPTH = 32;

/** Any JSON value: label maps, diffs, upstream documents whose shape is not ours. */
export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => literal(node, variables ?? {}, 0),
});

function literal(node: ValueNode, variables: Record<string, unknown>, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new TypeError(`JSON is nested deeper than ${MAX_DEPTH}`);
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((value) => literal(value, variables, depth + 1));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, literal(field.value, variables, depth + 1)]),
      );
    case Kind.VARIABLE:
      return variables[node.name.value];
  }
}
