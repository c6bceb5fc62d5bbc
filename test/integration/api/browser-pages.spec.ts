import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { type Browser, type BrowserPage, startChromium } from '../../support/chromium.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { reportNotRun } from '../../support/redis.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const SUITE = '13.5 a page of another origin in Chromium';
const started = await startChromium();
const browser: Browser | null = 'missing' in started ? null : started;
if ('missing' in started) reportNotRun(SUITE, started.missing);

interface Target {
  api: string;
  token: string;
  node: string;
}

/** These run in the page, which knows nothing but its argument. */
async function readNodes({ api, token }: Target) {
  const answer = await fetch(`${api}/api/v1/clusters/demo/nodes`, {
    headers: { authorization: `Bearer ${token}` },
  }).catch((error: unknown) => String(error));
  if (typeof answer === 'string') return { refused: answer };
  const body = (await answer.json()) as { items: { name: string }[] };
  return { nodes: body.items.map(({ name }) => name), etag: answer.headers.get('etag') };
}

async function followBySse({ api, token, node }: Target) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, string>;
  };
  const options = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true };
  const operation = await post(`/api/v1/clusters/demo/nodes/${node}/drain`, { reason: 'from a page', options });
  const path = `/api/v1/operations/${operation.id}/events`;
  const { url } = await post('/api/v1/stream-urls', { path });
  const seen: unknown[] = [];
  // What listens in a page may have another name for itself than PUBLIC_URL.
  const source = new EventSource(`${api}${new URL(String(url)).pathname}${new URL(String(url)).search}`);
  await new Promise<void>((resolve) => {
    source.addEventListener('state', (event) => {
      const { data } = JSON.parse((event as MessageEvent).data);
      seen.push(data.state);
      if (['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'].includes(data.state)) resolve();
    });
  });
  source.close();
  return { id: operation.id as string, states: seen };
}

async function followBySocket({ api, token, id }: { api: string; token: string; id: string }) {
  const socket = new WebSocket(`${api.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: string[] = [];
  return new Promise<{ messages: string[]; closed: number | null }>((resolve) => {
    const query = `subscription { operationEvents(id: "${id}") { seq type message } }`;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    };
    socket.onmessage = ({ data }) => {
      const { type, payload } = JSON.parse(data);
      if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      if (type === 'next') messages.push(payload.data.operationEvents.message);
      if (type === 'error') socket.close();
      if (type === 'complete') {
        resolve({ messages, closed: null });
        socket.close();
      }
    };
    socket.onclose = ({ code }) => resolve({ messages, closed: code });
  });
}

async function openEventSource({ url }: { url: string }) {
  const source = new EventSource(url);
  const outcome = await new Promise<string>((resolve) => {
    source.onopen = () => resolve('open');
    source.onerror = () => resolve('refused');
  });
  source.close();
  return outcome;
}

describe.runIf(browser)(SUITE, () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;
  const pages: Server[] = [];
  let portal: BrowserPage;
  let stranger: BrowserPage;
  let target: Target;

  /** A page of its own origin: another port is another origin. */
  async function servePage(): Promise<string> {
    const server = createServer((_request, answer) => {
      answer.setHeader('content-type', 'text/html; charset=utf-8');
      answer.end('<!doctype html><title>A portal</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    pages.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  async function open(origin: string): Promise<BrowserPage> {
    const page = await (browser as Browser).newPage();
    await page.goto(origin);
    return page;
  }

  beforeAll(async () => {
    const [allowed, other] = [await servePage(), await servePage()];
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl, CORS_ORIGINS: allowed });
    target = { api: api.client.url, token: api.tokens.operator, node: 'worker-1' };
    portal = await open(allowed);
    stranger = await open(other);
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of pages) server.close();
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  it('reads nodes, and follows a drain by server-sent events and by a GraphQL subscription', async () => {
    const { nodes, etag } = await portal.evaluate(readNodes, target);
    expect(nodes).toContain('worker-1');
    expect(etag).toMatch(/^W\/"/);
    const { id, states } = await portal.evaluate(followBySse, target);
    expect(states.at(-1)).toBe('SUCCEEDED');
    const { messages, closed } = await portal.evaluate(followBySocket, { ...target, id });
    expect(closed).toBeNull();
    expect(messages.length).toBeGreaterThanOrEqual(states.length);
  });

  it('gets nothing where its origin is not allowed', async () => {
    expect(await stranger.evaluate(readNodes, target)).toEqual({ refused: expect.stringContaining('TypeError') });
    const { body: drain } = await api.client.rest('POST', '/api/v1/clusters/demo/nodes/worker-2/cordon', {
      body: { reason: 'to have a stream' },
    });
    const path = `/api/v1/operations/${drain.id}/events`;
    const { body: made } = await api.client.rest('POST', '/api/v1/stream-urls', { body: { path } });
    const url = `${target.api}${path}${new URL(made.url).search}`;
    expect(await portal.evaluate(openEventSource, { url })).toBe('open');
    expect(await stranger.evaluate(openEventSource, { url })).toBe('refused');
    const { messages, closed } = await stranger.evaluate(followBySocket, { ...target, id: drain.id });
    expect(messages).toEqual([]);
    expect(closed).not.toBeNull();
  });
});
