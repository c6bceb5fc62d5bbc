import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { graphqlCaller } from '../../support/graphql-caller.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;
let path: string;
let anonymous: HttpClient;

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'default' });
  api = await startApiApp(cluster.kubeconfigPath);
  anonymous = api.client.as(null);
  // Nobody works on it: its stream stays open.
  const body = { reason: 'to have a stream' };
  const { body: operation } = await api.client.rest('POST', '/api/v1/clusters/demo/nodes/worker-1/cordon', { body });
  path = `/api/v1/operations/${operation.id}/events`;
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** The query of a fresh address. */
async function ticket(client: HttpClient, more: object = {}): Promise<string> {
  const { status, body } = await client.rest('POST', '/api/v1/stream-urls', { body: { path, ...more } });
  expect(status, JSON.stringify(body)).toBe(201);
  const url = new URL(body.url);
  expect(url.pathname).toBe(path);
  return url.search;
}
async function opened(where: string, client = anonymous, headers: Record<string, string> = {}): Promise<number> {
  const abort = new AbortController();
  const answer = await fetch(`${client.url}${where}`, { headers, signal: abort.signal });
  abort.abort();
  return answer.status;
}

describe('13.5 addresses of streams for what can send no header', () => {
  it('open the stream, by REST and by GraphQL, and resume it', async () => {
    for await (const event of anonymous.sse(`${path}${await ticket(api.client)}`)) {
      expect(event.id).toBe('1');
      break;
    }
    const { streamUrl } = await graphqlCaller(api.client).mutate(
      'createStreamUrl',
      'NewStreamUrlInput!',
      { path, expiresInSeconds: 60 },
      'streamUrl { url expiresAt }',
    );
    const { search } = new URL(streamUrl.url);
    expect(await opened(`${path}${search}&after=1`)).toBe(200);
    expect(Date.parse(streamUrl.expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
  });

  it('hold for one path, and not for what is no stream', async () => {
    const search = await ticket(api.client);
    for (const other of [
      '/api/v1/me',
      path.replace(/\/events$/, ''),
      path.replace(/.\/events$/, '0/events'),
      `${path}/`,
    ]) {
      expect([400, 401, 404], other).toContain(await opened(`${other}${search}`));
      expect(await opened(`${other}${search}`), other).not.toBe(200);
    }
    const answer = await fetch(`${api.client.url}${path}${search}`, { method: 'POST' });
    expect(answer.status).not.toBe(201);
    expect([401, 404, 405]).toContain(answer.status);
  });

  it('are refused when they were changed, stand beside a token, or come twice', async () => {
    const search = await ticket(api.client);
    const [, expiry] = /_([0-9a-f]+)_[0-9a-f]{64}$/.exec(search) ?? [];
    const later = search.replace(`_${expiry}_`, `_${(Number.parseInt(String(expiry), 16) + 60_000).toString(16)}_`);
    expect(await opened(`${path}${later}`)).toBe(401);
    expect(await opened(`${path}?streamTicket=nst_x`)).toBe(401);
    expect(await opened(`${path}?streamTicket=`)).toBe(401);
    const authorization = `Bearer ${api.tokens.admin}`;
    expect(await opened(`${path}${search}`, anonymous, { authorization })).toBe(401);
    expect(await opened(`${path}${search}&${search.slice(1)}`)).toBe(401);
  });

  it('end with their time, and so does what they opened', async () => {
    const search = await ticket(api.client, { expiresInSeconds: 2 });
    const events: string[] = [];
    for await (const { event } of anonymous.sse(`${path}${search}`)) events.push(event);
    expect(events.at(-1)).toBe('error');
    expect(await opened(`${path}${search}`)).toBe(401);
  });

  it('end with the credential that they were made with', async () => {
    const made = await api.client.rest('POST', '/api/v1/api-tokens', {
      body: { name: 'page', actorType: 'bot', bindings: [{ role: 'viewer', clusters: ['*'] }] },
    });
    const search = await ticket(api.client.as(made.body.token));
    const events: string[] = [];
    for await (const { event } of anonymous.sse(`${path}${search}`)) {
      events.push(event);
      if (events.length === 1) await api.client.rest('DELETE', `/api/v1/api-tokens/${made.body.id}`);
    }
    expect(events.at(-1)).toBe('error');
    expect(await opened(`${path}${search}`)).toBe(401);
  });

  it.each([
    '/api/v1/me',
    '/graphql',
    'https://example.com/api/v1/operations/1/events',
    '/api/v1/../x/events',
    `/api/v1/a?b=/events`,
    '',
  ])('are not made for %j', async (other) => {
    const { status } = await api.client.rest('POST', '/api/v1/stream-urls', { body: { path: other } });
    expect(status).toBe(400);
  });

  it.each([0, -1, 3_601, 1.5])('do not hold for %d seconds', async (expiresInSeconds) => {
    const { status } = await api.client.rest('POST', '/api/v1/stream-urls', { body: { path, expiresInSeconds } });
    expect(status).toBe(400);
  });
});
