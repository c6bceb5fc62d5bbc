import { readFileSync, writeFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { eventually } from '../../support/cluster-client.js';
import { freePort } from '../../support/free-port.js';
import { type HttpClient } from '../../support/http-client.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

/** In scope of the token with a label; everything else in the cluster is not. */
const INSIDE = 'worker-2';
const OUTSIDE = 'worker-1';
const NOBODY = '01920000-0000-7000-8000-000000000000';
const REASON = 'a test of scopes';
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };

/** The values of one walk: of things that exist and are out of scope, or of things that don't exist. */
type Names = Readonly<
  Record<'cluster' | 'node' | 'namespace' | 'pod' | 'operation' | 'run' | 'change' | 'request', string>
>;

/** Bodies by operation id; all others take none. */
const BODIES: Readonly<Record<string, (names: Names) => unknown>> = {
  createKubeletConfigChange: ({ cluster, node }) => ({
    cluster,
    nodes: [node],
    patch: { maxPods: 90 },
    reason: REASON,
  }),
  editKubeletConfigChange: () => ({ reason: 'another' }),
  startMaintenanceRun: ({ node }) => ({ reason: REASON, nodes: [node], action: 'CORDON' }),
  releaseMaintenanceRunNode: ({ node }) => ({ node }),
  getDrainPlan: () => ({}),
  reviewKubeletConfigChange: () => ({ decision: 'COMMENT', comment: 'words' }),
  scheduleKubeletConfigChange: () => ({ startAt: '2099-01-01T00:00:00Z' }),
  finishKubeletConfigChange: () => ({ outcome: 'FAILED' }),
  breakGlassKubeletConfigChange: () => ({ reason: 'it can not wait any more', contentHash: 'a'.repeat(64) }),
  reviewKubeletConfigChangeBreakGlass: () => ({ verdict: 'ACCEPTED', comment: 'words' }),
  reviewApprovalRequest: () => ({ decision: 'COMMENT', comment: 'words' }),
  breakGlassApprovalRequest: () => ({ reason: 'it can not wait any more', contentHash: 'a'.repeat(64) }),
  reviewApprovalBreakGlass: () => ({ verdict: 'ACCEPTED', comment: 'words' }),
  setNodeVerbosity: () => ({ reason: REASON, options: { level: 4, revertAfterSeconds: 60 } }),
};
const NODE_ACTIONS = ['cordon', 'uncordon', 'drain', 'restart-kubelet', 'verbosity'];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
}

/** Every path of the published contract that names a thing which can be out of somebody's scope. */
function routes(): Route[] {
  const document = JSON.parse(readFileSync(`${projectRoot}/docs/api/openapi.json`, 'utf8'));
  return Object.entries<Record<string, { operationId: string }>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ method: method.toUpperCase(), path, operationId })),
  );
}

const idOf = (path: string): keyof Names | undefined =>
  (
    [
      ['/operations/', 'operation'],
      ['/maintenance-runs/', 'run'],
      ['/kubelet-config-changes/', 'change'],
      ['/approval-requests/', 'request'],
    ] as const
  ).find(([part]) => path.includes(`${part}{id}`))?.[1];

const filled = (path: string, names: Names): string =>
  path
    .replace('{cluster}', names.cluster)
    .replace('{node}', names.node)
    .replace('{namespace}', names.namespace)
    .replace('{pod}', names.pod)
    .replace('{page}', 'kubelet')
    .replace('{name}', 'csr-7pq9d')
    .replace('{id}', () => names[idOf(path) ?? 'operation']);

const bodyOf = ({ method, path, operationId }: Route, names: Names): unknown => {
  if (method === 'GET' || method === 'DELETE') return undefined;
  const made = BODIES[operationId];
  if (made) return made(names);
  return NODE_ACTIONS.some((action) => path.endsWith(`{node}/${action}`)) ? { reason: REASON } : {};
};

