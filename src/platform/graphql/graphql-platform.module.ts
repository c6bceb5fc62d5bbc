import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { Admission } from '../api/admission.js';
import { domainErrorOf } from '../api/domain-error-of.js';
import { HttpMetrics } from '../api/http-metrics.js';
import { openStreams } from '../api/open-streams.js';
import { retryAfterOf } from '../api/problem-table.js';
import { apiRequest, type GraphqlContext } from '../api/request-of.js';
import { answerNotesPlugin } from './answer-notes-plugin.js';
import { AnswerVersions } from './answer-versions.js';
import { compiledQueriesPlugin } from './compiled-queries-plugin.js';
import { describeSchema } from './describe-schema.js';
import type { DocumentGate } from './document-gate.js';
import { DOCUMENT_LIMITS } from './document-limits.js';
import { EntityResolver } from './entity.resolver.js';
import { formatGraphqlError, graphqlExtensions, withoutSuggestions } from './format-graphql-error.js';
import { GraphqlAnswersModule } from './graphql-answers.module.js';
import { limitSocketPayload } from './limit-socket-payload.js';
import { limitsPlugin } from './limits-plugin.js';
import { withNullableRoots } from './nullable-roots.js';
import { withPlainFields } from './plain-fields.js';
import { QueryCaches } from './query-caches.js';
import { subscriptionServer } from './subscription-server.js';

/** GraphQL at /graphql over HTTP, and its subscriptions over graphql-ws at the same path. */
@Module({
  imports: [
    GraphqlAnswersModule,
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      inject: [APP_CONFIG, Admission, HttpMetrics, AnswerVersions, QueryCaches, HttpAdapterHost],
      useFactory: graphqlOptions,
    }),
  ],
  providers: [EntityResolver],
})
export class GraphqlPlatformModule implements OnApplicationBootstrap {
  constructor(
    private readonly modules: ModuleRef,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { graphQlAdapter } = this.modules.get(GraphQLModule, { strict: false });
    limitSocketPayload(graphQlAdapter, this.config.http.bodyLimitBytes);
  }
}

function graphqlOptions(
  config: AppConfig,
  admission: Admission,
  metrics: HttpMetrics,
  versions: AnswerVersions,
  caches: QueryCaches,
  { httpAdapter }: HttpAdapterHost,
): ApolloDriverConfig {
  let schema = new GraphQLSchema({});
  const { introspection } = config.graphql;
  const formatError = introspection ? formatGraphqlError : withoutSuggestions(formatGraphqlError);
  return {
    driver: ApolloDriver,
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    transformSchema: (built) => {
      schema = describeSchema(withNullableRoots(withPlainFields(built)));
      return schema;
    },
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    graphiql: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: DOCUMENT_LIMITS.tokens },
    documentStore: caches.documents,
    persistedQueries: { cache: caches.persisted },
    formatError,
    // The cache control plugin costs a third of the throughput and answers here are never cached.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      answerNotesPlugin(),
      limitsPlugin(metrics),
      compiledQueriesPlugin(versions, caches, metrics),
    ],
    stringifyResult: (result) => caches.answers.text(result as ExecutionResult),
    context: (request: FastifyRequest, reply: FastifyReply) => httpContext(admission, caches.gate, request, reply),
    subscriptions: {
      'graphql-ws': subscriptionServer(admission, () => schema, {
        introspection,
        formatError,
        streams: () => openStreams(httpAdapter.getHttpServer()),
      }) as never,
    },
  };
}

/**
 * Every operation needs credentials, so bad ones are refused before anything is parsed, as 401 like in REST; then the
 * document is held to its limits before the server validates it.
 */
async function httpContext(
  admission: Admission,
  gate: DocumentGate,
  raw: FastifyRequest,
  reply: FastifyReply,
): Promise<GraphqlContext> {
  const request = apiRequest(raw, reply);
  try {
    await admission.admit(request);
    gate.admitRequest(((raw.method === 'GET' ? raw.query : raw.body) ?? {}) as Record<string, unknown>);
  } catch (error) {
    const known = domainErrorOf(error);
    const extensions = graphqlExtensions(known);
    if (known.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer realm="node-steward"');
    const retryAfter = retryAfterOf(known);
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    throw new GraphQLError(known.message, {
      originalError: known,
      extensions: { ...extensions, http: { status: extensions.status } },
    });
  }
  return { request };
}
