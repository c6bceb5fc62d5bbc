import { Body, Controller, Get, Global, Module, Post, Query } from '@nestjs/common';
import { Args, Query as GraphqlQuery, Mutation, Resolver, Subscription } from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createClient } from 'graphql-ws';
import { request, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { createHttpApp } from './create-http-app.js';
import type { Actor, Caller } from './kernel/actor.js';
import { DomainError } from './kernel/domain-error.js';
import { ApiPlatformModule } from './platform/api/api-platform.module.js';
import { Authenticator } from './platform/api/authenticator.js';
import { CurrentCaller } from './platform/api/current-caller.decorator.js';
import { Field } from './platform/api/field.decorator.js';
import { PageQuery, pagesOf, toConnection } from './platform/api/page.dto.js';
import { ReadinessChecks } from './platform/api/readiness-check.js';
import { InputShape, OutputType } from './platform/api/shape.decorator.js';
import { GraphqlPlatformModule } from './platform/graphql/graphql-platform.module.js';
import { MutationPayload } from './platform/graphql/user-error.dto.js';
import { RestPlatformModule } from './platform/rest/rest-platform.module.js';
import { createLogger } from './platform/telemetry/logger.js';
import { TelemetryModule } from './platform/telemetry/telemetry.module.js';

@OutputType('Note')
class NoteDto {
  @Field({ description: 'Text.' }) text!: string;
  @Field({ description: 'Author.' }) author!: string;
}

@InputShape('AddNote')
class AddNoteDto {
  @Field({ minLength: 3, description: 'Text.' }) text!: string;
}

@OutputType('AddNotePayload')
class AddNotePayload extends MutationPayload {
  @Field({ type: () => NoteDto, nullable: true, description: 'The note.' }) note!: NoteDto | null;
}

const NotePages = pagesOf('Note', NoteDto);

@Controller('notes')
class NotesController {
  @Get() list(@Query() query: PageQuery, @CurrentCaller() caller: Caller) {
    return { first: query.first, actor: caller.actor.id, requestId: caller.request.requestId };
  }
  @Get('plain') plain() {
    return 'ok';
  }
  @Get('boom') boom() {
    throw new Error('password=secret');
  }
  @Post() add(@Body() body: AddNoteDto) {
    return body;
  }
}

@Resolver()
class NotesResolver {
  @GraphqlQuery(() => NotePages.Connection) notes(@Args() query: PageQuery, @CurrentCaller() caller: Caller) {
    if (query.first === 13) throw new Error('password=secret');
    if (query.first === 14) throw new DomainError('CLUSTER_UNAVAILABLE', 'The cluster x can not be reached.');
    return toConnection(
      { items: [{ text: 'a', author: caller.actor.id }], cursors: ['c'], endCursor: 'c', hasNextPage: false },
      (n) => n,
    );
  }
  @Mutation(() => AddNotePayload) addNote(@Args('input') input: AddNoteDto, @CurrentCaller() caller: Caller) {
    if (input.text === 'busy') {
      throw new DomainError('OPERATION_IN_PROGRESS', 'Busy.', { extensions: { operationId: 'o1' } });
    }
    return { note: { text: input.text, author: caller.actor.id } };
  }
  @Subscription(() => NoteDto, { resolve: (value: unknown) => value }) async *noteAdded(
    @CurrentCaller() caller: Caller,
  ) {
    yield { text: 'one', author: caller.actor.id };
    yield { text: 'two', author: caller.actor.id };
  }
}

class FakeAuthenticator extends Authenticator {
  override async authenticate(authorization: string | undefined): Promise<Actor> {
    if (!authorization?.startsWith('Bearer good')) throw new DomainError('UNAUTHENTICATED', 'No valid token.');
    return {
      type: 'bot',
      id: authorization.slice(7),
      displayName: '',
      groups: [],
      bindings: [],
      authMethod: 'api-token',
    };
  }
}

@Global()
@Module({ providers: [{ provide: Authenticator, useClass: FakeAuthenticator }], exports: [Authenticator] })
class FakeAccessModule {}

const config = loadConfig({ LOG_LEVEL: 'silent', RATE_LIMIT_REQUESTS: '100' }, false);

@Module({
  imports: [
    ConfigModule.of(config),
    TelemetryModule,
    FakeAccessModule,
    ApiPlatformModule,
    RestPlatformModule,
    GraphqlPlatformModule,
  ],
  controllers: [NotesController],
  providers: [NotesResolver],
})
class ExampleModule {}

let app: NestFastifyApplication;
let url: string;
beforeAll(async () => {
  app = await createHttpApp(ExampleModule, config, createLogger(config));
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  await app?.close();
});

const authorization = 'Bearer good';
const json = { authorization, 'content-type': 'application/json' };

interface Case {
  name: string;
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  status: number;
  code: string;
  pointer?: string;
}

describe('REST problems', () => {
  test.each<Case>([
    { name: 'no token', path: '/api/v1/notes', status: 401, code: 'UNAUTHENTICATED' },
    {
      name: 'a bad token',
      path: '/api/v1/notes',
      headers: { authorization: 'Bearer bad' },
      status: 401,
      code: 'UNAUTHENTICATED',
    },
    { name: 'an unknown path', path: '/api/v1/nothing', headers: json, status: 404, code: 'NOT_FOUND' },
    {
      name: 'another method',
      method: 'DELETE',
      path: '/api/v1/notes',
      headers: { authorization },
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    },
    {
      name: 'an unknown parameter',
      path: '/api/v1/notes?frist=1',
      headers: { authorization },
      status: 400,
      code: 'VALIDATION_FAILED',
      pointer: '?frist',
    },
    {
      name: 'a parameter where none is',
      path: '/api/v1/notes/plain?x=1',
      headers: { authorization },
      status: 400,
      code: 'VALIDATION_FAILED',
      pointer: '?x',
    },
    {
      name: 'an unknown field',
      method: 'POST',
      path: '/api/v1/notes',
      headers: json,
      body: '{"text":"abc","x":1}',
      status: 400,
      code: 'VALIDATION_FAILED',
      pointer: '/x',
    },
    {
      name: 'broken JSON',
      method: 'POST',
      path: '/api/v1/notes',
      headers: json,
      body: '{"text"',
      status: 400,
      code: 'VALIDATION_FAILED',
      pointer: '',
    },
    {
      name: 'a prototype',
      method: 'POST',
      path: '/api/v1/notes',
      headers: json,
      body: '{"__proto__":{"a":1}}',
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'no body',
      method: 'POST',
      path: '/api/v1/notes',
      headers: json,
      status: 400,
      code: 'VALIDATION_FAILED',
      pointer: '/text',
    },
    {
      name: 'a form',
      method: 'POST',
      path: '/api/v1/notes',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'text=abc',
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    {
      name: 'plain text',
      method: 'POST',
      path: '/api/v1/notes',
      headers: { authorization, 'content-type': 'text/plain' },
      body: '{}',
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    {
      name: 'a large body',
      method: 'POST',
      path: '/api/v1/notes',
      headers: json,
      body: JSON.stringify({ text: 'x'.repeat(1 << 20) }),
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    },
    {
      name: 'a fault of the service',
      path: '/api/v1/notes/boom',
      headers: { authorization },
      status: 500,
      code: 'INTERNAL',
    },
    {
      name: 'a malformed url',
      path: '/api/v1/notes/%ff',
      headers: { authorization },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
  ])('$name', async ({ method = 'GET', path, headers = {}, body, status, code, pointer }) => {
    const answer = await request(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.body.text();
    const problem = JSON.parse(text);
    expect([answer.statusCode, problem.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(problem).toMatchObject({ status, type: expect.stringMatching(/^urn:node-steward:problem:/) });
    expect(problem.requestId).toBe(answer.headers['x-request-id']);
    if (pointer !== undefined) expect(problem.errors[0].pointer).toBe(pointer);
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer');
    if (status === 405) expect(answer.headers.allow).toContain('GET');
    expect(text).not.toMatch(/secret|\bat \//);
  });
});

test('a sane request id is kept, another one replaced', async () => {
  const kept = await request(`${url}/api/v1/notes`, { headers: { authorization, 'x-request-id': 'portal-12345' } });
  expect(await kept.body.json()).toEqual({ first: 50, actor: 'good', requestId: 'portal-12345' });
  const made = await request(`${url}/api/v1/notes`, { headers: { authorization, 'x-request-id': 'a b"c' } });
  expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  await made.body.dump();
});

test('each principal has its own quota, told in headers', async () => {
  const headers = { authorization: 'Bearer good-busy' };
  const statuses = new Map<number, number>();
  let last: Record<string, unknown> = {};
  for (let i = 0; i < 101; i += 1) {
    const answer = await request(`${url}/api/v1/notes/plain`, { headers });
    await answer.body.dump();
    statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
    last = answer.headers;
  }
  expect([...statuses]).toEqual([
    [200, 100],
    [429, 1],
  ]);
  expect(last).toMatchObject({
    'ratelimit-policy': '"default";q=100;w=60',
    'retry-after': expect.stringMatching(/^\d+$/),
  });
  expect((await request(`${url}/api/v1/notes/plain`, { headers: { authorization } })).statusCode).toBe(200);
});

test('health and metrics need no token; readiness names the dependency that fails', async () => {
  expect((await request(`${url}/healthz`)).statusCode).toBe(200);
  expect((await request(`${url}/readyz`)).statusCode).toBe(200);
  app.get(ReadinessChecks).register('postgres', async () => {
    throw new Error('connection refused');
  });
  const failing = await request(`${url}/readyz`);
  expect(failing.statusCode).toBe(503);
  expect(await failing.body.json()).toMatchObject({
    checks: { postgres: { ok: false, detail: 'connection refused' } },
  });
  const metrics = await (await request(`${url}/metrics`)).body.text();
  expect(metrics).toContain('node_steward_http_request_duration_seconds_bucket');
  expect(metrics).toContain('route="/api/v1/notes"');
});

test('pages and document are served from here, without a token and without a foreign address', async () => {
  const document = await request(`${url}/api/v1/openapi.json`);
  const { openapi, paths } = (await document.body.json()) as { openapi: string; paths: Record<string, object> };
  expect([openapi, Object.keys(paths)]).toEqual([
    '3.1.0',
    ['/api/v1/notes', '/api/v1/notes/boom', '/api/v1/notes/plain'],
  ]);
  for (const page of ['/docs', '/graphiql']) {
    const answer = await request(`${url}${page}`);
    const html = await answer.body.text();
    expect([page, answer.statusCode]).toEqual([page, 200]);
    const assets = [...html.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map(([, address]) => address as string);
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) {
      const loaded = await request(new URL(asset, `${url}${page}`));
      await loaded.body.dump();
      expect([asset, new URL(asset, url).origin, loaded.statusCode]).toEqual([asset, url, 200]);
    }
    // Inline scripts would be refused by the page's own policy.
    expect(html).not.toMatch(/<script(?![^>]*src=)[^>]*>\s*\S/);
  }
  const browser = await request(`${url}/graphql`, { headers: { accept: 'text/html' } });
  expect([browser.statusCode, browser.headers.location]).toEqual([302, '/graphiql']);
  const client = await (await request(`${url}/graphiql/assets/graphql-ws/client.js`)).body.text();
  for (const [, file] of client.matchAll(/from ['"]\.\/([^'"]+)['"]/g)) {
    expect((await request(`${url}/graphiql/assets/graphql-ws/${file}`)).statusCode).toBe(200);
  }
  expect((await request(`${url}/graphiql/assets/graphql-ws/..%2f..%2fpackage.json`)).statusCode).toBe(404);
});

interface GraphqlAnswer {
  data?: Record<string, never>;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

async function graphql(query: string, variables: object = {}, headers: Record<string, string> = json) {
  const answer = await request(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: (await answer.body.json()) as GraphqlAnswer };
}

describe('GraphQL', () => {
  test('a query answers with the caller', async () => {
    const { body } = await graphql('{ notes { nodes { text author } totalCount } }');
    expect(body).toEqual({ data: { notes: { nodes: [{ text: 'a', author: 'good' }], totalCount: null } } });
  });

  test('what the caller can cause in a mutation is a user error', async () => {
    const add =
      'mutation($input: AddNoteInput!) { addNote(input: $input) { note { text } userErrors { code message path details } } }';
    expect((await graphql(add, { input: { text: 'abc' } })).body).toEqual({
      data: { addNote: { note: { text: 'abc' }, userErrors: [] } },
    });
    expect((await graphql(add, { input: { text: 'a' } })).body.data?.addNote).toEqual({
      note: null,
      userErrors: [
        {
          code: 'VALIDATION_FAILED',
          message: 'text must have at least 3 characters',
          path: ['input', 'text'],
          details: null,
        },
      ],
    });
    expect((await graphql(add, { input: { text: 'busy' } })).body.data?.addNote).toMatchObject({
      note: null,
      userErrors: [{ code: 'OPERATION_IN_PROGRESS', details: { operationId: 'o1' } }],
    });
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ['no token', '{ notes { nodes { text } } }', { 'content-type': 'application/json' }, 401, 'UNAUTHENTICATED'],
    ['a syntax error', '{ notes {', json, 400, 'VALIDATION_FAILED'],
    ['an unknown field', '{ notes { nodes { txt } } }', json, 400, 'VALIDATION_FAILED'],
    ['a wrong type', '{ notes(first: "x") { nodes { text } } }', json, 400, 'VALIDATION_FAILED'],
    ['a page that is too large', '{ notes(first: 201) { nodes { text } } }', json, 200, 'VALIDATION_FAILED'],
    ['a fault of the service', '{ notes(first: 13) { nodes { text } } }', json, 200, 'INTERNAL'],
    ['a dead cluster', '{ notes(first: 14) { nodes { text } } }', json, 200, 'CLUSTER_UNAVAILABLE'],
    [
      'too many root fields',
      `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: notes { nodes { text } }`).join(' ')} }`,
      json,
      400,
      'VALIDATION_FAILED',
    ],
    ['too many tokens', `{ notes { nodes { ${'text '.repeat(2000)} } } }`, json, 400, 'VALIDATION_FAILED'],
  ])('%s', async (_name, query, headers, status, code) => {
    const answer = await graphql(query, {}, headers);
    expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([status, code]);
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|stacktrace/);
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  test('no batches, no mutation by GET, no request that a form could send', async () => {
    const batch = await request(`${url}/graphql`, {
      method: 'POST',
      headers: json,
      body: '[{"query":"{ notes { nodes { text } } }"}]',
    });
    expect(batch.statusCode).toBe(400);
    const get = await request(
      `${url}/graphql?query=${encodeURIComponent('mutation { addNote(input: {text: "abc"}) { note { text } } }')}`,
      {
        headers: { authorization, 'apollo-require-preflight': '1' },
      },
    );
    expect(get.statusCode).toBe(405);
    const simple = await request(`${url}/graphql?query=%7Bnotes%7Bnodes%7Btext%7D%7D%7D`, {
      headers: { authorization },
    });
    expect(simple.statusCode).toBe(400);
  });

  test('subscriptions authenticate by connection parameters', async () => {
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
    });
    const seen: unknown[] = [];
    for await (const result of client.iterate({ query: 'subscription { noteAdded { text author } }' }))
      seen.push(result.data?.noteAdded);
    expect(seen).toEqual([
      { text: 'one', author: 'good' },
      { text: 'two', author: 'good' },
    ]);
    await client.dispose();
  });

  test('a socket message over the body limit ends the socket', async () => {
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    const query = `subscription { noteAdded { text } } #${'x'.repeat(300 * 1024)}`;
    await expect(client.iterate({ query }).next()).rejects.toMatchObject({ code: 1009 });
    await client.dispose();
  });

  test('a socket without credentials is closed, and one with them runs no mutation', async () => {
    const closed = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const first = closed.iterate({ query: 'subscription { noteAdded { text } }' }).next();
    await expect(first).rejects.toMatchObject({ code: 4401 });
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
    });
    const mutation = client.iterate({ query: 'mutation { addNote(input: {text: "abc"}) { note { text } } }' }).next();
    await expect(mutation).rejects.toMatchObject([{ extensions: { code: 'VALIDATION_FAILED' } }]);
    await client.dispose();
  });
});
