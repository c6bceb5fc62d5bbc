import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { graphqlCaller, type Json } from '../../support/graphql-caller.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const REASON = 'a test of ids';
const DRAINS_NEED_APPROVERS = { id: 'drains', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN'] } };
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };
const INSIDE = 'worker-2';
const OUTSIDE = 'worker-1';
let cluster: SimulatedCluster;
let api: ApiApp;
/** Of things of the node that is out of the scoped token's sight. */
const ids: Record<string, string> = {};

const query = (text: string, client = api.client): Promise<Json> => graphqlCaller(client).query(text);
const entity = (id: string, client = api.client, type = '') =>
  client.graphql(`{ entity(id: ${JSON.stringify(id)}${type}) { __typename id } }`);

beforeAll(async () => {
  cluster = await startTestCluster();
  cluster.store.modify('Node', undefined, INSIDE, (node) => ({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, scope: 'inside' } },
  }));
  api = await startApiApp(cluster.kubeconfigPath);
  const of = `cluster: "demo", node: "${OUTSIDE}", reason: "${REASON}"`;
  const admin = graphqlCaller(api.client);
  await eventually(async () =>
    (await query('{ cluster(name: "demo") { cache { state } } }')).cluster.cache.state === 'LIVE' ? true : null,
  );
  const { version } = (await query('{ approvalPolicy { version } }')).approvalPolicy;
  await admin.mutate(
    'replaceApprovalPolicy',
    'ReplaceApprovalPolicyInput!',
    { version, rules: [DRAINS_NEED_APPROVERS], ...TTLS },
    '__typename',
  );
  const { drainNode, startMaintenanceRun, createKubeletConfigChange } = await query(`mutation {
    drainNode(input: { ${of} }) { operation { id approval { id } } }
    startMaintenanceRun(input: { cluster: "demo", nodes: ["${OUTSIDE}"], action: CORDON, reason: "${REASON}" }) { maintenanceRun { id } }
    createKubeletConfigChange(input: { cluster: "demo", nodes: ["${OUTSIDE}"], patch: { maxPods: 90 }, reason: "${REASON}" }) { kubeletConfigChange { id } }
  }`);
  const { node, cluster: demo } = await query(
    `{ cluster(name: "demo") { id } node(cluster: "demo", name: "${OUTSIDE}") { id pods(first: 1) { nodes { id } } } }`,
  );
  Object.assign(ids, {
    Cluster: demo.id,
    Node: node.id,
    NodePod: node.pods.nodes[0].id,
    Operation: drainNode.operation.id,
    ApprovalRequest: drainNode.operation.approval.id,
    MaintenanceRun: startMaintenanceRun.maintenanceRun.id,
    KubeletConfigChange: createKubeletConfigChange.kubeletConfigChange.id,
  });
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

