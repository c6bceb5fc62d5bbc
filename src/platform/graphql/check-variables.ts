import { GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';

/**
 * Refuses variables that do not fit, at the first fault. Left to itself the server words up to fifty of them, each with the
 * whole value, and compiled queries word all: names that no input has, by the thousand, are then megabytes of an answer
 * and seconds for everybody else.
 * @throws GraphQLError BAD_USER_INPUT
 */
export function checkVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> = {},
): void {
  if (variableDefinitions.length === 0) return;
  const { errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 });
  const [first] = errors ?? [];
  if (!first) return;
  throw new GraphQLError(first.message, {
    nodes: first.nodes,
    originalError: first.originalError,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}
