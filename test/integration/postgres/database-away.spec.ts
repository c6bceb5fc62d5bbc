import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { KnownApiTokens } from '../../../src/features/access/application/known-api-tokens.service.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import type { RestAnswer } from '../../support/http-client.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

const NODES = '/api/v1/clusters/demo/nodes';
const ID = '019ab000-0000-7000-8000-000000000000';
const GIVEN_UP_MS = 30_000;

let server: PostgresServer;
let cluster: SimulatedCluster;
let api: ApiApp;
let url: string;
let thaw: (() => void) | undefined;

beforeAll(async () => {
  [server, cluster] = await Promise.all([PostgresServer.start(), startTestCluster()]);
  ({ url } = await server.createDatabase());
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: url });
  await waitFor(async () =>
    expect((await api.client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('LIVE'),
  );
});
afterEach(async () => {
  thaw?.();
  thaw = undefined;
  await waitFor(async () => expect((await ask('GET', '/api/v1/operations')).status).toBe(200));
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
  await server?.stop();
});

/** Of the same order as the freeze in the issue: an answer that waits for the thaw fails the test. */
const ask = (method: string, path: string, body?: unknown): Promise<RestAnswer<Record<string, never>>> =>
  api.client.rest(method, path, { body, signal: AbortSignal.timeout(GIVEN_UP_MS) });

/** Every path of the document with something in its places */
function everyRequest(): [method: string, path: string][] {
  const document = JSON.parse(readFileSync(join(projectRoot, 'docs/api/openapi.json'), 'utf8'));
  return Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => /^(get|post|put|patch|delete)$/.test(method))
      .map((method): [string, string] => [method.toUpperCase(), fill(path)]),
  );
}

const fill = (path: string) =>
  path
    .replace('{cluster}', 'demo')
    .replace('{node}', 'worker-1')
    .replace('{namespace}', 'default')
    .replace(/\{\w+\}/g, ID);