/** GraphQL: what takes a cluster, a node or an id, with the names in the places of C, N, NS, P, O, R, CH, A. */
const QUERIES = [
  'cluster(name: C) { name }',
  'nodes(cluster: C) { totalCount }',
  'fleetPosture(cluster: C) { unreadableNodes }',
  'kubeletConfigDrift(cluster: C) { unreadableNodes }',
  'kubeletServingCsrs(cluster: C) { name }',
  'node(cluster: C, name: N) { name }',
  'nodePods(cluster: C, node: N) { nodes { name } }',
  'nodeEvents(cluster: C, node: N) { nodes { reason } }',
  'kubeletHealth(cluster: C, node: N) { healthy }',
  'kubeletConfig(cluster: C, node: N) { node }',
  'kubeletFlags(cluster: C, node: N) { node }',
  'kubeletStats(cluster: C, node: N) { figures { podCount } }',
  'kubeletMetrics(cluster: C, node: N) { truncated }',
  'nodePosture(cluster: C, node: N) { findings { checkId } }',
  'nodeLog(cluster: C, node: N, tail: 1) { endedBy }',
  'podLog(cluster: C, namespace: NS, pod: P, tail: 1) { endedBy }',
  'drainPlan(cluster: C, nodes: [N]) { planHash }',
  'operation(id: O) { id }',
  'maintenanceRun(id: R) { id }',
  'kubeletConfigChange(id: CH) { id }',
  'kubeletConfigChangeDiff(id: CH) { id }',
  'kubeletConfigChangePlan(id: CH) { __typename }',
  'kubeletConfigChangeHistory(id: CH) { seq }',
  'approvalRequest(id: A) { id }',
  'entity(id: O) { id }',
  'entity(id: R) { id }',
  'entity(id: CH) { id }',
  'entity(id: A) { id }',
  'entity(id: A, type: ApprovalRequest) { id }',
];
const ERRORS = 'userErrors { code message path }';
const MUTATIONS = [
  ...['cordonNode', 'uncordonNode', 'drainNode', 'restartKubelet'].map(
    (name) => `${name}(input: { cluster: C, node: N, reason: "scope" })`,
  ),
  'startMaintenanceRun(input: { cluster: C, nodes: [N], action: CORDON, reason: "scope" })',
  'createKubeletConfigChange(input: { cluster: C, nodes: [N], patch: { maxPods: 90 }, reason: "scope" })',
  'cancelOperation(input: { id: O })',
  'pauseMaintenanceRun(input: { id: R })',
  'cancelMaintenanceRun(input: { id: R })',
  'submitKubeletConfigChange(input: { id: CH })',
  'withdrawKubeletConfigChange(input: { id: CH })',
  'startKubeletConfigChange(input: { id: CH })',
  'editKubeletConfigChange(input: { id: CH, version: 1, reason: "words" })',
  'withdrawApprovalRequest(input: { id: A })',
  'reviewApprovalRequest(input: { id: A, decision: COMMENT, comment: "words" })',
  'approveServingCsr(input: { cluster: C, name: "csr-7pq9d", reason: "scope" })',
];

