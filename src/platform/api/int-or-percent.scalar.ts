import { GraphQLScalarType, Kind } from 'graphql';
import { INT_OR_PERCENT_RULE, type IntOrPercent, intOrPercentOf } from '../../kernel/int-or-percent.js';

/** As in Kubernetes, where GraphQL has no type that is both. */
export const IntOrPercentScalar = new GraphQLScalarType<IntOrPercent, IntOrPercent>({
  name: 'IntOrPercent',
  description: 'A whole number from 1, or a share as text, from "1%" to "100%".',
  serialize: (value) => value as IntOrPercent,
  parseValue: (value) => acceptable(value),
  parseLiteral: (node) =>
    acceptable(node.kind === Kind.INT ? Number(node.value) : node.kind === Kind.STRING ? node.value : undefined),
});

function acceptable(value: unknown): IntOrPercent {
  const known = intOrPercentOf(value);
  if (known === undefined) throw new TypeError(INT_OR_PERCENT_RULE);
  return known;
}
