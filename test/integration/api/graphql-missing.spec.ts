import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { type ManyClusters, startManyClusters } from '../../support/many-clusters.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const NODE = 'worker-1';
const NOBODY = '01920000-0000-7000-8000-000000000000';
let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath, { KUBE_REQUEST_TIMEOUT_MS: '1000' });
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** The first time the server executes a query itself, from the third on it runs compiled. */
async function askedThreeTimes(query: string, client = api.client) {
  const answers = [];
  for (let time = 0; time < 3; time++) answers.push(await client.graphql(query));
  const [first, ...later] = answers.map(({ status, data, errors }) => ({ status, data, errors }));
  for (const answer of later) expect(answer).toEqual(first);
  return first as (typeof answers)[number];
}

/** Root fields of things that are not there, with the code that says so. */
const MISSING: readonly [field: string, code: string][] = [
  ['node(cluster: "demo", name: "gone") { name }', 'NODE_NOT_FOUND'],
  ['node(cluster: "gone", name: "worker-1") { name }', 'CLUSTER_NOT_FOUND'],
  ['nodes(cluster: "gone") { totalCount }', 'CLUSTER_NOT_FOUND'],
  ['nodePods(cluster: "demo", node: "gone") { totalCount }', 'NODE_NOT_FOUND'],
  ['nodeEvents(cluster: "demo", node: "gone") { totalCount }', 'NODE_NOT_FOUND'],
  ['nodePosture(cluster: "demo", node: "gone") { node }', 'NODE_NOT_FOUND'],
  ['fleetPosture(cluster: "gone") { unreadableNodes }', 'CLUSTER_NOT_FOUND'],
  ['kubeletConfigDrift(cluster: "gone") { unreadableNodes }', 'CLUSTER_NOT_FOUND'],
  ['kubeletServingCsrs(cluster: "gone") { name }', 'CLUSTER_NOT_FOUND'],
  ['kubeletHealth(cluster: "demo", node: "gone") { healthy }', 'NODE_NOT_FOUND'],
  ['kubeletConfig(cluster: "demo", node: "gone") { node }', 'NODE_NOT_FOUND'],
  ['kubeletFlags(cluster: "demo", node: "gone") { node }', 'NODE_NOT_FOUND'],
  ['kubeletStats(cluster: "demo", node: "gone") { summary }', 'NODE_NOT_FOUND'],
  ['kubeletMetrics(cluster: "demo", node: "gone") { truncated }', 'NODE_NOT_FOUND'],
  ['nodeLog(cluster: "demo", node: "gone") { endedBy }', 'NODE_NOT_FOUND'],
  ['podLog(cluster: "demo", namespace: "default", pod: "gone") { endedBy }', 'NOT_FOUND'],
  ['drainPlan(cluster: "demo", nodes: ["gone"]) { planHash }', 'NODE_NOT_FOUND'],
  ['cluster(name: "gone") { name }', 'CLUSTER_NOT_FOUND'],
  [`operation(id: "${NOBODY}") { id }`, 'NOT_FOUND'],
  [`maintenanceRun(id: "${NOBODY}") { id }`, 'NOT_FOUND'],
  [`kubeletConfigChange(id: "${NOBODY}") { id }`, 'NOT_FOUND'],
  [`kubeletConfigChangeDiff(id: "${NOBODY}") { id }`, 'NOT_FOUND'],
  [`kubeletConfigChangeHistory(id: "${NOBODY}") { seq }`, 'NOT_FOUND'],
  [`kubeletConfigChangePlan(id: "${NOBODY}") { groups }`, 'NOT_FOUND'],
  [`approvalRequest(id: "${NOBODY}") { id }`, 'NOT_FOUND'],
  [`auditEvent(id: "${NOBODY}") { id }`, 'NOT_FOUND'],
];

