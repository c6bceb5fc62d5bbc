import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { ROLES } from '../../../src/features/access/index.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;
const tokens = new Map<string, string | null>();
const NODE = 'worker-1';
const pod = { namespace: '', name: '' };
const CLUSTER = '/api/v1/clusters/{cluster}';
const ofNode = (rest: string) => `${CLUSTER}/nodes/{node}${rest}`;
const logLines = 'lines { cursor } endedBy';

/** Who may: roles bound to everything in the cluster, then the scopes beside it. Others are refused: 403 for what they may see, 404 for the rest. */
const EVERY_ROLE = [...ROLES];
const PARTIAL = ['label-miss', 'namespace-in', 'namespace-out'];
const SERVICE_LOGS = ['log-reader', 'operator', 'admin', 'break-glass'];
const SCOPES = ['other-cluster', ...PARTIAL];

interface Row {
  path: string;
  query?: string;
  allowed: readonly string[];
  /** Scopes that see what it is about, and so are told that they may not. */
  seen?: readonly string[];
  /** The same read through GraphQL, where `C`, `N` name the cluster and the node. */
  graphql?: string;
}

const TABLE: readonly Row[] = [
  { path: '/api/v1/clusters', allowed: [...EVERY_ROLE, ...SCOPES], graphql: 'clusters { name }' },
  { path: CLUSTER, allowed: [...EVERY_ROLE, ...PARTIAL], graphql: 'cluster(name: C) { name }' },
  // A list shows what is in scope: nothing, for those whose scope is elsewhere in the cluster.
  { path: `${CLUSTER}/nodes`, allowed: [...EVERY_ROLE, ...PARTIAL], graphql: 'nodes(cluster: C) { totalCount }' },
  {
    path: `${CLUSTER}/posture`,
    allowed: [...EVERY_ROLE, ...PARTIAL],
    graphql: 'fleetPosture(cluster: C) { unreadableNodes }',
  },
  {
    path: `${CLUSTER}/kubelet-config-drift`,
    allowed: [...EVERY_ROLE, ...PARTIAL],
    graphql: 'kubeletConfigDrift(cluster: C) { unreadableNodes }',
  },
  {
    path: `${CLUSTER}/kubelet-serving-csrs`,
    allowed: EVERY_ROLE,
    seen: PARTIAL,
    graphql: 'kubeletServingCsrs(cluster: C) { name }',
  },
  { path: ofNode(''), allowed: EVERY_ROLE, graphql: 'node(cluster: C, name: N) { name }' },
  { path: ofNode('/pods'), allowed: EVERY_ROLE, graphql: 'nodePods(cluster: C, node: N) { nodes { name } }' },
  { path: ofNode('/events'), allowed: EVERY_ROLE, graphql: 'nodeEvents(cluster: C, node: N) { nodes { reason } }' },
  { path: ofNode('/health'), allowed: EVERY_ROLE, graphql: 'kubeletHealth(cluster: C, node: N) { healthy }' },
  { path: ofNode('/kubelet-config'), allowed: EVERY_ROLE, graphql: 'kubeletConfig(cluster: C, node: N) { node }' },
  { path: ofNode('/kubelet-flags'), allowed: EVERY_ROLE, graphql: 'kubeletFlags(cluster: C, node: N) { node }' },
  {
    path: ofNode('/stats'),
    allowed: EVERY_ROLE,
    graphql: 'kubeletStats(cluster: C, node: N) { figures { podCount } }',
  },
  {
    path: ofNode('/metrics/{page}'),
    allowed: EVERY_ROLE,
    graphql: 'kubeletMetrics(cluster: C, node: N) { truncated }',
  },
  {
    path: ofNode('/posture'),
    allowed: EVERY_ROLE,
    graphql: 'nodePosture(cluster: C, node: N) { findings { checkId } }',
  },
  {
    path: ofNode('/logs'),
    query: '?tail=1',
    allowed: SERVICE_LOGS,
    graphql: `nodeLog(cluster: C, node: N, tail: 1) { ${logLines} }`,
  },
  {
    path: `${CLUSTER}/namespaces/{namespace}/pods/{pod}/logs`,
    query: '?tail=1',
    allowed: ['log-reader', 'admin', 'namespace-in'],
    graphql: `podLog(cluster: C, namespace: NS, pod: P, tail: 1) { ${logLines} }`,
  },
];

