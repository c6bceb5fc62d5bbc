import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { freePort } from '../../support/free-port.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

let cluster: SimulatedCluster;
let api: ApiApp;
let client: HttpClient;
const NODES = '/api/v1/clusters/demo/nodes';

beforeAll(async () => {
  cluster = await startTestCluster({ bookmarkSeconds: 1 });
  await addDeadCluster(cluster.kubeconfigPath);
  api = await startApiApp(cluster.kubeconfigPath, { KUBE_REQUEST_TIMEOUT_MS: '2000' });
  client = api.client;
  await waitFor(async () => expect((await client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('LIVE'));
});
afterEach(() => cluster.faults.clear());
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** A second context whose API server nobody runs. */
async function addDeadCluster(path: string): Promise<void> {
  const config = parse(readFileSync(path, 'utf8'));
  const server = `https://127.0.0.1:${await freePort()}`;
  config.clusters.push({ name: 'dead', cluster: { server, 'insecure-skip-tls-verify': true } });
  config.contexts.push({ name: 'dead', context: { cluster: 'dead', user: config.users[0].name } });
  writeFileSync(path, stringify(config));
}

const get = async (query: string) => (await client.rest('GET', `${NODES}${query}`)).body;
const names = async (query: string): Promise<string[]> =>
  (await get(query)).items.map(({ name }: { name: string }) => name);

async function tokenFor(nodeSelector?: string, clusters = ['*']): Promise<string> {
  const binding = { role: 'viewer', clusters, ...(nodeSelector ? { nodeSelector } : {}) };
  const made = await client.rest('POST', '/api/v1/api-tokens', { body: { name: 'scoped', bindings: [binding] } });
  expect(made.status).toBe(201);
  return made.body.token;
}

describe('clusters', () => {
  it('shows the living and the dead side by side', async () => {
    const { body } = await client.rest('GET', '/api/v1/clusters');
    const [dead, demo] = body.items;
    expect(demo).toMatchObject({
      name: 'demo',
      reachable: true,
      version: expect.stringMatching(/^v1\./),
      nodes: { total: 12, ready: 12 },
      cache: { state: 'LIVE', nodeCount: 12, staleSeconds: 0 },
      lastError: null,
    });
    expect(dead).toMatchObject({
      name: 'dead',
      reachable: false,
      nodes: null,
      cache: { state: 'WARMING', staleSeconds: null },
      lastError: { code: 'CLUSTER_UNAVAILABLE', message: expect.stringContaining('refuses connections') },
    });
    expect((await client.rest('GET', '/readyz')).status).toBe(200);
  });

  it('says the same through GraphQL', async () => {
    const { data } = await client.graphql(
      '{ clusters { name reachable nodes: nodeCounts { total ready } cache { state } } }',
    );
    const { body } = await client.rest('GET', '/api/v1/clusters');
    expect(data.clusters).toMatchObject([
      { name: 'dead', nodes: null },
      { name: 'demo', nodes: { total: 12 } },
    ]);
    expect(body.items).toMatchObject(data.clusters);
  });

  it.each([
    ['/clusters/none', 404, 'CLUSTER_NOT_FOUND'],
    ['/clusters/none/nodes', 404, 'CLUSTER_NOT_FOUND'],
    ['/clusters/dead/nodes', 503, 'CLUSTER_UNAVAILABLE'],
    ['/clusters/dead/nodes/x', 503, 'CLUSTER_UNAVAILABLE'],
    ['/clusters/demo/nodes/none', 404, 'NODE_NOT_FOUND'],
    ['/clusters/demo/nodes/none/pods', 404, 'NODE_NOT_FOUND'],
    ['/clusters/demo/nodes/none/events', 404, 'NODE_NOT_FOUND'],
    ['/clusters/demo/nodes/..%2Fpods', 404, 'NODE_NOT_FOUND'],
    ['/clusters/demo/nodes/%2e%2e', 404, 'NOT_FOUND'],
    ['/clusters/demo/nodes/a%2Cmetadata.name!=b/pods', 404, 'NODE_NOT_FOUND'],
  ])('%s is %d %s', async (path, status, code) => {
    const { status: given, body } = await client.rest('GET', `/api/v1${path}`);
    expect([given, body.code]).toEqual([status, code]);
  });
});

describe('node list', () => {
  it.each([
    ['?labelSelector=pool%3Dgpu', ['gpu-1']],
    ['?labelSelector=pool%20in%20(gpu,batch)', ['batch-1', 'batch-2', 'gpu-1']],
    ['?role=control-plane', ['control-plane-1', 'control-plane-2', 'control-plane-3']],
    ['?role=control-plane&zone=none', []],
    ['?search=GPU', ['gpu-1']],
    ['?status=NotReady', []],
    ['?status=Ready&first=1&sort=-name', ['worker-6']],
    ['?sort=version,-name&first=2', ['gpu-1', 'worker-6']],
  ])('%s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it.each([
    ['?labelSelector=a%20b', '?labelSelector'],
    ['?sort=colour', '?sort'],
    ['?status=Great', '?status'],
    ['?after=nonsense', '?after'],
    ['?first=0', '?first'],
    ['?pool=gpu', '?pool'],
  ])('refuses %s', async (query, pointer) => {
    const { status, body } = await client.rest('GET', `${NODES}${query}`);
    expect([status, body.code, body.errors[0].pointer.replace(/\/.*/, '')]).toEqual([
      400,
      'VALIDATION_FAILED',
      pointer,
    ]);
  });

  it.each(['name', '-name', 'zone,-podCount', '-cpuPercent', 'memoryRequests', 'createdAt', 'status,role'])(
    'pages through everything once, sorted by %s',
    async (sort) => {
      const whole = await names(`?sort=${sort}`);
      const paged: string[] = [];
      for (let after = ''; ; ) {
        const { items, pageInfo, totalCount } = await get(`?sort=${sort}&first=5${after}`);
        paged.push(...items.map(({ name }: { name: string }) => name));
        expect(totalCount).toBe(12);
        if (!pageInfo.hasNextPage) break;
        after = `&after=${pageInfo.endCursor}`;
      }
      expect([paged, new Set(paged).size]).toEqual([whole, 12]);
    },
  );

  it('shows a change within a blink, and counts what it should', async () => {
    const pods = (node: { name: string }) =>
      cluster.store.podsOnNode(node.name).filter(({ status }) => !['Succeeded', 'Failed'].includes(status.phase))
        .length;
    cluster.store.modify('Node', undefined, 'worker-5', (node) => ({
      ...node,
      spec: { ...node.spec, unschedulable: true },
    }));
    await waitFor(async () => expect(await names('?status=SchedulingDisabled')).toEqual(['worker-5']));
    cluster.store.modify('Node', undefined, 'worker-5', (node) => ({
      ...node,
      spec: { ...node.spec, unschedulable: undefined },
    }));
    await waitFor(async () => {
      for (const node of (await get('')).items) expect([node.name, node.podCount]).toEqual([node.name, pods(node)]);
    });
  });

  it('gives GraphQL the same, with one look-up of operations for all nodes', async () => {
    const query = `query ($after: String) {
      nodes(cluster: "demo", first: 50, after: $after, sort: ["-podCount"], filter: { status: [Ready], role: ["<none>"] }) {
        totalCount pageInfo { endCursor hasNextPage }
        edges { cursor }
        nodes { name status roles zone podCount kubeletVersion internalIp activeOperation { id }
          allocated { resource requests requestsPercent } }
      }
    }`;
    const before = cluster.api.requests.recent.length;
    const { data, errors } = await client.graphql(query);
    const asked = cluster.api.requests.recent
      .slice(before)
      .filter(({ verb, path }) => verb !== 'watch' && path !== '/version');
    expect([errors, asked]).toEqual([[], []]);
    const rest = await get('?sort=-podCount&status=Ready&role=%3Cnone%3E');
    expect(rest.items).toMatchObject(data.nodes.nodes);
    expect(rest.pageInfo).toEqual(data.nodes.pageInfo);
    expect([data.nodes.totalCount, data.nodes.edges.length]).toEqual([9, 9]);
  });

  it('says how old it is while the cluster is out of reach, and goes on answering', async () => {
    cluster.faults.set({ id: 'gone', match: { user: 'kubernetes-admin' }, effect: { dropConnection: true } });
    cluster.api.watches.drop();
    await waitFor(async () => expect((await get('?first=1')).items[0].staleSeconds).toBeGreaterThan(0));
    expect((await client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('STALE');
    cluster.faults.clear();
    await waitFor(async () => expect((await get('?first=1')).items[0].staleSeconds).toBe(0));
  });

  it('12.29 describes a node from the cache while the API server is down: marked stale, with the parts it lacks', async () => {
    cluster.faults.set({ id: 'gone', match: { user: 'kubernetes-admin' }, effect: { dropConnection: true } });
    cluster.api.watches.drop();
    const lacks = ['lease', 'events', 'resource slices', 'long annotations'].map((part) =>
      expect.stringMatching(`^${part}: `),
    );
    const known = { name: 'worker-1', staleSeconds: expect.toSatisfy((age: number) => age > 0), warnings: lacks };
    await waitFor(async () => {
      const answer = await client.rest('GET', `${NODES}/worker-1`);
      expect(answer).toMatchObject({ status: 200, body: known });
      expect(answer.body.podCount).toBeGreaterThan(0);
      const query = '{ node(cluster: "demo", name: "worker-1") { name staleSeconds podCount warnings } }';
      const { data, errors } = await client.graphql(query);
      expect([errors, data?.node]).toMatchObject([[], { ...known, podCount: answer.body.podCount }]);
    });
  });
});

describe('pods and events of a node', () => {
  it('pages through the pods', async () => {
    const whole = (await get('/worker-1/pods?first=200')).items.map((pod: { uid: string }) => pod.uid);
    const first = await get('/worker-1/pods?first=3');
    const second = await get(`/worker-1/pods?first=200&after=${first.pageInfo.endCursor}`);
    const uids = [...first.items, ...second.items].map((pod: { uid: string }) => pod.uid);
    expect([uids, first.totalCount]).toEqual([whole, whole.length]);
    expect(whole.sort()).toEqual(
      cluster.store
        .podsOnNode('worker-1')
        .map(({ metadata }) => metadata.uid)
        .sort(),
    );
  });

  it('says the same through GraphQL', async () => {
    const { data } = await client.graphql(
      '{ nodePods(cluster: "demo", node: "worker-1", first: 200) { nodes { name status cpuRequests { quantity percent } } } nodeEvents(cluster: "demo", node: "worker-1") { nodes { reason message count } } }',
    );
    expect((await get('/worker-1/pods?first=200')).items).toMatchObject(data.nodePods.nodes);
    expect((await get('/worker-1/events')).items).toMatchObject(data.nodeEvents.nodes);
    expect(data.nodeEvents.nodes.length).toBeGreaterThan(0);
  });
});

describe('scope', () => {
  it('shows only what single reads would: what is out of scope does not exist', async () => {
    const scoped = client.as(await tokenFor('pool=gpu'));
    const { body } = await scoped.rest('GET', NODES);
    expect([body.items.map(({ name }: { name: string }) => name), body.totalCount]).toEqual([['gpu-1'], 1]);
    for (const part of ['', '/pods', '/events']) {
      expect((await scoped.rest('GET', `${NODES}/gpu-1${part}`)).status).toBe(200);
      const refused = await scoped.rest('GET', `${NODES}/worker-1${part}`);
      expect([refused.status, refused.body.code]).toEqual([404, 'NODE_NOT_FOUND']);
    }
    const { data, errors } = await scoped.graphql('{ node(cluster: "demo", name: "worker-1") { name } }');
    expect([data, errors[0]?.extensions.code]).toEqual([{ node: null }, 'NODE_NOT_FOUND']);
  });

  it('shows no cluster outside of it', async () => {
    const scoped = client.as(await tokenFor(undefined, ['dead']));
    expect((await scoped.rest('GET', '/api/v1/clusters')).body.items.map(({ name }: { name: string }) => name)).toEqual(
      ['dead'],
    );
    for (const path of ['/api/v1/clusters/demo', NODES, `${NODES}/worker-1`, `${NODES}/none`]) {
      const { status, body } = await scoped.rest('GET', path);
      expect([status, body.code], path).toEqual([404, 'CLUSTER_NOT_FOUND']);
    }
  });
});

describe('before the caches are warm', () => {
  it('answers from live reads', async () => {
    // The cache's own list of all pods hangs; those that come after it do not.
    cluster.faults.set({
      id: 'slow',
      match: { verb: 'list', resource: 'pods' },
      effect: { delayMs: 10_000 },
      remaining: 1,
    });
    const cold = await startApiApp(cluster.kubeconfigPath);
    try {
      await waitFor(() => expect(cluster.faults.struck('slow')).toBe(1));
      const before = cluster.api.requests.recent.length;
      const { status, body } = await cold.client.rest('GET', `${NODES}?first=3`);
      const asked = cluster.api.requests.recent.slice(before).filter(({ resource }) => resource === 'pods');
      expect([status, body.totalCount, body.items[0].staleSeconds, asked.length]).toEqual([200, 12, 0, 3]);
      const warm = (await get('?first=3')).items;
      const figures = ({ name, podCount, allocated }: (typeof warm)[0]) => ({ name, podCount, allocated });
      expect(body.items.map(figures)).toEqual(warm.map(figures));
      expect((await cold.client.rest('GET', '/api/v1/clusters/demo')).body.cache.state).toBe('WARMING');
    } finally {
      await cold.close();
    }
  });
});