describe('13.2 one part of a page that is missing leaves the rest', () => {
  it('answers the node that is there beside the one that is gone', async () => {
    const query = `{ a: node(cluster: "demo", name: "${NODE}") { name } b: node(cluster: "demo", name: "gone") { name } }`;
    const { status, data, errors } = await askedThreeTimes(query);
    expect([status, data]).toEqual([200, { a: { name: NODE }, b: null }]);
    expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'NODE_NOT_FOUND', status: 404 } }]);
    expect(errors).toHaveLength(1);
  });

  it.each(MISSING)('%s', async (field, code) => {
    const query = `{ here: me { id } gone: ${field} there: node(cluster: "demo", name: "${NODE}") { name } }`;
    const { status, data, errors } = await askedThreeTimes(query);
    expect([status, data]).toEqual([200, { here: { id: expect.any(String) }, gone: null, there: { name: NODE } }]);
    expect(errors).toMatchObject([{ path: ['gone'], extensions: { code } }]);
  });

  it('every root field of queries and mutations can be null', async () => {
    const { data } = await api.client.graphql(
      '{ __schema { queryType { fields { name type { kind } } } mutationType { fields { name type { kind } } } } }',
    );
    const { queryType, mutationType } = data.__schema;
    const fields: { name: string; type: { kind: string } }[] = [...queryType.fields, ...mutationType.fields];
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.filter(({ type }) => type.kind === 'NON_NULL').map(({ name }) => name)).toEqual([]);
  });

  it('answers what is known of a node whose kubelet is dead', async () => {
    await cluster.kubelets.control(NODE, { kubelet: 'stop' });
    const of = `(cluster: "demo", node: "${NODE}")`;
    const query = `{ node(cluster: "demo", name: "${NODE}") { name } nodePods${of} { totalCount } health: kubeletHealth${of} { error { code } }
      config: kubeletConfig${of} { node } flags: kubeletFlags${of} { node } stats: kubeletStats${of} { summary }
      metrics: kubeletMetrics${of} { truncated } posture: nodePosture${of} { node } log: nodeLog${of} { endedBy } }`;
    const { data, errors } = await api.client.graphql(query);
    await cluster.kubelets.control(NODE, { kubelet: 'restart' });
    expect(data).toMatchObject({
      node: { name: NODE },
      nodePods: { totalCount: expect.any(Number) },
      health: { error: { code: 'KUBELET_UNAVAILABLE' } },
      config: null,
      flags: null,
      stats: null,
      metrics: null,
      posture: null,
      log: null,
    });
    const told = errors.map(({ path, extensions }) => [path, extensions.code]);
    const dead = ['config', 'flags', 'stats', 'metrics', 'posture', 'log'];
    expect(told.sort()).toEqual(dead.map((name) => [[name], 'KUBELET_UNAVAILABLE']).sort());
  });
});

describe('13.2 one cluster that is dead leaves the others', () => {
  let many: ManyClusters;
  let own: ApiApp;

  beforeAll(async () => {
    many = await startManyClusters(2);
    own = await startApiApp(many.kubeconfigPath, { KUBE_REQUEST_TIMEOUT_MS: '1000' });
    await many.clusters[1]?.close();
  });
  afterAll(async () => {
    await own?.close();
    await many?.clusters[0]?.close();
  });

  it('answers the nodes of the living one, and null with the reason for the other', async () => {
    const list = (name: string) => `nodes(cluster: "${name}") { totalCount }`;
    const answer = await eventually(async () => {
      const { data, errors } = await own.client.graphql(
        `{ clusters { name reachable } a: ${list('cluster-1')} b: ${list('cluster-2')} c: node(cluster: "cluster-2", name: "x") { name } }`,
      );
      return data?.a && data.clusters.length === 2 && data.c === null ? { data, errors } : undefined;
    });
    expect(answer.data.clusters).toContainEqual({ name: 'cluster-1', reachable: true });
    const told = answer.errors.filter(({ path }) => path?.[0] === 'c');
    expect(told).toMatchObject([{ extensions: { code: 'CLUSTER_UNAVAILABLE' } }]);
    for (const { path } of answer.errors) expect(['b', 'c']).toContain(path?.[0]);
  });

  it('keeps what one mutation of a document did when another one can not be done', async () => {
    const token = '{ name: "kept", bindings: [{ role: "viewer", clusters: ["cluster-1"] }] }';
    const cordon = '{ cluster: "cluster-2", node: "x", reason: "a test of two at once" }';
    const { data, errors } = await own.client.graphql(
      `mutation { a: createApiToken(input: ${token}) { apiToken { id } } b: cordonNode(input: ${cordon}) { operation { id } } }`,
    );
    expect(data).toEqual({ a: { apiToken: { id: expect.any(String) } }, b: null });
    expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'CLUSTER_UNAVAILABLE' } }]);
  });
});
