import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';

interface Case {
  name: string;
  token: () => string | null;
  cluster?: string;
  node?: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: string;
}

const GOOD = { reason: 'testing refusals' };

/** Every refusal of an action, over REST and over GraphQL: the documented problem, and nothing changed. */
describe('refusals', () => {
  let installation: Installation;
  let admin: HttpClient;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    installation = await Installation.start();
    admin = await installation.api({ KUBE_REQUEST_TIMEOUT_MS: '1500', RATE_LIMIT_REQUESTS: '100000' });
    const grant = async (name: string, binding: unknown) => {
      tokens[name] = await installation.token(admin, [binding]);
    };
    await grant('operator', { role: 'operator', clusters: ['*'] });
    await grant('viewer', { role: 'viewer', clusters: ['*'] });
    await grant('elsewhere', { role: 'operator', clusters: ['*'], nodeSelector: 'pool=batch' });
    await grant('otherCluster', { role: 'operator', clusters: ['production'] });
  });
  afterAll(() => installation?.stop());

  const token = (name: string) => () => tokens[name] as string;
  const CASES: Case[] = [
    { name: 'no credential', token: () => null, status: 401, code: 'UNAUTHENTICATED' },
    { name: 'a made-up credential', token: () => 'ns_0000000000000000_x_y', status: 401, code: 'UNAUTHENTICATED' },
    { name: 'a viewer', token: token('viewer'), status: 403, code: 'FORBIDDEN' },
    { name: 'an operator of other nodes', token: token('elsewhere'), status: 404, code: 'NODE_NOT_FOUND' },
    { name: 'an operator of another cluster', token: token('otherCluster'), status: 404, code: 'CLUSTER_NOT_FOUND' },
    { name: 'an unknown node', token: token('operator'), node: 'nowhere', status: 404, code: 'NODE_NOT_FOUND' },
    {
      name: 'an unknown cluster',
      token: token('operator'),
      cluster: 'nowhere',
      status: 404,
      code: 'CLUSTER_NOT_FOUND',
    },
    { name: 'no reason', token: token('operator'), body: {}, status: 400, code: 'VALIDATION_FAILED' },
    {
      name: 'an unknown field',
      token: token('operator'),
      body: { ...GOOD, colour: 'red' },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    { name: 'a wrong type', token: token('operator'), body: { reason: 5 }, status: 400, code: 'VALIDATION_FAILED' },
    {
      name: 'a reason that is too long',
      token: token('operator'),
      body: { reason: 'x'.repeat(501) },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
  ];

  it.each(CASES)(
    'REST: $name',
    async ({ token: tokenOf, cluster = 'demo', node = 'worker-1', body = GOOD, status, code }) => {
      const path = `/api/v1/clusters/${cluster}/nodes/${node}/cordon`;
      const answer = await admin.rest('POST', path, { body, token: tokenOf() });
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({
        type: expect.any(String),
        title: expect.any(String),
        requestId: expect.any(String),
      });
      expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.js:\d+/);
      if (code === 'VALIDATION_FAILED') expect(answer.body.errors[0].pointer).toMatch(/^\/(reason|colour)/);
      await expectNothingChanged();
    },
  );

  it.each(CASES)(
    'GraphQL: $name',
    async ({ token: tokenOf, cluster = 'demo', node = 'worker-1', body = GOOD, code }) => {
      const answer = await admin.graphql(
        'mutation($input: CordonNodeInput!) { cordonNode(input: $input) { operation { id } userErrors { code message path } } }',
        { input: { cluster, node, ...(body as object) } },
        { token: tokenOf() },
      );
      const told = [
        ...answer.errors.map((error) => error.extensions.code),
        ...(answer.data?.cordonNode?.userErrors ?? []).map((error: { code: string }) => error.code),
      ];
      expect(told.length, JSON.stringify(answer)).toBeGreaterThan(0);
      for (const one of told) expect(one).toBe(code);
      expect(answer.data?.cordonNode?.operation ?? null).toBeNull();
      await expectNothingChanged();
    },
  );

  it('a body of 1 MiB', async () => {
    const body = { reason: 'x'.repeat(1024 * 1024) };
    const rest = await admin.rest('POST', '/api/v1/clusters/demo/nodes/worker-1/cordon', { body });
    expect([rest.status, rest.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const graphql = await admin.rest('POST', '/graphql', {
      body: { query: `{ me { id } } # ${'x'.repeat(1024 * 1024)}` },
    });
    expect(graphql.status).toBe(413);
    await expectNothingChanged();
  });

  it('malformed JSON, another content type, an unknown parameter, an unknown path, another method', async () => {
    const path = '/api/v1/clusters/demo/nodes/worker-1/cordon';
    const ask = (method: string, to: string, options: object = {}) => admin.rest(method, to, options);
    const answers = [
      await ask('POST', path, { body: '{"reason":' }),
      await ask('POST', path, { body: 'reason=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      await ask('GET', '/api/v1/clusters/demo/nodes?colour=red'),
      await ask('GET', '/api/v1/nowhere'),
      await ask('PUT', path, { body: GOOD }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [400, 'VALIDATION_FAILED'],
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [400, 'VALIDATION_FAILED'],
      [404, 'NOT_FOUND'],
      [405, 'METHOD_NOT_ALLOWED'],
    ]);
    await expectNothingChanged();
  });

  it('the same idempotency key with another body', async () => {
    const headers = { 'idempotency-key': 'key-of-this-test' };
    const path = '/api/v1/clusters/demo/nodes/batch-1/cordon';
    const first = await admin.rest('POST', path, { body: GOOD, headers });
    expect(first.status).toBe(202);
    const again = await admin.rest('POST', path, { body: GOOD, headers });
    expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    const other = await admin.rest('POST', path, { body: { reason: 'another reason' }, headers });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const { body } = await admin.rest('GET', '/api/v1/operations?node=batch-1');
    expect(body.items.length).toBe(1);
  });

  it('a dead cluster: a clear problem in time, live elsewhere', async () => {
    await installation.cluster.setFaults({
      id: 'dead',
      match: { user: 'kubernetes-admin', path: '^/(api|apis|version)' },
      effect: { neverAnswer: true },
    });
    try {
      const rest = await admin.rest('POST', '/api/v1/clusters/demo/nodes/worker-2/cordon', { body: GOOD });
      expect([rest.status, rest.body.code]).toEqual([503, 'CLUSTER_UNAVAILABLE']);
      const graphql = await admin.graphql(
        'mutation($input: CordonNodeInput!) { cordonNode(input: $input) { operation { id } userErrors { code } } }',
        { input: { cluster: 'demo', node: 'worker-2', ...GOOD } },
      );
      const told = [
        ...graphql.errors.map((e) => e.extensions.code),
        ...(graphql.data?.cordonNode?.userErrors ?? []).map((e: { code: string }) => e.code),
      ];
      expect(told).toEqual(['CLUSTER_UNAVAILABLE']);
      expect((await admin.rest('GET', '/healthz')).status).toBe(200);
      expect((await admin.rest('GET', '/api/v1/clusters')).status).toBe(200);
    } finally {
      await installation.cluster.clearFaults();
    }
    const { body } = await admin.rest('GET', '/api/v1/operations?node=worker-2');
    expect(body.items).toEqual([]);
  });

  it('a subscription that the schema does not have', async () => {
    const told: unknown[] = [];
    const failed = (async () => {
      for await (const result of admin.subscribe('subscription { nothing }')) told.push(result);
    })();
    await expect(failed).rejects.toMatchObject([{ extensions: { code: 'VALIDATION_FAILED' } }]);
    expect(told).toEqual([]);
  });

  it('audits what was denied', async () => {
    const { body } = await admin.rest('GET', '/api/v1/audit-events?kind=DENIED&first=50');
    expect(body.items.length).toBeGreaterThan(2);
    expect(body.items.some((event: { action: string }) => event.action === 'node.cordon')).toBe(true);
  });

  it('explains a decision without doing the thing', async () => {
    const path = '/api/v1/access-checks';
    const body = { action: 'node.drain', resource: { type: 'Node', cluster: 'demo', name: 'worker-1' } };
    const allowed = await admin.rest('POST', path, { body, token: tokens.operator });
    const denied = await admin.rest('POST', path, { body, token: tokens.elsewhere });
    expect(allowed.body, JSON.stringify(allowed.body)).toMatchObject({ allowed: true });
    expect(allowed.body.policyIds.length).toBeGreaterThan(0);
    expect(denied.body).toMatchObject({ allowed: false });
  });

  async function expectNothingChanged(): Promise<void> {
    expect((await installation.cluster.node('worker-1')).spec.unschedulable ?? false).toBe(false);
    const { body } = await admin.rest('GET', '/api/v1/operations?node=worker-1');
    expect(body.items).toEqual([]);
  }
});
