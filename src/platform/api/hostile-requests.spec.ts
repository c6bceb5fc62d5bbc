import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Body, Controller, Get, Global, Module, Param, Post } from '@nestjs/common';
import { Args, Query as GraphqlQuery, Int, Resolver, Subscription } from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/app-config.js';
import { ConfigModule } from '../../config/config.module.js';
import { createHttpApp } from '../../create-http-app.js';
import type { Actor } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { GraphqlPlatformModule } from '../graphql/graphql-platform.module.js';
import { RestPlatformModule } from '../rest/rest-platform.module.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { ApiPlatformModule } from './api-platform.module.js';
import { Authenticator } from './authenticator.js';
import { Field } from './field.decorator.js';
import { InputShape } from './shape.decorator.js';

@InputShape('HostileBody')
class BodyDto {
  @Field({ maxLength: 500 }) reason!: string;
}

@InputShape('HostileBodies')
class ManyDto {
  @Field({ type: () => BodyDto, list: true, nullable: true }) bodies?: BodyDto[];
}

@Controller('things')
class ThingsController {
  @Get(':name') get(@Param('name') name: string) {
    return { name };
  }
  @Post('many') addMany(@Body() body: ManyDto) {
    return body;
  }
  @Post() add(@Body() body: BodyDto) {
    return body;
  }
}

@Resolver()
class ThingsResolver {
  @GraphqlQuery(() => String) thing() {
    return 'a';
  }
  @GraphqlQuery(() => Int) counted(@Args('first', { type: () => Int, nullable: true }) first: number) {
    return first;
  }
  @GraphqlQuery(() => String) written(@Args('body') body: BodyDto) {
    return body.reason;
  }
  @Subscription(() => String, { resolve: (value: unknown) => value }) async *thingAdded(
    @Args('author', { type: () => Int, nullable: true }) _author?: number,
    @Args('body', { nullable: true }) _body?: BodyDto,
  ) {
    yield 'a';
  }
}

class FakeAuthenticator extends Authenticator {
  override async authenticate(authorization: string | undefined): Promise<Actor> {
    if (authorization !== 'Bearer good') throw new DomainError('UNAUTHENTICATED', 'No valid token.');
    return { type: 'bot', id: 'a', displayName: '', groups: [], bindings: [], authMethod: 'api-token' };
  }
}

@Global()
@Module({ providers: [{ provide: Authenticator, useClass: FakeAuthenticator }], exports: [Authenticator] })
class FakeAccessModule {}

const config = loadConfig({ LOG_LEVEL: 'silent', GRAPHQL_INTROSPECTION: 'false' }, false);

@Module({
  imports: [
    ConfigModule.of(config),
    TelemetryModule,
    FakeAccessModule,
    ApiPlatformModule,
    RestPlatformModule,
    GraphqlPlatformModule,
  ],
  controllers: [ThingsController],
  providers: [ThingsResolver],
})
class ExampleModule {}

let app: NestFastifyApplication;
let port: number;
beforeAll(async () => {
  app = await createHttpApp(ExampleModule, config, createLogger(config));
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
});
afterAll(() => app?.close());

/** Sends bytes as they are and reads until the server is done. */
async function exchange(request: string): Promise<{ status: number; headers: Headers; body: string }> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.end(request, 'latin1');
  let text = '';
  for await (const part of socket) text += part;
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const pairs = lines.map((line) => line.split(/:\s*/, 2) as [string, string]);
  return { status: Number(first.split(' ')[1]), headers: new Headers(pairs), body: rest.join('\r\n\r\n') };
}

const request = (first: string, headers: string[] = [], body = '') =>
  [`${first} HTTP/1.1`, 'host: a', 'connection: close', ...headers, '', body].join('\r\n');