describe('a database that is frozen', () => {
  it('10.4 lets no endpoint wait for it: each answers, and what needs it says 503 with Retry-After', async () => {
    thaw = server.freeze();
    const requests = everyRequest();
    expect(requests.length).toBeGreaterThan(50);
    const answers = await Promise.all(
      requests.map(async ([method, path]) => {
        const { status, headers, body } = await ask(method, path, method === 'GET' ? undefined : {});
        return {
          request: `${method} ${path}`,
          status,
          code: body?.code as unknown,
          retryAfter: headers.get('retry-after'),
        };
      }),
    );
    const wrong = answers.filter(({ status, code, retryAfter }) =>
      status === 503 ? retryAfter === null || code !== 'DATABASE_UNAVAILABLE' : status >= 500,
    );
    expect(wrong).toEqual([]);
    const away = answers.filter(({ code }) => code === 'DATABASE_UNAVAILABLE').map(({ request }) => request);
    for (const list of ['operations', 'audit-events', 'kubelet-config-changes', 'maintenance-runs', 'api-tokens']) {
      expect(away).toContain(`GET /api/v1/${list}`);
    }
  });

  it('10.5 is DATABASE_UNAVAILABLE in GraphQL too, with Retry-After in the header and in the extensions', async () => {
    thaw = server.freeze();
    const { headers, errors } = await api.client.graphql('{ operations(first: 1) { nodes { id } } }');
    expect(errors[0]?.extensions).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, retryAfterSeconds: 2 });
    expect(headers.get('retry-after')).toBe('2');
  });

  it('10.6 keeps no list and no detail of nodes from being answered; both APIs say what is missing', async () => {
    thaw = server.freeze();
    const warning = expect.stringMatching(/^activeOperation: The database/);
    const list = await ask('GET', NODES);
    expect([list.status, list.body.items]).toMatchObject([200, expect.anything()]);
    for (const item of list.body.items as unknown as object[])
      expect(item).toMatchObject({ activeOperation: null, warnings: [warning] });
    const detail = await ask('GET', `${NODES}/worker-1`);
    expect(detail).toMatchObject({ status: 200, body: { activeOperation: null, warnings: [warning] } });
    const fields = 'name activeOperation { id } warnings';
    const query = `{ nodes(cluster: "demo") { nodes { ${fields} } } node(cluster: "demo", name: "worker-1") { ${fields} } }`;
    const { data, errors } = await api.client.graphql(query);
    expect(errors).toEqual([]);
    for (const node of [...data.nodes.nodes, data.node])
      expect(node).toMatchObject({ activeOperation: null, warnings: [warning] });
    const { body } = await api.client.rest('POST', '/graphql', {
      body: { query: '{ nodes(cluster: "demo", first: 1) { nodes { activeOperation { id } } } }' },
    });
    expect(body.extensions.warnings).toEqual([warning]);
  });

  it('10.16 opens nothing to a token whose revocation is known; who was not revoked goes on', async () => {
    const known = api.app.get(KnownApiTokens, { strict: false });
    const make = async () => {
      const body = { name: 'away', bindings: [{ role: 'viewer', clusters: ['*'] }] };
      const made = await api.client.rest('POST', '/api/v1/api-tokens', { body });
      expect((await statusOf(made.body.token)).status).toBe(200);
      return made.body as { id: string; token: string };
    };
    const statusOf = (token: string) => api.client.rest('GET', NODES, { token });
    const [revoked, rotated, kept] = [await make(), await make(), await make()];
    const heard = new Promise<void>((resolve) => {
      const open = new Set([revoked.id, rotated.id]);
      known.onChange((id) => open.delete(id) && open.size === 0 && resolve());
    });
    const rotation = { body: { overlapSeconds: 0 } };
    expect((await api.client.rest('DELETE', `/api/v1/api-tokens/${revoked.id}`)).status).toBe(204);
    expect((await api.client.rest('POST', `/api/v1/api-tokens/${rotated.id}/rotations`, rotation)).status).toBe(201);
    await heard;
    thaw = server.freeze();
    expect((await statusOf(kept.token)).status).toBe(200);
    // Whether it is 401 or 503 depends on what was read again before; never is it let in.
    expect((await statusOf(revoked.token)).status).not.toBe(200);
    expect((await statusOf(rotated.token)).status).not.toBe(200);
  });

  it('10.4 is given back no connection with a query in it: after the thaw writes are kept', async () => {
    thaw = server.freeze();
    const body = { name: 'lost', bindings: [{ role: 'viewer', clusters: ['*'] }] };
    const refused = await Promise.all(Array.from({ length: 12 }, () => ask('POST', '/api/v1/api-tokens', body)));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    thaw();
    await waitFor(async () => expect((await ask('GET', '/api/v1/operations')).status).toBe(200));
    const made = await Promise.all(
      Array.from({ length: 12 }, () => ask('POST', '/api/v1/api-tokens', { ...body, name: 'kept' })),
    );
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(`SELECT count(*)::int AS kept FROM api_tokens WHERE name = 'kept'`);
    await client.end();
    expect(rows).toEqual([{ kept: 12 }]);
  });
});

describe('a database that only takes reads', () => {
  async function onServer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  }

  it('10.5 is not ready, and writes are answered as DATABASE_UNAVAILABLE while reads go on', async () => {
    expect((await ask('GET', '/readyz')).status).toBe(200);
    await onServer('ALTER SYSTEM SET default_transaction_read_only = on');
    try {
      await waitFor(async () => {
        const { status, body } = await ask('GET', '/readyz');
        expect([status, body.checks]).toMatchObject([503, { postgres: { ok: false, detail: 'it only takes reads' } }]);
      });
      const refused = await ask('POST', '/api/v1/api-tokens', {
        name: 'no',
        bindings: [{ role: 'viewer', clusters: ['*'] }],
      });
      expect(refused).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE', cause: 'READ_ONLY' } });
      expect((await ask('GET', '/api/v1/operations')).status).toBe(200);
    } finally {
      await onServer('ALTER SYSTEM RESET default_transaction_read_only');
    }
    await waitFor(async () => expect((await ask('GET', '/readyz')).status).toBe(200));
  });
});
