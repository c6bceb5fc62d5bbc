import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import type { Admission } from '../http/admission.js';
import { requestContextOf, requestIdOf } from '../http/request-context.js';
import type { GraphqlContext } from '../http/request-of.js';
import { assertSound } from './document-gate.js';
import { readDocument } from './document-limits.js';
import type { formatGraphqlError } from './format-graphql-error.js';
import { checkQueryLimits } from './query-limits.js';

interface SocketState {
  caller?: Caller;
  expiry?: NodeJS.Timeout;
}

type Options = ServerOptions<{ authorization?: unknown }, Extra & SocketState>;

/** Close code of graphql-ws for credentials that are missing, wrong or over. */
const UNAUTHORIZED = 4401;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Subscriptions over graphql-ws. The connection is authenticated once by `{ authorization: "Bearer …" }` and closed
 * when that credential expires. Queries and mutations are refused here: over HTTP they have limits and idempotency keys.
 */
export function subscriptionServer(
  admission: Admission,
  schemaOf: () => GraphQLSchema,
  { introspection, formatError }: { introspection: boolean; formatError: typeof formatGraphqlError },
): Options {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  return {
    connectionInitWaitTimeout: 5_000,
    onConnect: async ({ connectionParams, extra }) => {
      const { authorization } = connectionParams ?? {};
      const { request } = extra;
      const context = requestContextOf(request, requestIdOf(request), request.socket.remoteAddress);
      try {
        const header = typeof authorization === 'string' ? authorization : undefined;
        extra.caller = await admission.admitSocket(header, context);
      } catch {
        extra.socket.close(UNAUTHORIZED, 'Unauthorized');
        return false;
      }
      const { credentialExpiresAt } = extra.caller.actor;
      if (credentialExpiresAt) {
        const left = Math.min(MAX_TIMER_MS, Math.max(0, credentialExpiresAt.getTime() - Date.now()));
        extra.expiry = setTimeout(() => extra.socket.close(UNAUTHORIZED, 'The credential has expired'), left);
      }
      return true;
    },
    onClose: ({ extra }) => clearTimeout(extra.expiry),
    onSubscribe: ({ extra }, _id, payload) => {
      const schema = schemaOf();
      try {
        const { query, variables, extensions, operationName } = payload;
        assertSound({ query, variables, extensions, operationName });
        const document = readDocument(query);
        const errors = validate(schema, document, rules, { hideSuggestions: !introspection });
        if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
        if (getOperationAST(document, payload.operationName)?.operation !== 'subscription') {
          throw new DomainError(
            'VALIDATION_FAILED',
            'Send queries and mutations over HTTP; this socket is for subscriptions.',
          );
        }
        checkQueryLimits(schema, document, payload.operationName, payload.variables ?? {});
        const contextValue: GraphqlContext = { request: { caller: extra.caller as Caller } };
        return {
          schema,
          document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue,
        } as ExecutionArgs;
      } catch (error) {
        if (error instanceof GraphQLError) return [coded(error, 'GRAPHQL_PARSE_FAILED')];
        return [new GraphQLError('refused', { originalError: error as Error })];
      }
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => formatError(error.toJSON(), error)),
    onNext: (_context, _id, _payload, _args, result) => {
      if (!result.errors) return undefined;
      return {
        ...result,
        errors: result.errors.map((error) => formatError(error.toJSON(), error) as GraphQLError),
      };
    },
  };
}

/** Over HTTP the server marks the caller's mistakes with a code by itself; without one they would be told as ours. */
function coded(error: GraphQLError, code: string): GraphQLError {
  if (error.extensions.code !== undefined || error.originalError) return error;
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
