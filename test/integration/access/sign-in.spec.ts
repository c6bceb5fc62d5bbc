import { once } from 'node:events';
import pg from 'pg';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { mintToken, newTokenId } from '../../../src/features/access/domain/api-token.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const FAILURES = 3;
const ME = '/api/v1/me';

let cluster: SimulatedCluster;
let oneProxy: ApiApp;
let listed: ApiApp;
let untrusting: ApiApp;
let pool: pg.Pool;
let admin: string;

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'empty', kubelets: false });
  const { url } = await testDatabase();
  const start = (proxies: string) =>
    startApiApp(cluster.kubeconfigPath, {
      DATABASE_URL: url,
      TRUST_PROXY: proxies,
      SIGN_IN_FAILURES: String(FAILURES),
    });
  oneProxy = await start('1');
  listed = await start('127.0.0.0/8,10.0.0.0/8');
  untrusting = await start('false');
  admin = untrusting.tokens.admin;
  pool = new pg.Pool({ connectionString: url, max: 2 });
});
afterAll(async () => {
  for (const api of [oneProxy, listed, untrusting]) await api?.close();
  await pool?.end();
  await cluster?.close();
});

let addresses = 0;
/** Another one for each test: what others did there counts. */
const fresh = () => `198.51.100.${++addresses}`;
/** Well-formed, of no token that exists. */
const unknown = () => mintToken(newTokenId()).text;

const me = (api: ApiApp, token: string, forwarded: string) =>
  api.client.rest('GET', ME, { token, headers: { 'x-forwarded-for': forwarded } });

const ask = (token: string, forwarded: string) =>
  oneProxy.client.graphql('{ __typename }', {}, { token, headers: { 'x-forwarded-for': forwarded } });

/** The code with which the socket closes, and what it says; 0 if the credential was taken. */
async function socket(token: string, forwarded: string): Promise<[code: number, reason: string]> {
  const opened = new WebSocket(`${oneProxy.client.url.replace('http', 'ws')}/graphql`, {
    protocols: 'graphql-transport-ws',
    headers: { 'x-forwarded-for': forwarded },
  });
  const closed = once(opened, 'close') as Promise<[{ code: number; reason: string }]>;
  const acknowledged = new Promise<void>((resolve) =>
    opened.addEventListener('message', ({ data }) => JSON.parse(String(data)).type === 'connection_ack' && resolve()),
  );
  opened.addEventListener('open', () =>
    opened.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
  );
  const taken = await Promise.race([closed, acknowledged]);
  if (taken) return [taken[0].code, taken[0].reason];
  opened.close();
  await closed;
  return [0, ''];
}

const seconds = (headers: Headers) => Number(headers.get('retry-after'));

describe('10.17 failed sign-ins', () => {
  it('are limited over REST, GraphQL and sockets together, also for a good token, and say when to come back', async () => {
    const address = fresh();
    expect((await me(oneProxy, unknown(), address)).status).toBe(401);
    expect((await ask(unknown(), address)).status).toBe(401);
    expect((await socket(unknown(), address))[0]).toBe(4401);
    const { text } = await makeToken();
    const rest = await me(oneProxy, text, address);
    expect([rest.status, rest.body.code]).toEqual([429, 'RATE_LIMITED']);
    const graphql = await ask(text, address);
    expect([graphql.status, graphql.errors[0]?.extensions.code]).toEqual([429, 'RATE_LIMITED']);
    for (const { headers } of [rest, graphql]) {
      expect(seconds(headers)).toBeGreaterThan(0);
      expect(seconds(headers)).toBeLessThanOrEqual(60);
    }
    expect(await socket(text, address)).toEqual([4429, 'RATE_LIMITED: Too many failed sign-ins from this address.']);
    expect((await me(oneProxy, text, fresh())).status).toBe(200);
  });

  it('lock nobody out who has signed in behind the same address before', async () => {
    const address = fresh();
    const { text } = await makeToken();
    expect((await me(oneProxy, text, address)).status).toBe(200);
    for (let failure = 0; failure < FAILURES; failure++) await me(oneProxy, unknown(), address);
    expect((await me(oneProxy, unknown(), address)).status).toBe(429);
    expect((await me(oneProxy, text, address)).status).toBe(200);
    expect((await socket(text, address))[0]).toBe(0);
  });

  it('no credentials at all are 401 each time, and do not count', async () => {
    const address = fresh();
    for (let count = 0; count < FAILURES + 2; count++) {
      const { status } = await oneProxy.client.rest('GET', ME, {
        token: null,
        headers: { 'x-forwarded-for': address },
      });
      expect(status).toBe(401);
    }
  });
});

interface Token {
  id: string;
  text: string;
}

