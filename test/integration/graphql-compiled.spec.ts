import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SimulatedCluster } from '../../src/embedded/simulated-cluster/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../support/api-app.js';
import { startTestCluster } from '../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  await vi.waitFor(async () =>
    expect((await api.client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('LIVE'),
  );
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** The first time the server executes a query itself, later it runs compiled; nobody may see a difference. */
async function askedThreeTimes(query: string, variables: Record<string, unknown> = {}) {
  const answers = [];
  for (let time = 0; time < 3; time++) {
    const { status, data, errors } = await api.client.graphql(query, variables);
    answers.push({ status, data, errors });
  }
  const [first, ...later] = answers;
  for (const answer of later) expect(answer).toEqual(first);
  return first as (typeof answers)[number];
}

describe('a query that comes again', () => {
  it('gives the same nodes, with fragments, aliases, enums and loaded fields', async () => {
    const query = `query Page($first: Int) {
      few: nodes(cluster: "demo", first: $first, sort: ["-name"]) { totalCount pageInfo { hasNextPage } nodes { ...row } }
    }
    fragment row on Node { name labels createdAt taints { key effect } allocated { resource requestsValue }
      activeOperation { id } again: status }`;
    const { status, data } = await askedThreeTimes(query, { first: 3 });
    expect(status).toBe(200);
    expect(data.few.nodes).toHaveLength(3);
    expect(data.few.nodes[0]).toMatchObject({ again: expect.stringContaining('Ready'), activeOperation: null });
  });

  it('follows the variables of each request', async () => {
    const query = `query ($name: String!, $deep: Boolean!) {
      node(cluster: "demo", name: $name) { name uid @include(if: $deep) }
    }`;
    const names = ['worker-1', 'worker-2', 'worker-1', 'worker-2'];
    for (const [index, name] of names.entries()) {
      const { data } = await api.client.graphql(query, { name, deep: index > 1 });
      expect(data.node).toEqual({ name, ...(index > 1 ? { uid: expect.any(String) } : {}) });
    }
  });

  it('words the errors of resolvers alike, with code and path', async () => {
    const { errors } = await askedThreeTimes('{ node(cluster: "demo", name: "nobody") { name } }');
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'NODE_NOT_FOUND' } }]);
  });

  it('words refused arguments and variables alike', async () => {
    const tooMany = await askedThreeTimes('{ nodes(cluster: "demo", first: 500) { totalCount } }');
    expect(tooMany.errors).toMatchObject([{ extensions: { code: 'VALIDATION_FAILED' } }]);
    const query = 'query ($first: Int!) { nodes(cluster: "demo", first: $first) { totalCount } }';
    const wrong = await askedThreeTimes(query, { first: 'many' });
    expect(wrong).toMatchObject({ status: 400, errors: [{ extensions: { code: 'VALIDATION_FAILED' } }] });
  });

  it('asks for credentials and counts the limits each time', async () => {
    const query = 'query ($first: Int) { nodes(cluster: "demo", first: $first) { totalCount nodes { name } } }';
    await askedThreeTimes(query, { first: 2 });
    expect(await api.client.as(null).graphql(query, { first: 2 })).toMatchObject({ status: 401 });
    const stranger = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'none', bindings: [] } });
    const { data } = await api.client.as(stranger.body.token).graphql(query, { first: 2 });
    expect(data?.nodes.nodes ?? []).toEqual([]);
  });
});
