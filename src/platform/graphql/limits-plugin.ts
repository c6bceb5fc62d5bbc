import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { DomainError } from '../../kernel/domain-error.js';
import type { HttpMetrics } from '../api/http-metrics.js';
import { checkVariables } from './check-variables.js';
import { graphqlExtensions } from './format-graphql-error.js';
import { checkQueryLimits } from './query-limits.js';

/** Applies the query limits before execution, and measures each operation. */
export function limitsPlugin(metrics: HttpMetrics): ApolloServerPlugin {
  return {
    async requestDidStart({ schema }) {
      const end = metrics.graphql.startTimer();
      return {
        async didResolveOperation({ document, request, operation }) {
          try {
            if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw overSocketOnly();
            checkQueryLimits(schema, document, request.operationName, request.variables);
            if (operation) checkVariables(schema, operation, request.variables);
          } catch (error) {
            throw error instanceof DomainError ? badRequest(error) : error;
          }
        },
        async willSendResponse({ operation, response, errors }) {
          const [first] = operation?.selectionSet.selections ?? [];
          const isKnown = first?.kind === 'Field' && operation !== undefined;
          const failed = errors?.length || (response.body.kind === 'single' && response.body.singleResult.errors);
          end({
            type: operation?.operation ?? 'none',
            // Only a resolved operation's field names are known to the schema; anything else could be made up.
            field: isKnown && response.http.status !== 400 ? first.name.value : 'none',
            outcome: failed ? 'error' : 'ok',
          });
        },
      };
    },
  };
}

const overSocketOnly = () =>
  new DomainError('VALIDATION_FAILED', 'Subscriptions go over the socket: graphql-transport-ws at this path.');

function badRequest(error: DomainError): GraphQLError {
  const extensions = { ...graphqlExtensions(error), http: { status: 400 } };
  return new GraphQLError(error.message, { originalError: error, extensions });
}