const filled = (path: string) =>
  path
    .replace('{cluster}', 'demo')
    .replace('{node}', NODE)
    .replace('{page}', 'kubelet')
    .replace('{namespace}', pod.namespace)
    .replace('{pod}', pod.name);
const quoted = (query: string) =>
  query
    .replace(/: C\b/, ': "demo"')
    .replace(/: NS\b/, `: "${pod.namespace}"`)
    .replace(/: N\b/, `: "${NODE}"`)
    .replace(/: P\b/, `: "${pod.name}"`);

async function token(binding: object): Promise<string> {
  const body = { name: 'access table', bindings: [{ clusters: ['demo'], ...binding }] };
  const made = await api.client.rest('POST', '/api/v1/api-tokens', { body });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body.token;
}

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  const running = cluster.store
    .list('Pod')
    .find(({ status, spec }) => status?.phase === 'Running' && spec?.nodeName === NODE);
  Object.assign(pod, { namespace: running?.metadata.namespace, name: running?.metadata.name });
  for (const role of ROLES) tokens.set(role, await token({ role }));
  tokens.set('none', null);
  tokens.set('other-cluster', await token({ role: 'admin', clusters: ['elsewhere'] }));
  tokens.set('label-miss', await token({ role: 'admin', nodeSelector: 'no-such-label=x' }));
  tokens.set('namespace-in', await token({ role: 'log-reader', namespaces: [pod.namespace] }));
  tokens.set('namespace-out', await token({ role: 'log-reader', namespaces: ['elsewhere'] }));
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const expected = ({ allowed, seen = [] }: Row) => {
  const statusFor = (who: string) => {
    if (who === 'none') return 401;
    if (allowed.includes(who)) return 200;
    return SCOPES.includes(who) && !seen.includes(who) ? 404 : 403;
  };
  return Object.fromEntries([...tokens.keys()].map((who) => [who, statusFor(who)]));
};

describe('who may read what', () => {
  it.each(TABLE)('GET $path', async ({ path, query = '', ...row }) => {
    const seen: Record<string, number> = {};
    for (const [who, token] of tokens) {
      seen[who] = (await api.client.as(token).rest('GET', filled(path) + query)).status;
    }
    expect(seen).toEqual(expected({ path, ...row }));
  });

  it.each(TABLE.filter(({ graphql }) => graphql))(
    'the same through GraphQL: $graphql',
    async ({ graphql = '', ...row }) => {
      const seen: Record<string, unknown> = {};
      for (const [who, token] of tokens) {
        const { status, errors } = await api.client.as(token).graphql(`{ ${quoted(graphql)} }`);
        const code = String(errors[0]?.extensions.code ?? status);
        seen[who] = { FORBIDDEN: 403, UNAUTHENTICATED: 401, 200: 200 }[code] ?? errors[0]?.extensions.status;
      }
      expect(seen).toEqual(expected(row));
    },
  );

  it('shows nobody a node outside of the scope in lists', async () => {
    for (const who of PARTIAL) {
      const caller = api.client.as(tokens.get(who) as string);
      expect((await caller.rest('GET', '/api/v1/clusters/demo/nodes')).body.items).toEqual([]);
      expect((await caller.rest('GET', '/api/v1/clusters/demo/posture')).body.nodes).toEqual([]);
      expect((await caller.rest('GET', '/api/v1/clusters/demo/kubelet-config-drift')).body.groups).toEqual([]);
    }
    const other = api.client.as(tokens.get('other-cluster') as string);
    expect(JSON.stringify((await other.rest('GET', '/api/v1/clusters')).body)).not.toContain('demo');
    expect((await other.rest('GET', '/api/v1/clusters/demo/nodes')).body.code).toBe('CLUSTER_NOT_FOUND');
  });

  it('leaves out no published read of clusters and nodes', async () => {
    const { body } = await api.client.rest('GET', '/api/v1/openapi.json');
    const published = Object.entries(body.paths as Record<string, object>)
      .filter(([path, methods]) => /^\/api\/v1\/clusters(\/|$)/.test(path) && 'get' in methods)
      .map(([path]) => path);
    expect(published.length).toBeGreaterThan(10);
    expect(published.filter((path) => !TABLE.some((row) => row.path === path))).toEqual([]);
  });
});

