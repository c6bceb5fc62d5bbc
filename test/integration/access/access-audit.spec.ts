import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiModule } from '../../../src/api.module.js';
import { loadConfig } from '../../../src/config/app-config.js';
import { createHttpApp } from '../../../src/create-http-app.js';
import { Idempotency, SeedEmbeddedTokens, type SeedTokens } from '../../../src/features/access/index.js';
import { AuditTrail } from '../../../src/features/audit/index.js';
import type { Caller } from '../../../src/kernel/actor.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { UnitOfWork } from '../../../src/platform/postgres/unit-of-work.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { HttpClient } from '../../support/http-client.js';
import { testDatabase } from '../../support/postgres.js';

let app: NestFastifyApplication;
let client: HttpClient;
let tokens: SeedTokens;
let database: DataSource;

beforeAll(async () => {
  const { url } = await testDatabase();
  await runMigrations(url);
  const env = {
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'json',
    DATABASE_URL: url,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    ROLE: 'api',
  };
  const config = loadConfig(env, false);
  app = await createHttpApp(ApiModule.of(config), config, createLogger(config));
  await app.listen(0, '127.0.0.1');
  tokens = await app.get(SeedEmbeddedTokens, { strict: false }).seed();
  database = app.get(DataSource, { strict: false });
  client = new HttpClient(await app.getUrl(), tokens.admin);
});
afterAll(async () => {
  await app?.close();
});

const caller = (id = 'token:x'): Caller => ({
  actor: { type: 'bot', id, displayName: 'x', groups: ['g'], bindings: [], authMethod: 'api-token' },
  request: { requestId: 'request-1', sourceIp: '10.0.0.1' },
});

