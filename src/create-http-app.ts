import { isUtf8 } from 'node:buffer';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AppConfig } from './config/app-config.js';
import { DomainError } from './kernel/domain-error.js';
import { INPUT_LIMITS, isNestedTooDeep } from './kernel/sound-text.js';
import { installAccessLog } from './platform/api/access-log.js';
import { allowOrigins } from './platform/api/browser-origins.js';
import { ClientAddress, trustOf } from './platform/api/client-address.js';
import { announceClosing } from './platform/api/closing-signal.js';
import { domainErrorOf } from './platform/api/domain-error-of.js';
import { HttpMetrics } from './platform/api/http-metrics.js';
import { NestLogger } from './platform/api/nest-logger.js';
import { openStreams } from './platform/api/open-streams.js';
import { requestIdOf } from './platform/api/request-context.js';
import { installGraphiql } from './platform/graphql/graphiql-pages.js';
import { installApiPages } from './platform/rest/api-pages.js';
import { answerConditionalReads } from './platform/rest/conditional-reads.js';
import { installLandingPage } from './platform/rest/landing-page.js';
import { sendProblem } from './platform/rest/problem-filter.js';
import { answerProtocolErrors, clientErrorHandler, refuseOtherMethods } from './platform/rest/protocol-problems.js';
import { refuseAmbiguity } from './platform/rest/refuse-ambiguity.js';
import { opensSocket, refuseUpgrades } from './platform/rest/refuse-upgrades.js';
import { installRouteIndex } from './platform/rest/route-index.js';
import { installSecurityHeaders, setSecurityHeaders } from './platform/rest/security-headers.js';
import type { Logger } from './platform/telemetry/logger.js';

export const API_PREFIX = 'api/v1';
const UNPREFIXED = ['healthz', 'readyz', 'metrics'];
/** A Kubernetes name has up to 253 characters, the server's own default is 100. */
const MAX_PATH_PARAMETER = 512;

/** The HTTP server around a composition root: limits, parsers, headers, access log. It does not listen yet. */
export async function createHttpApp(
  root: Type | DynamicModule,
  config: AppConfig,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: config.http.bodyLimitBytes,
    trustProxy: trustOf(config.http.trustProxy),
    genReqId: requestIdOf,
    requestIdHeader: false,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      // Malformed paths are refused before any hook runs.
      setSecurityHeaders(request, reply, config.http.frameAncestors);
      sendProblem(request, reply, domainErrorOf(error));
    },
    clientErrorHandler: clientErrorHandler as never,
    // A missing host is told by a hook, as a problem document: by itself the server closes the connection without a word.
    http: { requireHostHeader: false, shouldUpgradeCallback: opensSocket },
    forceCloseConnections: 'idle',
    // Slow senders must not hold connections; event streams answer at once and are not bounded by this.
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER },
  });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  acceptJsonOnly(server);
  installRouteIndex(server);
  installSecurityHeaders(server, config.http.frameAncestors);
  allowOrigins(server, config.http.corsOrigins);
  answerConditionalReads(server, API_PREFIX);
  refuseAmbiguity(server);
  refuseUpgrades(server);
  refuseOtherMethods(server);
  answerProtocolErrors(server.server);
  const streams = openStreams(server.server, config.rateLimit.openStreams);
  server.addHook('preClose', async () => {
    announceClosing(server.server);
    streams.endAll();
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  prefixApi(app);
  const metrics = app.get(HttpMetrics);
  metrics.countStreams(streams);
  installAccessLog(server, logger, metrics, app.get(ClientAddress));
  if (config.graphql.introspection) installGraphiql(server);
  installLandingPage(server, { graphiql: config.graphql.introspection });
  installApiPages(app, API_PREFIX);
  return app;
}

/** Controllers live below the prefix; what probes and scrapers expect does not. */
export function prefixApi(app: INestApplication): void {
  app.setGlobalPrefix(API_PREFIX, { exclude: UNPREFIXED });
}

/** JSON bodies only, everything else is 415. An empty body is no body: validation then names what is missing. */
function acceptJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (isEncoded(request)) return done(encoded());
    // Decoded as it comes, bytes that are no text would become other text.
    if (!isUtf8(bytes as Buffer)) return done(invalidJson(new TypeError('not UTF-8')));
    const body = bytes.toString();
    if (body === '') done(null, undefined);
    else if (isNestedTooDeep(body)) done(tooDeep());
    else parse(request, body, (error, value) => done(error && invalidJson(error), value));
  });
}

function isEncoded({ headers }: FastifyRequest): boolean {
  return !/^(identity)?$/i.test(headers['content-encoding'] ?? '');
}

const encoded = () => new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as it is, without Content-Encoding.');

const tooDeep = () =>
  new DomainError('VALIDATION_FAILED', `The body is nested deeper than ${INPUT_LIMITS.depth} levels.`, {
    violations: [
      { pointer: '', code: 'TOO_DEEP', message: `must not be nested deeper than ${INPUT_LIMITS.depth} levels` },
    ],
  });

function invalidJson(cause: Error): DomainError {
  return new DomainError('VALIDATION_FAILED', 'The body is not valid JSON.', {
    violations: [{ pointer: '', code: 'INVALID_JSON', message: 'must be valid JSON' }],
    cause,
  });
}