async function makeToken(more: Record<string, unknown> = {}): Promise<Token> {
  const body = { name: 'someone', bindings: [{ role: 'viewer', clusters: ['*'] }], ...more };
  const answer = await untrusting.client.rest('POST', '/api/v1/api-tokens', { body, token: admin });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { id: answer.body.id, text: answer.body.token };
}

async function refusals(where: string, value: string): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query(
    `SELECT resource_uid AS token, reason, host(source_ip::inet) AS address, error->>'code' AS code FROM audit_events
     WHERE action = 'api-token.use' AND ${where} = $1`,
    [value],
  );
  return rows;
}

describe('10.17 the audit trail of failed sign-ins', () => {
  const cases: [string, (token: Token) => Promise<unknown>, (token: Token) => string, RegExp][] = [
    ['a wrong secret', async () => undefined, ({ id }) => mintToken(id).text, /unknown or was replaced/],
    [
      'a revoked token',
      ({ id }) => untrusting.client.rest('DELETE', `/api/v1/api-tokens/${id}`, { token: admin }),
      ({ text }) => text,
      /was revoked/,
    ],
    [
      'an expired token',
      ({ id }) => pool.query(`UPDATE api_tokens SET expires_at = now() - interval '1 minute' WHERE id = $1`, [id]),
      ({ text }) => text,
      /has expired/,
    ],
    [
      'a token from another address',
      ({ id }) => pool.query(`UPDATE api_tokens SET cidrs = '{10.0.0.0/8}' WHERE id = $1`, [id]),
      ({ text }) => text,
      /not be used from this address/,
    ],
  ];

  it.each(cases)(
    'names the token and the address for %s, over every transport',
    async (_name, change, sent, reason) => {
      const address = fresh();
      const token = await makeToken();
      await change(token);
      const text = sent(token);
      expect((await me(oneProxy, text, address)).status).toBe(401);
      expect((await ask(text, address)).status).toBe(401);
      expect((await socket(text, address))[0]).toBe(4401);
      // What is refused before the look-up leaves no row: the trail is not for whoever wants to fill it.
      expect((await me(oneProxy, text, address)).status).toBe(429);
      const row = { token: token.id, reason: expect.stringMatching(reason), address, code: 'UNAUTHENTICATED' };
      expect(await refusals('resource_uid', token.id)).toEqual([row, row, row]);
    },
  );

  it.each([
    ['text', 'hello'],
    ['a token of no id that exists', unknown()],
    ['a token with a wrong checksum', unknown().replace(/.{8}$/, '00000000')],
  ])('has no row for %s', async (_name, text) => {
    const address = fresh();
    expect((await me(oneProxy, text, address)).status).toBe(401);
    expect((await socket(text, address))[0]).toBe(4401);
    expect(await refusals('host(source_ip::inet)', address)).toEqual([]);
  });
});

describe('10.17 X-Forwarded-For', () => {
  const near = ['127.0.0.0/8', '::1/128'];
  const cases: [name: string, app: () => ApiApp, cidrs: string[], forwarded: string, status: number][] = [
    ['one proxy: its word counts', () => oneProxy, ['203.0.113.7'], '203.0.113.7', 200],
    ['one proxy: what its client claims does not', () => oneProxy, ['10.9.9.7'], '10.9.9.7, 203.0.113.7', 401],
    ['one proxy: what is no address is not one', () => oneProxy, ['10.9.9.7'], '10.9.9.7%00', 401],
    ['one proxy: and the proxy itself stands in for it', () => oneProxy, near, '10.9.9.7%00', 200],
    ['a list: its proxies are passed', () => listed, ['203.0.113.8'], '10.9.9.7, 203.0.113.8, 10.0.0.2', 200],
    ['a list: not beyond the first that is not on it', () => listed, ['10.9.9.7'], '10.9.9.7, 203.0.113.8', 401],
    ['a list: what is no address ends it', () => listed, ['10.9.9.7'], '10.9.9.7%00, 10.0.0.3', 401],
    ['nobody is trusted: not read at all', () => untrusting, ['10.9.9.7'], '10.9.9.7', 401],
    ['nobody is trusted: the connection counts', () => untrusting, near, '10.9.9.7', 200],
  ];

  it.each(cases)('%s', async (_name, app, cidrs, forwarded, status) => {
    const { text } = await makeToken({ cidrs });
    expect((await me(app(), text, forwarded)).status).toBe(status);
  });

  it('is the same for a socket', async () => {
    const { text } = await makeToken({ cidrs: ['203.0.113.9'] });
    expect((await socket(text, '10.9.9.7, 203.0.113.9'))[0]).toBe(0);
    expect((await socket(text, '203.0.113.9, 203.0.113.10'))[0]).toBe(4401);
    expect((await socket(text, '203.0.113.9%00'))[0]).toBe(4401);
  });
});
