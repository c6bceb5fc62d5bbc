import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pod } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { ClusterClient } from '../../support/cluster-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  await waitFor(async () =>
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

describe('an answer that nothing has changed', () => {
  const query = '{ nodes(cluster: "demo", sort: ["name"]) { nodes { name labels podCount schedulable } } }';
  const ask = async (client = api.client) =>
    (await client.graphql(query)).data?.nodes.nodes as Record<string, unknown>[];
  const worker = (nodes: Record<string, unknown>[]) => nodes.find(({ name }) => name === 'worker-1');

  it('is given again without asking anyone', async () => {
    await askedThreeTimes(query);
    const given = async () => {
      const { body } = await api.client.rest('GET', '/metrics');
      return Number(/^node_steward_graphql_answers_total\{source="remembered"\} (\d+)$/m.exec(String(body))?.[1]);
    };
    const before = await given();
    const other = query.replace('name labels', 'uid labels');
    for (let time = 0; time < 5; time++) await api.client.graphql(other);
    // The first comes too early to be compiled, the second is worked out.
    expect(await given()).toBe(before + 3);
  });

  it('is given again until a node or a pod changes, and then at once the new one', async () => {
    const before = await askedThreeTimes(query);
    const server = new ClusterClient(cluster.kubeconfigPath);
    const node = await server.node('worker-1');
    const path = '/api/v1/nodes/worker-1';
    for (const value of ['one', 'two']) {
      await server.call('PATCH', path, { metadata: { labels: { 'example.com/changed': value } } });
      await waitFor(async () => expect(worker(await ask())?.labels).toMatchObject({ 'example.com/changed': value }));
    }
    await server.call('PATCH', path, { metadata: { labels: { 'example.com/changed': null } } });
    await waitFor(async () => expect(worker(await ask())?.labels).toEqual(node.metadata.labels));
    const podCount = worker(await ask())?.podCount as number;
    await server.create(pod({ namespace: 'default', name: 'one-more', nodeName: 'worker-1' }));
    await waitFor(async () => expect(worker(await ask())?.podCount).toBe(podCount + 1));
    await server.call('DELETE', '/api/v1/namespaces/default/pods/one-more');
    await waitFor(async () => expect((await api.client.graphql(query)).data).toEqual(before.data));
    await server.close();
  });

  it("is nobody else's: each credential gets what its own grants show", async () => {
    const all = await ask();
    const bindings = [{ role: 'viewer', clusters: ['demo'], nodeSelector: 'kubernetes.io/hostname=worker-1' }];
    const made = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'one node', bindings } });
    const other = api.client.as(made.body.token ?? made.body.text);
    for (let time = 0; time < 4; time++) {
      expect((await ask(other)).map(({ name }) => name)).toEqual(['worker-1']);
      expect(await ask()).toHaveLength(all.length);
    }
    expect((await api.client.rest('DELETE', `/api/v1/api-tokens/${made.body.id}`)).status).toBeLessThan(300);
    await waitFor(async () => expect((await other.graphql(query)).status).toBe(401));
  });

  it('is worked out anew where it follows the clock or another source', async () => {
    const times = '{ nodes(cluster: "demo", first: 1) { nodes { observedAt } } }';
    await askedOften(times);
    const [one] = (await api.client.graphql(times)).data.nodes.nodes;
    await waitFor(async () =>
      expect((await api.client.graphql(times)).data.nodes.nodes[0].observedAt).not.toBe(one.observedAt),
    );
  });

  async function askedOften(text: string) {
    for (let time = 0; time < 3; time++) await api.client.graphql(text);
  }
});