const quoted = (text: string, names: Names): string =>
  text
    .replace(/: \[?C\b/, `: "${names.cluster}"`)
    .replace(/: NS\b/, `: "${names.namespace}"`)
    .replace(/: \[N\]/, `: ["${names.node}"]`)
    .replace(/: N\b/, `: "${names.node}"`)
    .replace(/: P\b/, `: "${names.pod}"`)
    .replace(/: O\b/, `: "${names.operation}"`)
    .replace(/: R\b/, `: "${names.run}"`)
    .replace(/: CH\b/, `: "${names.change}"`)
    .replace(/: A\b/, `: "${names.request}"`);

/** An answer without what names the thing asked for, so that two answers can be compared word by word. */
function comparable(answer: { status: number; body: unknown }, names: Names): string {
  const { requestId: _, ...body } = (answer.body ?? {}) as Record<string, unknown>;
  let text = JSON.stringify({ status: answer.status, body });
  for (const [key, value] of Object.entries(names)) text = text.replaceAll(value, `<${key}>`);
  return text.replace(/"requestId":"[^"]*"/g, '');
}

describe('10.18 what is out of scope looks absent', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;
  let unbound: HttpClient;
  let elsewhere: HttpClient;
  let labelled: HttpClient;
  let namespaced: HttpClient;
  let outside: Names;
  let dead: Names;
  const absent: Names = {
    cluster: 'nowhere',
    node: 'no-such-node',
    namespace: 'no-such-namespace',
    pod: 'no-such-pod',
    operation: NOBODY,
    run: NOBODY.replace(/0$/, '1'),
    change: NOBODY.replace(/0$/, '2'),
    request: NOBODY.replace(/0$/, '3'),
  };

  const must = async (method: string, path: string, body?: unknown, headers = {}) => {
    const answer = await api.client.rest(method, `/api/v1${path}`, { body, headers });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const token = async (bindings: unknown[]) =>
    api.client.as((await must('POST', '/api-tokens', { name: 'scoped', bindings })).token);

  beforeAll(async () => {
    cluster = await startTestCluster();
    cluster.store.modify('Node', undefined, INSIDE, (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, scope: 'inside' } },
    }));
    // A second context, at an address where nobody answers.
    const file = parse(readFileSync(cluster.kubeconfigPath, 'utf8'));
    const server = `https://127.0.0.1:${await freePort()}`;
    file.clusters.push({ name: 'dead', cluster: { ...file.clusters[0].cluster, server } });
    file.contexts.push({ name: 'dead', context: { ...file.contexts[0].context, cluster: 'dead' } });
    writeFileSync(cluster.kubeconfigPath, stringify(file));
    api = await startApiApp(cluster.kubeconfigPath);
    unbound = await token([{ role: 'viewer', clusters: ['elsewhere'] }]);
    // A credential whose bindings were all taken away; one of the API needs at least one.
    const { id } = (await unbound.rest('GET', '/api/v1/me')).body;
    await api.app
      .get(DataSource, { strict: false })
      .query("UPDATE api_tokens SET bindings = '[]' WHERE id = $1", [id.replace('token:', '')]);
    await api.app
      .get(DataSource, { strict: false })
      .query("SELECT pg_notify('node_steward_api_tokens', $1)", [id.replace('token:', '')]);
    await eventually(async () => {
      const { body } = await unbound.rest('GET', '/api/v1/me');
      return body.bindings.length === 0;
    }, 'the bindings are gone');
    elsewhere = await token([{ role: 'admin', clusters: ['elsewhere'] }]);
    labelled = await token([{ role: 'admin', clusters: ['demo'], nodeSelector: 'scope=inside' }]);
    namespaced = await token([{ role: 'log-reader', clusters: ['demo'], namespaces: ['no-pods-here'] }]);
    const pod = cluster.store
      .list('Pod')
      .find(
        ({ metadata, status, spec }) =>
          status?.phase === 'Running' && spec?.nodeName === OUTSIDE && metadata.namespace === 'kube-system',
      );
    const of = `/clusters/demo/nodes/${OUTSIDE}`;
    const operation = await must('POST', `${of}/cordon`, { reason: REASON });
    const run = await must('POST', '/clusters/demo/maintenance-runs', {
      reason: REASON,
      nodes: ['worker-3'],
      action: 'CORDON',
    });
    const draft = { cluster: 'demo', nodes: [OUTSIDE, INSIDE], patch: { maxPods: 90 }, reason: REASON };
    const change = await must('POST', '/kubelet-config-changes', draft);
    const rules = [{ id: 'drains', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN'] } }];
    await must('PUT', '/approval-policies', { rules, ...TTLS }, { 'if-match': '*' });
    const drain = await must('POST', `${of}/drain`, { reason: REASON });
    outside = {
      cluster: 'demo',
      node: OUTSIDE,
      namespace: pod?.metadata.namespace ?? '',
      pod: pod?.metadata.name ?? '',
      operation: operation.id,
      run: run.id,
      change: change.id,
      request: drain.approvalId,
    };
    dead = { ...outside, cluster: 'dead' };
  });
  afterAll(async () => {
    await api?.close();
    await cluster?.close();
  });

  /** Answers of the two that differ, each with the call; none should. */
  async function differences(who: HttpClient, wanted: (path: string) => boolean, one: Names, other: Names) {
    const found: string[] = [];
    const walked = routes().filter(({ path }) => wanted(path));
    for (const route of walked) {
      const [first, second] = await Promise.all([ask(who, route, one), ask(who, route, other)]);
      if (first !== second) found.push(`${route.method} ${route.path}\n  ${first}\n  ${second}`);
    }
    expect(walked.length).toBeGreaterThan(0);
    return found;
  }

  async function ask(who: HttpClient, route: Route, names: Names): Promise<string> {
    const headers = { 'if-match': '*', accept: 'application/json' };
    const options = { body: bodyOf(route, names), headers };
    return comparable(await who.rest(route.method, filled(route.path, names), options), names);
  }

  async function graphqlDifferences(who: HttpClient, wanted: (text: string) => boolean, one: Names, other: Names) {
    const found: string[] = [];
    const texts = [
      ...QUERIES.filter(wanted).map((text) => `{ ${text} }`),
      ...MUTATIONS.filter(wanted).map((text) => `mutation { ${text} { ${ERRORS} } }`),
    ];
    for (const text of texts) {
      const say = async (names: Names) =>
        comparable(await who.rest('POST', '/graphql', { body: { query: quoted(text, names) } }), names);
      const [first, second] = await Promise.all([say(one), say(other)]);
      if (first !== second) found.push(`${text}\n  ${first}\n  ${second}`);
      expect(first, text).toMatch(/NOT_FOUND|is no node of/);
    }
    return found;
  }

  const inCluster = (path: string) => path.includes('/clusters/{cluster}') || path === '/api/v1/kubelet-config-changes';
  const byId = (path: string) => idOf(path) !== undefined;
  const ofNode = (path: string) => path.includes('{node}');

  it.each([
    ['without a binding', () => unbound],
    ['for another cluster', () => elsewhere],
  ])('a token %s is told the same of a known, an unreachable and an unknown cluster', async (_name, who) => {
    expect(await differences(who(), inCluster, outside, absent)).toEqual([]);
    expect(await differences(who(), inCluster, dead, absent)).toEqual([]);
    const named = (text: string) => text.includes(': C');
    expect(await graphqlDifferences(who(), named, outside, absent)).toEqual([]);
    expect(await graphqlDifferences(who(), named, dead, absent)).toEqual([]);
    const { status, body } = await who().rest('GET', '/api/v1/clusters/demo');
    expect([status, body.code]).toEqual([404, 'CLUSTER_NOT_FOUND']);
  });

  it.each([
    ['without a binding', () => unbound],
    ['for another cluster', () => elsewhere],
    ['for nodes with a label', () => labelled],
    ['for a namespace', () => namespaced],
  ])('a token %s is told the same of things that exist and of ids that do not', async (_name, who) => {
    expect(await differences(who(), byId, outside, absent)).toEqual([]);
    expect(await graphqlDifferences(who(), (text) => /: (O|R|CH|A)\b/.test(text), outside, absent)).toEqual([]);
  });

  it.each([
    ['for nodes with a label', () => labelled],
    ['for a namespace', () => namespaced],
  ])(
    'a token %s is told the same of a node or pod out of its scope and of one that does not exist',
    async (_name, who) => {
      const unknown = { ...absent, cluster: 'demo' };
      expect(await differences(who(), (path) => ofNode(path) || path.includes('{pod}'), outside, unknown)).toEqual([]);
      expect(await graphqlDifferences(who(), (text) => /: \[?[NP]\b/.test(text), outside, unknown)).toEqual([]);
      const { status, body } = await who().rest('GET', `/api/v1/clusters/demo/nodes/${OUTSIDE}`);
      expect([status, body.code]).toEqual([404, 'NODE_NOT_FOUND']);
    },
  );

  it('no selector and no list of names reaches a node that its author may not see', async () => {
    const change = (more: object) =>
      labelled.rest('POST', '/api/v1/kubelet-config-changes', {
        body: { cluster: 'demo', patch: { maxPods: 90 }, reason: REASON, ...more },
      });
    const run = (more: object) =>
      labelled.rest('POST', '/api/v1/clusters/demo/maintenance-runs', {
        body: { reason: REASON, action: 'CORDON', ...more },
      });
    const byName = (name: string) => ({ nodeSelector: `kubernetes.io/hostname=${name}` });
    for (const start of [change, run]) {
      const [there, not] = [await start(byName(OUTSIDE)), await start(byName('no-such-node'))];
      expect(there.status).toBe(400);
      expect({ ...there.body, requestId: '' }).toEqual({ ...not.body, requestId: '' });
      const named = [
        await start({ nodes: [INSIDE, OUTSIDE] }),
        await start({ nodes: [INSIDE, 'no-such-node'] }),
      ] as const;
      const [first, second] = named.map(({ status, body }) => JSON.stringify({ status, ...body, requestId: '' }));
      expect(first?.replaceAll(OUTSIDE, 'no-such-node')).toBe(second);
      expect(named[0].status).toBeGreaterThanOrEqual(400);
    }
    const all = await change({ nodeSelector: 'kubernetes.io/os=linux' });
    expect(all.status).toBe(201);
    expect(all.body.targets.map(({ node }: { node: string }) => node)).toEqual([INSIDE]);
    const { body: diff } = await labelled.rest('GET', `/api/v1/kubelet-config-changes/${all.body.id}/diff`);
    expect(JSON.stringify(diff)).not.toContain(OUTSIDE);
  });

  const OTHERS = /\b(worker-[013-9]|batch-|gpu-|control-plane-)/;

  it('a cluster counts the nodes that its reader may see, and what runs there', async () => {
    await eventually(async () => {
      const { body } = await api.client.rest('GET', '/api/v1/clusters/demo');
      return body.cache.state === 'LIVE' && body.nodes.total > 1;
    }, 'the nodes are known');
    const { totalCount } = (await labelled.rest('GET', `/api/v1/clusters/demo/nodes/${INSIDE}/pods`)).body;
    const query = '{ clusters { nodes: nodeCounts { total } cache { nodeCount podCount } } }';
    const [one, list, graphql] = await Promise.all([
      labelled.rest('GET', '/api/v1/clusters/demo'),
      labelled.rest('GET', '/api/v1/clusters'),
      labelled.rest('POST', '/graphql', { body: { query } }),
    ]);
    for (const view of [one.body, list.body.items[0], graphql.body.data.clusters[0]]) {
      const { nodes, cache } = view;
      expect([nodes.total, cache.nodeCount]).toEqual([1, 1]);
      expect(cache.podCount).toBeLessThanOrEqual(totalCount);
    }
  });

  it.each([false, true])(
    'a drain plan names no other node than its reader may see, cordoned or not: %s',
    async (cordoned) => {
      for (const { metadata } of cluster.store.list('Node')) {
        const spec = { unschedulable: cordoned || undefined };
        if (metadata.name !== INSIDE)
          cluster.store.modify('Node', undefined, metadata.name, (node) => ({
            ...node,
            spec: { ...node.spec, ...spec },
          }));
      }
      const options = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true };
      const query = `{ drainPlan(cluster: "demo", nodes: ["${INSIDE}"], options: { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true }) { nodes { pods { replacement { state detail } } } } }`;
      const state = cordoned ? 'PENDING' : 'FITS';
      await eventually(async () => {
        const plan = await api.client.rest('POST', `/api/v1/clusters/demo/nodes/${INSIDE}/drain-plan`, {
          body: { options },
        });
        return JSON.stringify(plan.body).includes(`"${state}"`) && OTHERS.test(JSON.stringify(plan.body));
      }, 'the admin reads of other nodes');
      for (const plan of [
        await labelled.rest('POST', `/api/v1/clusters/demo/nodes/${INSIDE}/drain-plan`, { body: { options } }),
        await labelled.rest('POST', '/graphql', { body: { query } }),
      ]) {
        const text = JSON.stringify(plan.body);
        expect([plan.status, text.includes(`"${state}"`)]).toEqual([200, true]);
        expect(text.match(OTHERS)?.[0]).toBeUndefined();
      }
    },
  );

  it('who may see a node but not act on it is still told so, and the trail says what was denied', async () => {
    const viewer = api.client.as(api.tokens.viewer);
    const refused = await viewer.rest('POST', `/api/v1/clusters/demo/nodes/${OUTSIDE}/cordon`, {
      body: { reason: REASON },
    });
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    const headers = { 'x-request-id': 'out-of-scope-1' };
    await labelled.rest('POST', `/api/v1/clusters/demo/nodes/${OUTSIDE}/cordon`, { body: { reason: REASON }, headers });
    const { items } = await must('GET', '/audit-events?requestId=out-of-scope-1');
    expect(items).toMatchObject([
      {
        kind: 'DENIED',
        action: 'node.cordon',
        resource: { cluster: 'demo', name: OUTSIDE },
        reason: expect.stringContaining('scope'),
      },
    ]);
  });

  it('somebody else’s delegation looks absent', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const made = await must('POST', '/delegations', { delegate: 'token:someone', until, reason: REASON });
    const [there, not] = [
      await unbound.rest('DELETE', `/api/v1/delegations/${made.id}`),
      await unbound.rest('DELETE', `/api/v1/delegations/${NOBODY}`),
    ];
    expect([there.status, there.body.code, there.body.detail.replace(made.id, NOBODY)]).toEqual([
      404,
      'NOT_FOUND',
      not.body.detail,
    ]);
  });
});