const good = 'authorization: Bearer good';
const json = (body: string) => [
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(body, 'latin1')}`,
];
const post = (path: string, body: string) => request(`POST ${path}`, [good, ...json(body)], body);
const upgrade = (first: string) =>
  request(first, [
    good,
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  ]).replace('connection: close', 'connection: Upgrade');
const deep = `{"reason": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`;

describe('10.13 every refusal is a problem document', () => {
  test.each<[string, string, number, string?]>([
    ['nothing at the path', request('GET /api/v1/nothing', [good]), 404],
    ['nothing outside the API', request('GET /nothing'), 404],
    ['another method', request('DELETE /api/v1/things', [good]), 405, 'POST'],
    ['another method at an item', request('PUT /api/v1/things/a', [good]), 405, 'GET, HEAD'],
    ['another method on GraphQL', request('DELETE /graphql', [good]), 405],
    ['TRACE', request('TRACE /api/v1/things/a', [good]), 405, 'GET, HEAD'],
    ['PROPFIND', request('PROPFIND /api/v1/things/a', [good]), 405, 'GET, HEAD'],
    ['QUERY', request('QUERY /api/v1/things/a', [good]), 405, 'GET, HEAD'],
    ['a method nobody knows', request('FROBNICATE /api/v1/things/a', [good]), 405, 'GET, HEAD'],
    ['CONNECT', request('CONNECT a:1', [good]), 405],
    ['a path parameter over 512 characters', request(`GET /api/v1/things/${'x'.repeat(513)}`), 414],
    ['a path parameter over 512 characters, signed in', request(`GET /api/v1/things/${'x'.repeat(600)}`, [good]), 414],
    ['headers over 16 KiB', request('GET /api/v1/things/a', [`x-a: ${'x'.repeat(20_000)}`]), 431],
    ['a path over 16 KiB', request(`GET /${'x'.repeat(20_000)}`), 431],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['no host', 'GET /api/v1/things/a HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['two lengths', request('POST /api/v1/things', ['content-length: 1', 'content-length: 2'], 'a'), 400],
    ['a header of control characters', request('GET /api/v1/things/a', ['x-a: a\u0001b']), 400],
    [
      'a chunk of no size',
      request('POST /api/v1/things', [good, 'content-type: application/json', 'transfer-encoding: chunked'], 'zz\r\n'),
      400,
    ],
    [
      'a body of another type',
      request('POST /api/v1/things', [good, 'content-type: text/yaml', 'content-length: 1'], 'a'),
      415,
    ],
    [
      'a content type that is none',
      request('POST /api/v1/things', [good, 'content-type: ;;', 'content-length: 1'], 'a'),
      415,
    ],
    ['a body without a type', request('POST /api/v1/things', [good, 'content-length: 2'], '{}'), 415],
    ['a body over 256 KiB', post('/api/v1/things', `{"reason":"${'x'.repeat(300_000)}"}`), 413],
    ['a body nested 20,000 deep', post('/api/v1/things', deep), 400],
    ['a body that is not UTF-8', post('/api/v1/things', '{"reason":"\xff\xfe"}'), 400],
    ['a body of half a surrogate pair', post('/api/v1/things', '{"reason":"why \\ud800"}'), 400],
    ['a body of U+0000', post('/api/v1/things', '{"reason":"why \\u0000"}'), 400],
    ['a path that is not UTF-8', request('GET /api/v1/things/%ff', [good]), 400],
    ['a path of half an escape', request('GET /api/v1/things/%f', [good]), 400],
    ['a path of U+0000', request('GET /api/v1/things/a%00b', [good]), 400],
    ['a query of U+0000', request('GET /api/v1/things/a?%00=1', [good]), 400],
    [
      'two types of one body',
      request('POST /api/v1/things', [good, 'content-type: text/yaml', ...json('{}')], '{}'),
      400,
    ],
    ['two credentials', request('GET /api/v1/things/a', [good, 'authorization: Bearer bad']), 400],
    ['two hosts', request('GET /api/v1/things/a', [good, 'host: b']), 400],
    ['a host that is none', request('GET /api/v1/things/a', [good]).replace('host: a', 'host: a/b c'), 400],
    ['a packed body', request('POST /api/v1/things', [good, 'content-encoding: gzip', ...json('{}')], '{}'), 415],
    ['a packed query', request('POST /graphql', [good, 'content-encoding: br', ...json('{}')], '{}'), 415],
    ['a socket where there is none', upgrade('GET /api/v1/things/a'), 400],
    ['a socket below the path of sockets', upgrade('GET /graphql/'), 400],
    ['a socket at a path that begins alike', upgrade('GET /graphqlx'), 400],
    ['a socket by another method', upgrade('POST /graphql'), 400],
    ['a socket of another version', upgrade('GET /graphql').replace('version: 13', 'version: 12'), 400],
    ['a socket without a key', upgrade('GET /graphql').replace(/sec-websocket-key.*\r\n/, ''), 400],
    ['another protocol at the path of sockets', upgrade('GET /graphql').replace('websocket', 'h2c'), 400],
    ['an expectation', request('POST /api/v1/things', [good, 'expect: miracles', ...json('{}')], '{}'), 417],
  ])('%s', async (_name, text, status, allow) => {
    const answer = await exchange(text);
    expect(answer.status, answer.body.slice(0, 300)).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({
      status,
      code: expect.any(String),
      requestId: expect.any(String),
      type: expect.stringMatching(/^urn:node-steward:problem:/),
    });
    if (status === 405) expect(answer.headers.get('allow')).toMatch(allow ? new RegExp(`^${allow}$`) : /\w/);
  });
});

test('10.13 a body that breaks off is no fault of the service', async () => {
  const http = app.getHttpServer();
  const socket = connect(port, '127.0.0.1');
  socket.write(request('POST /api/v1/things', [good, 'content-type: application/json', 'content-length: 20'], '{'));
  const [, response] = await once(http, 'request');
  socket.destroy();
  await once(response, 'close');
  expect(await app.get(Metrics).registry.metrics()).not.toContain('node_steward_http_problems_total{code="INTERNAL"}');
});

test('10.12 variables nested 20,000 deep are refused, by POST and by GET', async () => {
  const nested = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
  const body = `{"query":"{ thing }","variables":{"a":${nested}}}`;
  expect((await exchange(post('/graphql', body))).status).toBe(400);
  const path = `/graphql?query=%7Bthing%7D&variables=${nested}`;
  expect((await exchange(request(`GET ${path}`, [good, 'apollo-require-preflight: 1']))).status).toBe(400);
});

test('10.13 where introspection is off no error suggests a name', async () => {
  for (const query of ['{ thin }', '{ __typ }', '{ __schema { types { name } } }', 'query ($a: Strin) { thing }']) {
    const { body, status } = await exchange(post('/graphql', JSON.stringify({ query })));
    expect([query, status]).toEqual([query, 400]);
    expect(body).not.toMatch(/Did you mean|"thing"|"String"/);
  }
});

describe('10.13 GraphQL requests that are none', () => {
  const twoOperations = 'query A { thing } query B { thing }';
  const wrongHash = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
  const nullable = 'query ($first: Int! = 5) { counted(first: $first) }';
  test.each<[string, object, number]>([
    ['two operations without a name', { query: twoOperations }, 400],
    ['a name that no operation has', { query: twoOperations, operationName: 'C' }, 400],
    ['a name that is no text', { query: twoOperations, operationName: { a: 1 } }, 400],
    ['a subscription', { query: 'subscription { thingAdded }' }, 400],
    ['a hash of another query', { query: '{ thing }', extensions: wrongHash }, 400],
    ['a hash that is not known', { extensions: wrongHash }, 200],
    ['a hash that is no text', { extensions: { persistedQuery: { version: 1, sha256Hash: { a: 1 } } } }, 200],
    ['a persisted query of no version', { extensions: { persistedQuery: {} } }, 400],
    ['extensions that are no object', { query: '{ __typename }', extensions: 'x' }, 400],
    ['a number that is too large', { query: nullable, variables: { first: 2 ** 31 } }, 400],
    ['variables that are no object', { query: nullable, variables: [1] }, 400],
    ['variables that are text', { query: nullable, variables: 'x' }, 400],
    ['no query', {}, 400],
    ['a query that is no text', { query: 5 }, 400],
    ['a query that is empty', { query: '' }, 400],
  ])('10.13 refused in words: %s', async (_name, body, status) => {
    const answer = await exchange(post('/graphql', JSON.stringify(body)));
    const { errors } = JSON.parse(answer.body) as { errors?: { extensions: object }[] };
    expect([answer.status, errors?.[0]?.extensions]).toEqual([
      status,
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    ]);
  });

  test('10.13 an oversized number and a wrong name are refused over the socket too', async () => {
    const client = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: 'Bearer good' },
    });
    const query = 'subscription S($author: Int) { thingAdded(author: $author) }';
    const refused = async (payload: { query: string; variables?: Record<string, unknown>; operationName?: string }) => {
      const next = await client
        .iterate(payload)
        .next()
        .catch((errors: unknown) => ({ value: { errors } }));
      return (next.value as { errors: unknown }).errors;
    };
    const expected = [expect.objectContaining({ extensions: expect.objectContaining({ code: 'VALIDATION_FAILED' }) })];
    expect(await refused({ query, variables: { author: 2 ** 31 } })).toEqual(expected);
    expect(await refused({ query, variables: { author: 'x' } })).toEqual(expected);
    expect(await refused({ query, operationName: 'T' })).toEqual(expected);
    expect(await refused({ query: `${query} ${query.replace('S(', 'T(')}` })).toEqual(expected);
    await client.dispose();
  });
});

describe('10.11 a refusal takes few words, however much was wrong', () => {
  const LONGEST = 50_000;
  const names = Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`name${index}`, 1]));
  const long = 'n'.repeat(100_000);
  const unused = Array.from({ length: 50 }, (_, index) => `$v${index}: Int`).join(' ');
  const query = 'query Q($body: HostileBodyInput!) { written(body: $body) }';

  test.each<[string, string, object]>([
    ['variables of names that no input has', '/graphql', { query, variables: { body: names } }],
    ['a list of them', '/graphql', { query, variables: { body: [names] } }],
    ['a number in a list of thousands', '/graphql', { query, variables: { body: { reason: Array(19_000).fill(1) } } }],
    ['a long name, said with each fault', '/graphql', { query: `query ${long}(${unused}) { thing }` }],
    ['a long name of a type', '/graphql', { query: `{ thing { ... on ${long} { a } } }` }],
    ['members that a body does not have', '/api/v1/things', names],
    ['items of a list that is too long', '/api/v1/things/many', { bodies: Array(9_000).fill({ other: 1 }) }],
    ['items of a list, each with many', '/api/v1/things/many', { bodies: Array(100).fill(nested(150)) }],
  ])('%s', async (_name, path, body) => {
    // The third time a query is compiled.
    for (let time = 0; time < 3; time++) {
      const answer = await exchange(post(path, JSON.stringify(body)));
      expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('VALIDATION_FAILED')]);
      expect(answer.body.length).toBeLessThan(LONGEST);
    }
  });

  test('over a socket too', async () => {
    const client = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: 'Bearer good' },
    });
    const subscription = 'subscription S($body: HostileBodyInput) { thingAdded(body: $body) }';
    const results = client.iterate({ query: subscription, variables: { body: names } });
    const errors = await results.next().catch((refused: unknown) => refused);
    const text = JSON.stringify(errors);
    expect(text).toContain('VALIDATION_FAILED');
    expect(text.length).toBeLessThan(LONGEST);
    await client.dispose();
  });
});

function nested(members: number): object {
  return Object.fromEntries(Array.from({ length: members }, (_, index) => [`member${index}`, 1]));
}

describe('10.10 a CONNECT', () => {
  const proxied = (leave: (socket: Socket) => void) =>
    new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n'));
      socket.once('data', () => leave(socket));
      socket.on('error', () => undefined);
      socket.once('close', () => resolve());
    });

  test('that is broken off does not end the process', async () => {
    for (let round = 0; round < 20; round++) await proxied((socket) => socket.resetAndDestroy());
    expect((await exchange(request('GET /api/v1/things/a', [good]))).status).toBe(200);
  });

  test('whose client stays is closed from here', async () => {
    await proxied((socket) => socket.resume());
  });
});
