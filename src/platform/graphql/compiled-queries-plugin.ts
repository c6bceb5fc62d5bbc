import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import type { GraphqlContext } from '../http/request-of.js';
import { formatGraphqlError } from './format-graphql-error.js';

/** Bounds the memory that compiled code takes; clients ask few different queries, with variables. */
const MOST_KEPT = 200;
/** A query that comes once is not worth compiling. */
const USES_BEFORE = 2;

interface Known {
  uses: number;
  /** Null where the compiler could not take the query. */
  compiled?: CompiledQuery | null;
}

/**
 * Runs queries that come again as compiled code. It comes after parsing, validation and the limits; mutations, and
 * requests whose variables are refused, go the server's own way.
 */
export function compiledQueriesPlugin(): ApolloServerPlugin<GraphqlContext> {
  const known = new Map<string, { document: DocumentNode } & Known>();
  return {
    async requestDidStart() {
      return {
        async responseForOperation(context) {
          if (context.operation.operation !== OperationTypeNode.QUERY) return null;
          const compiled = compiledOf(known, context);
          if (!compiled) return null;
          const { request, contextValue } = context;
          const result = (await compiled.query({}, contextValue, request.variables ?? {})) as ExecutionResult;
          // No resolver has run yet: the server words this refusal.
          if (result.data === undefined) return null;
          const { data, errors } = result;
          const singleResult = errors?.length ? { data, errors: errors.map(formatted) } : { data };
          return { http: context.response.http, body: { kind: 'single' as const, singleResult } };
        },
      };
    },
  };
}

const formatted = (error: GraphQLError) => formatGraphqlError(error.toJSON(), error);

function compiledOf(
  known: Map<string, { document: DocumentNode } & Known>,
  context: GraphQLRequestContext<GraphqlContext>,
): CompiledQuery | null {
  const { document, operationName, queryHash, schema } = context;
  if (!document || !queryHash) return null;
  const key = `${queryHash} ${operationName ?? ''}`;
  let entry = known.get(key);
  if (entry?.document !== document) entry = { document, uses: 0 };
  entry.uses += 1;
  // The one used last is the last to go.
  known.delete(key);
  known.set(key, entry);
  const [oldest] = known.keys();
  if (oldest !== undefined && known.size > MOST_KEPT) known.delete(oldest);
  if (entry.uses < USES_BEFORE) return null;
  if (entry.compiled === undefined) entry.compiled = compile(schema, document, operationName);
  return entry.compiled;
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined) {
  try {
    const made = compileQuery(schema, document, operationName ?? undefined);
    return isCompiledQuery(made) ? made : null;
  } catch {
    return null;
  }
}