describe('tokens', () => {
  test('seeding again keeps the tokens that are still known and replaces lost ones', async () => {
    const seeds = app.get(SeedEmbeddedTokens, { strict: false });
    expect(await seeds.seed(tokens)).toEqual(tokens);
    const { viewer: _lost, ...kept } = tokens;
    const again = await seeds.seed(kept);
    expect({ ...again, viewer: null }).toEqual({ ...tokens, viewer: null });
    expect(again.viewer).not.toBe(tokens.viewer);
    tokens = again;
    const [{ count }] = await database.query(
      'SELECT count(*)::int AS count FROM api_tokens WHERE seed_role IS NOT NULL',
    );
    expect(count).toBe(5);
  });

  test('each role sees itself', async () => {
    for (const [role, token] of Object.entries(tokens)) {
      const { status, body } = await client.as(token).rest('GET', '/api/v1/me');
      expect([status, body.bindings]).toEqual([200, [{ role, clusters: ['*'], nodeSelector: null, namespaces: null }]]);
    }
  });

  test.each([
    ['none', null],
    ['text', 'hello'],
    ['a wrong checksum', `ns_${'0'.repeat(16)}_${'0'.repeat(64)}_00000000`],
  ])('%s is 401, never 403', async (_name, token) => {
    const { status, headers, body } = await client.as(token).rest('GET', '/api/v1/audit-events');
    expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toContain('Bearer');
  });

  const binding = { role: 'viewer', clusters: ['*'] };

  test('create, use, rotate with overlap, revoke', async () => {
    const made = await client.rest('POST', '/api/v1/api-tokens', { body: { name: 'portal', bindings: [binding] } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ actorType: 'bot', expiresAt: null, token: expect.stringMatching(/^ns_/) });
    const { id, token: first } = made.body;
    const [row] = await database.query('SELECT * FROM api_tokens WHERE id = $1', [id]);
    expect(JSON.stringify(row)).not.toContain(first.split('_')[2]);
    expect((await client.as(first).rest('GET', '/api/v1/me')).body.id).toBe(`token:${id}`);

    const rotated = await client.rest('POST', `/api/v1/api-tokens/${id}/rotations`, { body: { overlapSeconds: 60 } });
    const second = rotated.body.token;
    await expect.poll(async () => (await client.as(second).rest('GET', '/api/v1/me')).status).toBe(200);
    expect((await client.as(first).rest('GET', '/api/v1/me')).status).toBe(200);
    await client.rest('POST', `/api/v1/api-tokens/${id}/rotations`, { body: { overlapSeconds: 0 } });
    await expect.poll(async () => (await client.as(first).rest('GET', '/api/v1/me')).status).toBe(401);

    expect((await client.rest('DELETE', `/api/v1/api-tokens/${id}`)).status).toBe(204);
    await expect.poll(async () => (await client.as(second).rest('GET', '/api/v1/me')).status).toBe(401);
    expect((await client.rest('DELETE', `/api/v1/api-tokens/${id}`)).status).toBe(404);
    const { body } = await client.rest('GET', `/api/v1/audit-events?action=api-token.write&resourceType=ApiToken`);
    expect(body.items.map((event: { after: { change: string } }) => event.after.change)).toEqual([
      'revoke',
      'rotate',
      'rotate',
      'create',
    ]);
    expect(JSON.stringify(body)).not.toContain(first);
  });

  test('an address outside of its range, and an expired one, are refused', async () => {
    const body = { name: 'far', bindings: [binding], cidrs: ['10.0.0.0/8'] };
    const far = await client.rest('POST', '/api/v1/api-tokens', { body });
    expect((await client.as(far.body.token).rest('GET', '/api/v1/me')).status).toBe(401);
    const near = await client.rest('POST', '/api/v1/api-tokens', { body: { ...body, cidrs: ['127.0.0.0/8'] } });
    expect((await client.as(near.body.token).rest('GET', '/api/v1/me')).status).toBe(200);
    await database.query(`UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      near.body.id,
    ]);
    await database.query(`SELECT pg_notify('node_steward_api_tokens', $1)`, [near.body.id]);
    await expect.poll(async () => (await client.as(near.body.token).rest('GET', '/api/v1/me')).status).toBe(401);
  });

  test('what is not usable is refused with pointers; a viewer may make none', async () => {
    const { body, status } = await client.rest('POST', '/api/v1/api-tokens', {
      body: {
        name: 'x',
        bindings: [{ role: 'king', clusters: ['*'], nodeSelector: 'a in (' }],
        cidrs: ['10.0.0.0/33'],
      },
    });
    expect(status).toBe(400);
    expect(body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([
      '/bindings/0/role',
      '/bindings/0/nodeSelector',
      '/cidrs/0',
    ]);
    const denied = await client.as(tokens.viewer).rest('POST', '/api/v1/api-tokens', {
      body: { name: 'x', bindings: [binding] },
      headers: { 'x-request-id': 'denied-attempt-1' },
    });
    expect([denied.status, denied.body.code, denied.body.outOfScope]).toEqual([403, 'FORBIDDEN', false]);
    const trail = await client.as(tokens.auditor).rest('GET', '/api/v1/audit-events?requestId=denied-attempt-1');
    expect(trail.body.items).toMatchObject([{ kind: 'DENIED', action: 'api-token.write', outcome: 'DENIED' }]);
  });

  test('the same through GraphQL', async () => {
    const create =
      'mutation($input: NewApiTokenInput!) { createApiToken(input: $input) { apiToken { id token } userErrors { code path } } }';
    const made = await client.graphql(create, { input: { name: 'g', bindings: [binding] } });
    expect(made.data.createApiToken).toMatchObject({
      userErrors: [],
      apiToken: { token: expect.stringMatching(/^ns_/) },
    });
    const denied = await client.as(tokens.viewer).graphql(create, { input: { name: 'g', bindings: [binding] } });
    expect(denied.data.createApiToken).toEqual({ apiToken: null, userErrors: [{ code: 'FORBIDDEN', path: null }] });
    const bad = await client.graphql(create, { input: { name: 'g', bindings: [{ ...binding, role: 'king' }] } });
    expect(bad.data.createApiToken.userErrors).toEqual([
      { code: 'VALIDATION_FAILED', path: ['input', 'bindings', '0', 'role'] },
    ]);
    const me = await client.graphql('{ me { id bindings { role clusters nodeSelector } } }');
    expect(me.data.me.bindings).toEqual([{ role: 'admin', clusters: ['*'], nodeSelector: null }]);
  });

  test('access checks explain', async () => {
    const check = { action: 'node.drain', resource: { type: 'Node', cluster: 'a', name: 'n', labels: { pool: 'x' } } };
    const { body } = await client.as(tokens.operator).rest('POST', '/api/v1/access-checks', { body: check });
    expect(body).toMatchObject({ allowed: true, policyIds: ['operate.by-operator'], outOfScope: false });
    const other = await client.as(tokens.viewer).rest('POST', '/api/v1/access-checks', { body: check });
    expect(other.body).toMatchObject({ allowed: false, policyIds: [] });
    const unknown = await client.rest('POST', '/api/v1/access-checks', { body: { ...check, action: 'node.explode' } });
    expect(unknown.body.errors[0].pointer).toBe('/action');
  });
});

describe('audit', () => {
  const trail = () => app.get(AuditTrail, { strict: false });

  test.each(['UPDATE audit_events SET reason = $$x$$', 'DELETE FROM audit_events', 'TRUNCATE audit_events'])(
    '%s is refused',
    async (statement) => {
      await expect(database.query(statement)).rejects.toThrow('append-only');
    },
  );

  test('an intent dangles until it is closed, once', async () => {
    const event = {
      kind: 'INTENT' as const,
      caller: caller(),
      action: 'node.drain',
      correlationId: 'op-1',
      reason: 'why',
      resource: { type: 'Node', cluster: 'a', name: 'n1', uid: 'u1' },
    };
    const [first, second] = await trail().record([event, { ...event, action: 'pod.evict' }]);
    const dangling = async () => {
      const { body } = await client.rest('GET', '/api/v1/audit-events?dangling=true&correlationId=op-1');
      return body.items.map((e: { id: string }) => e.id);
    };
    expect(await dangling()).toEqual([second, first]);
    const error = { code: 'INTERNAL', message: 'm' };
    await Promise.all([
      trail().close([first as string], { outcome: 'FAILED', error }),
      trail().close([first as string, second as string], { outcome: 'FAILED', error }),
    ]);
    await trail().close([first as string], { outcome: 'SUCCEEDED' });
    expect(await dangling()).toEqual([]);
    const { body } = await client.rest('GET', '/api/v1/audit-events?correlationId=op-1&kind=OUTCOME');
    expect(body.items).toHaveLength(2);
    expect(body.items.find((e: { intentId: string }) => e.intentId === first)).toMatchObject({
      outcome: 'FAILED',
      error,
      reason: 'why',
      actor: { id: 'token:x', groups: ['g'] },
      resource: { type: 'Node', cluster: 'a', name: 'n1', uid: 'u1' },
    });
  });

  test('a record joins the transaction of its use case and goes with it', async () => {
    const work = app.get(UnitOfWork, { strict: false }).run(async () => {
      await trail().record([
        { kind: 'INTENT', caller: caller(), action: 'node.cordon', correlationId: 'op-2', resource: { type: 'Node' } },
      ]);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect((await client.rest('GET', '/api/v1/audit-events?correlationId=op-2')).body.items).toEqual([]);
  });

  test('pages hold each event once, and GraphQL gives the same as REST', async () => {
    const events = Array.from({ length: 7 }, (_, index) => ({
      kind: 'READ' as const,
      caller: caller(),
      action: `test.${index}`,
      correlationId: 'pages',
      resource: { type: 'Node' },
    }));
    await trail().record(events);
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await client.rest('GET', `/api/v1/audit-events?correlationId=pages&first=3${after}`);
      seen.push(...body.items.map((e: { action: string }) => e.action));
      after = body.pageInfo.hasNextPage ? `&after=${body.pageInfo.endCursor}` : '';
    } while (after !== '');
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `test.${index}`));
    const { data } = await client.graphql(
      '{ auditEvents(correlationId: "pages", first: 100) { nodes { action } pageInfo { hasNextPage } } }',
    );
    expect(data.auditEvents.nodes.map((e: { action: string }) => e.action)).toEqual(seen);
  });

  test('reading leaves a record; a viewer may not read', async () => {
    await client
      .as(tokens.auditor)
      .rest('GET', '/api/v1/audit-events?cluster=nowhere', { headers: { 'x-request-id': 'audit-read-1' } });
    const { body } = await client.rest('GET', '/api/v1/audit-events?requestId=audit-read-1');
    expect(body.items).toMatchObject([
      { kind: 'READ', action: 'audit.read', after: { query: { cluster: 'nowhere' } } },
    ]);
    expect((await client.as(tokens.viewer).rest('GET', '/api/v1/audit-events')).status).toBe(403);
    expect((await client.rest('GET', `/api/v1/audit-events/${body.items[0].id}`)).body.id).toBe(body.items[0].id);
    expect((await client.rest('GET', '/api/v1/audit-events/nothing')).status).toBe(404);
  });

  const beforeChrist = Buffer.from(
    '["audit-events","-271821-04-20T00:00:00.000Z","0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d31"]',
  ).toString('base64url');

  test.each(['after=x', 'after=WyJ4Il0', `after=${beforeChrist}`, 'kind=WHAT', 'since=yesterday', 'first=0'])(
    '%s is refused, never a fault',
    async (query) => {
      const { status } = await client.rest('GET', `/api/v1/audit-events?${query}`);
      expect(status).toBe(400);
      if (query.startsWith('after='))
        expect((await client.rest('GET', `/api/v1/api-tokens?${query}`)).status).toBe(400);
    },
  );
});

describe('idempotency', () => {
  const idempotency = () => app.get(Idempotency, { strict: false });

  test('one key, one effect: replay, refusal of another request, refusal while running', async () => {
    const who = caller('token:idem');
    let effects = 0;
    let release: () => void = () => {
      throw new Error('not started');
    };
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started = Promise.withResolvers<void>();
    const first = idempotency().run(who, 'k1', { a: 1, b: 2 }, async () => {
      started.resolve();
      await gate;
      effects += 1;
      return { operationId: 'o1' };
    });
    await started.promise;
    const effect = async () => {
      effects += 1;
      return { operationId: 'o2' };
    };
    await expect(idempotency().run(who, 'k1', { a: 1, b: 2 }, effect)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_IN_PROGRESS',
    });
    release();
    expect(await first).toEqual({ operationId: 'o1' });
    expect(await idempotency().run(who, 'k1', { b: 2, a: 1 }, effect)).toEqual({ operationId: 'o1' });
    expect(await idempotency().answered(who, 'k1', { b: 2, a: 1 })).toEqual({ operationId: 'o1' });
    for (const [asker, key, request] of [
      [who, 'k1', { a: 1, b: 3 }],
      [who, 'k9', { a: 1, b: 2 }],
      [who, undefined, { a: 1, b: 2 }],
      [caller('token:another'), 'k1', { a: 1, b: 2 }],
    ] as const) {
      expect(await idempotency().answered(asker, key, request)).toBeUndefined();
    }
    await expect(idempotency().run(who, 'k1', { a: 1, b: 3 }, effect)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await idempotency().run(caller('token:other'), 'k1', { a: 1 }, effect)).toEqual({ operationId: 'o2' });
    expect(effects).toBe(2);
  });

  test('a failed first run leaves the key free, and an expired one is a new request', async () => {
    const who = caller('token:idem');
    const failing = idempotency().run(who, 'k2', {}, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await idempotency().run(who, 'k2', {}, async () => 1)).toBe(1);
    await database.query(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'k2'`);
    expect(await idempotency().run(who, 'k2', { other: true }, async () => 2)).toBe(2);
  });
});
