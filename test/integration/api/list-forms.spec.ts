import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import type { Json } from '../../support/graphql-caller.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;
const NODES = '/api/v1/clusters/demo/nodes';
const LISTS = [
  NODES,
  '/api/v1/operations',
  '/api/v1/maintenance-runs',
  '/api/v1/approval-requests',
  '/api/v1/kubelet-config-changes',
  '/api/v1/audit-events',
];

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'default' });
  api = await startApiApp(cluster.kubeconfigPath);
  const body = { reason: 'kernel\u001b[31m update', ticket: 'OPS-1' };
  const { status } = await api.client.rest('POST', `${NODES}/worker-1/cordon`, {
    body: { ...body, reason: 'kernel update' },
  });
  expect(status).toBe(202);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const get = (path: string, headers: Record<string, string> = {}) => api.client.rest('GET', path, { headers });
const text = { accept: 'text/plain' };

describe('13.7 lists in the form that was asked for', () => {
  it('are tables like those of kubectl, which fit a screen', async () => {
    const { status, headers, body } = await get(NODES, text);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const lines = String(body).trimEnd().split('\n');
    expect(lines[0]?.split(/ {2,}/)).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
    expect(lines).toHaveLength(13);
    expect(lines.find((line) => line.startsWith('worker-1'))).toMatch(/Ready +\S+ +\S+ +v1\.\d+/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
    const operations = String((await get('/api/v1/operations', text)).body);
    expect(operations).toMatch(/CORDON +demo +worker-1 +QUEUED +0% +\d+s +kernel update/);
  });

  it.each(LISTS)('%s has both forms, and JSON for what takes anything', async (path) => {
    expect(String((await get(path, text)).body)).toMatch(/^[A-Z]+( +[A-Z]+)+\n/);
    for (const accept of ['*/*', 'application/json', 'application/json, text/plain', 'text/html, */*']) {
      expect((await get(path, { accept })).body.items, accept).toBeInstanceOf(Array);
    }
  });

  it('say how to go on', async () => {
    const { body } = await get(`${NODES}?first=2`, text);
    const after = /# more: after=(\S+)/.exec(String(body))?.[1];
    expect(
      String((await get(`${NODES}?first=200&after=${after}`, text)).body)
        .trimEnd()
        .split('\n'),
    ).toHaveLength(11);
  });

  it('have only the fields that were named', async () => {
    const { body } = await get(`${NODES}?first=2&fields=name,status`);
    expect(body.items.map((item: Json) => Object.keys(item))).toEqual([
      ['name', 'status'],
      ['name', 'status'],
    ]);
    expect(body.pageInfo.hasNextPage).toBe(true);
    const { body: operations } = await get('/api/v1/operations?fields=id&fields=state&node=worker-1');
    expect(Object.keys(operations.items[0])).toEqual(['id', 'state']);
  });

  it.each(['fields=', 'fields=nme', 'fields=name,', 'fields=__proto__', 'fields=name&first=0'])(
    '?%s is refused',
    async (query) => {
      const { status, body } = await get(`${NODES}?${query}`);
      expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  it('problems stay problems, and what is no list knows no fields', async () => {
    expect((await get('/api/v1/clusters/none/nodes', text)).body.code).toBe('CLUSTER_NOT_FOUND');
    expect((await get('/api/v1/me?fields=id')).status).toBe(400);
  });
});

describe('13.4 reads say what they are a version of', () => {
  it.each([...LISTS.slice(1, 5), `${NODES}/worker-1/pods`, '/api/v1/approval-policies', '/api/v1/me'])(
    '%s: 304 to who has it',
    async (path) => {
      const first = await get(path);
      const etag = String(first.headers.get('etag'));
      expect(first.status).toBe(200);
      expect(etag).toMatch(/^(W\/)?"[^"]+"$/);
      if (path.endsWith('/pods')) return;
      for (const tags of [etag, `"other", ${etag}`, '*', etag.replace('W/', '')]) {
        const again = await get(path, { 'if-none-match': tags });
        expect([again.status, again.body, again.headers.get('etag')], tags).toEqual([304, undefined, etag]);
      }
      for (const tags of ['"other"', '', 'W/"x"', etag.slice(0, -2)]) {
        expect((await get(path, { 'if-none-match': tags })).status, tags).toBe(200);
      }
    },
  );

  it('another state is another version; problems and other methods have none', async () => {
    const before = String((await get('/api/v1/operations')).headers.get('etag'));
    const body = { reason: 'another one' };
    const posted = await api.client.rest('POST', `${NODES}/worker-2/cordon`, {
      body,
      headers: { 'if-none-match': '*' },
    });
    expect(posted.status).toBe(202);
    expect((await get('/api/v1/operations', { 'if-none-match': before })).status).toBe(200);
    expect((await get('/api/v1/operations/none', { 'if-none-match': '*' })).status).toBe(404);
  });
});
