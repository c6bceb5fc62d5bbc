import { createClient } from 'graphql-ws';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const PORTAL = 'https://portal.example.com';
const STRANGER = 'https://portal.example.com.evil.test';

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath, { CORS_ORIGINS: PORTAL, FRAME_ANCESTORS: PORTAL });
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const ask = (path: string, origin: string, init: RequestInit = {}) =>
  fetch(new URL(path, api.client.url), {
    ...init,
    headers: { origin, authorization: `Bearer ${api.tokens.operator}`, ...init.headers },
  });
const preflight = (path: string, origin: string) =>
  fetch(new URL(path, api.client.url), {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });
const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin');

describe('13.5 a page of another origin', () => {
  it.each([
    ['/api/v1/clusters/demo/nodes', {}],
    ['/api/v1/clusters/unknown/nodes', {}],
    [
      '/graphql',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ me { id } }"}' },
    ],
  ])('reads %s only if its origin is allowed, errors too', async (path, init) => {
    expect(allowed(await ask(path, PORTAL, init))).toBe(PORTAL);
    expect(allowed(await ask(path, STRANGER, init))).toBeNull();
  });

  it('reads the problem of a missing credential', async () => {
    const answer = await ask('/api/v1/me', PORTAL, { headers: { authorization: '' } });
    expect([answer.status, allowed(answer)]).toEqual([401, PORTAL]);
  });

  it.each(['/api/v1/clusters/demo/nodes/worker-1/cordon', '/graphql'])(
    'may ask before it posts to %s',
    async (path) => {
      const answer = await preflight(path, PORTAL);
      expect([answer.status, allowed(answer)]).toEqual([204, PORTAL]);
      expect(answer.headers.get('access-control-allow-headers')).toMatch(/Idempotency-Key/);
      expect(allowed(await preflight(path, STRANGER))).toBeNull();
    },
  );

  it('reads an event stream', async () => {
    const body = JSON.stringify({ reason: 'test' });
    const headers = { 'content-type': 'application/json' };
    const path = '/api/v1/clusters/demo/nodes/worker-1/cordon';
    const { id } = (await (await ask(path, PORTAL, { method: 'POST', body, headers })).json()) as { id: string };
    const leave = new AbortController();
    const events = await ask(`/api/v1/operations/${id}/events`, PORTAL, { signal: leave.signal });
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(allowed(events)).toBe(PORTAL);
    leave.abort();
  });

  it.each([
    [PORTAL, 'connected'],
    [STRANGER, 4403],
    ['null', 4403],
    [undefined, 'connected'],
  ])('opens the socket from %s: %s', async (origin, expected) => {
    class FromOrigin extends WebSocket {
      constructor(url: string | URL, protocols: string | string[]) {
        super(url, { protocols, headers: origin === undefined ? {} : { origin } });
      }
    }
    const end = await new Promise((resolve) => {
      const client = createClient({
        url: `${api.client.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: FromOrigin,
        connectionParams: { authorization: `Bearer ${api.tokens.operator}` },
        lazy: false,
        retryAttempts: 0,
        onNonLazyError: () => undefined,
        on: {
          connected: () => {
            resolve('connected');
            void client.dispose();
          },
          closed: (event) => resolve((event as { code: number }).code),
        },
      });
    });
    expect(end).toBe(expected);
  });

  it('may be the frame of the pages', async () => {
    const page = await ask('/docs', PORTAL);
    expect(page.headers.get('content-security-policy')).toMatch(`frame-ancestors ${PORTAL}`);
    expect(page.headers.get('x-frame-options')).toBeNull();
  });
});

describe('13.8 the root', () => {
  it('tells a browser and a program where to go', async () => {
    const page = await fetch(new URL('/', api.client.url), { headers: { accept: 'text/html' } });
    expect(await page.text()).toMatch(/href="\/docs"/);
    const json = await fetch(new URL('/', api.client.url));
    expect(await json.json()).toMatchObject({ name: 'Node Steward', links: { GraphQL: '/graphql' } });
  });
});