/** Sends the path as it is: fetch would tidy it up first. */
function rawStatus(path: string): Promise<number> {
  const { hostname, port } = new URL(api.client.url);
  const headers = { authorization: `Bearer ${api.tokens.admin}` };
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

const asked = () =>
  cluster.store.list('Node').flatMap(({ metadata }) => cluster.kubelets.server(metadata.name)?.asked ?? []);
const NODES = '/api/v1/clusters/demo/nodes';
const NAMES = [
  '..',
  '%2e%2e',
  '..%2f..%2fhealthz',
  '..%252f..%252fhealthz',
  'worker-1%2f..%2fworker-2',
  'worker-1%2fproxy%2fexec',
  'worker-1%252fproxy',
  'worker-1%3Fquery=x',
  'worker-1%0d%0aX-A:%20b',
  'worker-1%00',
  'worker-1%20',
  '%22worker-1%22',
  'WORKER-1',
];
const SERVICES = [
  'a b',
  'kubelet\n',
  '"kubelet"',
  "kubelet'",
  'kubelet;id',
  '$(id)',
  '../../etc/passwd',
  '-rf',
  'a&boot=0',
  'a/b',
  '',
];

describe('what never reaches a kubelet', () => {
  it.each(NAMES)('a node named %s', async (name) => {
    const before = asked().length;
    for (const read of ['health', 'stats', 'logs', 'kubelet-config', 'metrics/kubelet']) {
      expect([400, 404]).toContain(await rawStatus(`${NODES}/${name}/${read}`));
    }
    expect(asked().slice(before)).toEqual([]);
  });

  it.each(SERVICES)('a service named %j', async (service) => {
    const before = asked().length;
    const path = `${NODES}/${NODE}/logs?service=${encodeURIComponent(service)}`;
    expect((await api.client.rest('GET', path)).status).toBe(400);
    const query =
      'query ($service: [String!]) { nodeLog(cluster: "demo", node: "worker-1", service: $service) { endedBy } }';
    const { errors } = await api.client.graphql(query, { service: [service] });
    expect(errors[0]?.extensions.code).toBe('VALIDATION_FAILED');
    expect(asked().slice(before)).toEqual([]);
  });

  it.each([
    'logs?service=kubelet&query=containerd',
    'logs?sinceTime=2026-01-01T00:00:00Z',
    'logs?pattern=a%0ab',
    'logs?boot=1',
    'logs?tail=1%26boot=0',
    'logs/',
    'logs/..%2f..%2fetc%2fpasswd',
    'metrics/kubelet%2f..%2fconfigz',
    'metrics/..%2fconfigz',
    'proxy/exec',
    'run/ns/pod/container',
    'stats?x=1',
  ])('%s', async (path) => {
    const before = asked().length;
    expect([400, 404]).toContain(await rawStatus(`${NODES}/${NODE}/${path}`));
    expect(asked().slice(before)).toEqual([]);
  });

  it.each([
    'namespaces/..%2f..%2fnodes/pods/x/logs',
    'namespaces/web/pods/..%2f..%2fsecrets/logs',
    'namespaces/web/pods/x%3Fcontainer=y/logs',
    'namespaces/web/pods/%2e%2e/logs',
  ])('%s', async (path) => {
    const before = asked().length;
    expect([400, 404]).toContain(await rawStatus(`/api/v1/clusters/demo/${path}`));
    expect(asked().slice(before)).toEqual([]);
  });
});