describe('13.2 ids that a cache keeps things by', () => {
  it('every id of a type is an ID', () => {
    const schema = buildSchema(readFileSync(join(projectRoot, 'docs/api/schema.graphql'), 'utf8'));
    const wrong = Object.values(schema.getTypeMap()).flatMap((type) => {
      const id = isObjectType(type) && !type.name.startsWith('__') ? type.getFields().id : undefined;
      return id && String(id.type) !== 'ID!' ? [`${type.name}.id: ${id.type}`] : [];
    });
    expect(wrong).toEqual([]);
    expect(
      schema
        .getPossibleTypes(schema.getType('Entity') as never)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(ids).sort());
  });

  it.each(['Cluster', 'Node', 'NodePod', 'Operation', 'ApprovalRequest', 'MaintenanceRun', 'KubeletConfigChange'])(
    'finds a %s by the id it says itself, compiled or not',
    async (type) => {
      for (let time = 0; time < 3; time++) {
        const { data, errors } = await entity(ids[type] as string);
        expect([errors, data]).toEqual([[], { entity: { __typename: type, id: ids[type] } }]);
      }
    },
  );

  it('gives the same node the same id in every place', async () => {
    const {
      nodes,
      node,
      entity: found,
    } = await query(
      `{ nodes(cluster: "demo", first: 200) { nodes { __typename id name } } node(cluster: "demo", name: "${OUTSIDE}") { __typename id name }
         entity(id: "${ids.Node}") { __typename id ... on Node { name kubeletVersion pods(first: 1) { totalCount } } } }`,
    );
    expect(nodes.nodes).toContainEqual(node);
    expect(found).toMatchObject(node);
    expect(new Set(nodes.nodes.map(({ id }: Json) => id)).size).toBe(nodes.nodes.length);
    const rest = await api.client.rest('GET', `/api/v1/clusters/demo/nodes/${OUTSIDE}`);
    expect(rest.body.id).toBe(node.id);
  });

  it('tells a request of a config change from the change that has the same id', async () => {
    const id = ids.KubeletConfigChange as string;
    const { data } = await entity(id, api.client, ', type: ApprovalRequest');
    expect(data.entity ?? { __typename: 'none' }).toMatchObject({
      __typename: expect.stringMatching(/ApprovalRequest|none/),
    });
    expect((await entity(id, api.client, ', type: Operation')).errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND' } },
    ]);
  });

  it('no longer finds a node that was replaced under its name', async () => {
    const replaced = (ids.Node as string).replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    const { data, errors } = await entity(replaced);
    expect([data, errors]).toMatchObject([{ entity: null }, [{ path: ['entity'], extensions: { code: 'NOT_FOUND' } }]]);
  });

  it.each([
    'nonsense',
    'Node',
    'Node/',
    'Node/demo',
    'Node/demo/worker-1',
    'Node/demo/worker-1/x/y',
    'Node/%zz/worker-1/x',
    'Node/%00/worker-1/x',
    'Node/demo/..%2F..%2Fnamespaces/x',
    'Cluster/nowhere',
    'NodePod/demo',
    '__proto__',
    'constructor',
    "'; DROP TABLE operations; --",
    'x'.repeat(1000),
  ])('says of %j that there is nothing', async (id) => {
    const { status, data, errors } = await entity(id);
    expect([status, data, errors.map(({ extensions }) => extensions.code)]).toEqual([
      200,
      { entity: null },
      ['NOT_FOUND'],
    ]);
  });

  it('answers the others when one of several is gone', async () => {
    const { data, errors } = await api.client.graphql(
      `{ a: entity(id: "${ids.Operation}") { id } b: entity(id: "Cluster/gone") { id } }`,
    );
    expect([data, errors.map(({ path }) => path)]).toEqual([{ a: { id: ids.Operation }, b: null }, [['b']]]);
  });
});

describe('13.2 what is out of scope has no id', () => {
  it.each(['Node', 'NodePod', 'Operation', 'ApprovalRequest', 'MaintenanceRun', 'KubeletConfigChange', 'Cluster'])(
    'a %s of another scope looks absent, word by word',
    async (type) => {
      const token = async (bindings: object[]) =>
        (await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'scoped', bindings } })).body.token;
      const bindings =
        type === 'Cluster'
          ? [{ role: 'admin', clusters: ['elsewhere'] }]
          : [{ role: 'admin', clusters: ['demo'], nodeSelector: 'scope=inside' }];
      const scoped = api.client.as(await token(bindings));
      const id = ids[type] as string;
      const absent = id.includes('/')
        ? id.replace(/^(\w+)\/.*/, '$1/nowhere/a/b/c/d')
        : '01920000-0000-7000-8000-000000000000';
      const said = async (asked: string) => {
        const { status, data, errors } = await entity(asked, scoped);
        return JSON.stringify({ status, data, errors }).replaceAll(asked.slice(0, 64), '<id>');
      };
      const answer = await said(id);
      expect(answer).toBe(await said(absent));
      expect(JSON.parse(answer)).toMatchObject({
        data: { entity: null },
        errors: [{ extensions: { code: 'NOT_FOUND' } }],
      });
    },
  );
});
