import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { HttpMetrics } from '../http/http-metrics.js';
import type { GraphqlContext } from '../http/request-of.js';
import type { AnswerVersions } from './answer-versions.js';
import { formatGraphqlError } from './format-graphql-error.js';
import { type LastingQuery, lastingQuery } from './lasting-query.js';
import type { AnswerKey, RememberedAnswers } from './remembered-answers.js';

/** Bounds the memory that compiled code takes; clients ask few different queries, with variables. */
const MOST_KEPT = 200;
/** A query that comes once is not worth compiling. */
const USES_BEFORE = 2;

interface Known {
  readonly document: DocumentNode;
  uses: number;
  /** Null where the compiler could not take the query. */
  compiled?: CompiledQuery | null;
  lasting?: LastingQuery | null;
}

/**
 * Runs queries that come again as compiled code, and gives an answer that nothing has changed since it was given once
 * more. It comes after credentials, parsing, validation and the limits; mutations, and requests whose variables are
 * refused, go the server's own way.
 */
export function compiledQueriesPlugin(
  versions: AnswerVersions,
  answers: RememberedAnswers,
  metrics: HttpMetrics,
): ApolloServerPlugin<GraphqlContext> {
  const known = new LRUCache<string, Known>({ max: MOST_KEPT });
  return {
    async requestDidStart() {
      return {
        async responseForOperation(context) {
          if (context.operation.operation !== OperationTypeNode.QUERY) return null;
          const entry = entryOf(known, context, versions);
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
  known: LRUCache<string, Known>,
  context: GraphQLRequestContext<GraphqlContext>,
  versions: AnswerVersions,
): Known | null {
  const { document, operationName, queryHash, schema } = context;
  if (!document || !queryHash) return null;
  const key = `${queryHash} ${operationName ?? ''}`;
  let entry = known.get(key);
  if (entry?.document !== document) {
    entry = { document, uses: 0 };
    known.set(key, entry);
  }
  entry.uses += 1;
  if (entry.uses < USES_BEFORE) return null;
  if (entry.compiled === undefined) {
    entry.compiled = compile(schema, document, operationName);
    entry.lasting = lastingQuery(schema, document, versions);
  }
  return entry;
}

/** The version is read before the answer is worked out: what changes meanwhile makes the answer old, never wrong for new. */
function answerKey(entry: Known, context: GraphQLRequestContext<GraphqlContext>): AnswerKey | undefined {
  const { queryHash, request, contextValue, document } = context;
  const actor = contextValue.request.caller?.actor;
  const variables = request.variables ?? {};
  const version = entry.lasting?.versionFor(variables);
  if (!actor || !queryHash || !document || version === undefined) return undefined;
  return { query: queryHash, document, actor, variables, version };
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined) {
  try {
    const made = compileQuery(schema, document, operationName ?? undefined);
    return isCompiledQuery(made) ? made : null;
  } catch {
    return null;
  }
}
