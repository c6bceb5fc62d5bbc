import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { HttpMetrics } from '../api/http-metrics.js';
import type { GraphqlContext } from '../api/request-of.js';
import type { AnswerVersions } from './answer-versions.js';
import type { CompiledEntry, CompiledQueries } from './compiled-queries.js';
import { formatGraphqlError } from './format-graphql-error.js';
import { lastingQuery } from './lasting-query.js';
import type { QueryCaches } from './query-caches.js';
import type { AnswerKey } from './remembered-answers.js';

/** A query that comes once is not worth compiling. */
const USES_BEFORE = 2;

/**
 * Runs queries that come again as compiled code, and gives an answer that nothing has changed since it was given once
 * more. It comes after credentials, parsing, validation and the limits; mutations, and requests whose variables are
 * refused, go the server's own way.
 */
export function compiledQueriesPlugin(
  versions: AnswerVersions,
  { answers, compiled: queries }: Pick<QueryCaches, 'answers' | 'compiled'>,
  metrics: HttpMetrics,
): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation(context) {
          // None, where the name in the request is no operation's: the server words it.
          const operation: OperationDefinitionNode | undefined = context.operation;
          if (operation?.operation !== OperationTypeNode.QUERY) return null;
          const entry = entryOf(queries, context, versions);
          if (!entry?.compiled) return null;
          const { request, contextValue } = context;
          const key = answerKey(entry, context);
          const remembered = key && answers.get(key);
          metrics.answers.inc({ source: remembered ? 'remembered' : 'resolved' });
          if (remembered) return single(context, { data: remembered });
          const result = (await entry.compiled.query({}, contextValue, request.variables ?? {})) as ExecutionResult;
          // No resolver has run yet: the server words this refusal.
          if (result.data === undefined) return null;
          const { data, errors } = result;
          if (errors?.length) return single(context, { data, errors: errors.map(formatted) });
          if (key && data) answers.keep(key, data);
          return single(context, { data });
        },
      };
    },
  };
}

const formatted = (error: GraphQLError) => formatGraphqlError(error.toJSON(), error);

const single = <T>({ response }: GraphQLRequestContext<GraphqlContext>, singleResult: T) => ({
  http: response.http,
  body: { kind: 'single' as const, singleResult },
});

function entryOf(
  queries: CompiledQueries,
  context: GraphQLRequestContext<GraphqlContext>,
  versions: AnswerVersions,
): CompiledEntry | null {
  const { document, operationName, queryHash, schema } = context;
  if (!document || !queryHash) return null;
  const key = `${queryHash} ${operationName ?? ''}`;
  const known = queries.get(key);
  if (known) return known;
  if (queries.countUse(key) < USES_BEFORE) return null;
  const entry = {
    compiled: compile(schema, document, operationName),
    lasting: lastingQuery(schema, document, versions),
  };
  queries.keep(key, entry, document);
  return entry;
}

/** The version is read before the answer is worked out: what changes meanwhile makes the answer old, never wrong for new. */
function answerKey(entry: CompiledEntry, context: GraphQLRequestContext<GraphqlContext>): AnswerKey | undefined {
  const { queryHash, request, contextValue } = context;
  const actor = contextValue.request.caller?.actor;
  const variables = request.variables ?? {};
  const version = entry.lasting?.versionFor(variables);
  if (!actor || !queryHash || version === undefined) return undefined;
  return { query: queryHash, actor, variables, version };
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined) {
  try {
    const made = compileQuery(schema, document, operationName ?? undefined);
    return isCompiledQuery(made) ? made : null;
  } catch {
    return null;
  }
}
