import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { graphqlCaller, type Json } from '../../support/graphql-caller.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const NODES = '/api/v1/clusters/demo/nodes';
const RUNS = '/api/v1/clusters/demo/maintenance-runs';
const CHANGES = '/api/v1/kubelet-config-changes';
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };
/** Each list with its GraphQL field. */
const LISTS = {
  operations: 'operations',
  'maintenance-runs': 'maintenanceRuns',
  'approval-requests': 'approvalRequests',
  'kubelet-config-changes': 'kubeletConfigChanges',
  'audit-events': 'auditEvents',
} as const;
type List = keyof typeof LISTS;
const LIST_NAMES = Object.keys(LISTS) as List[];

/** Nothing is worked on here: what was asked for stays as it is. */
describe('13.4 lists are narrowed by what people know', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;
  let operator: HttpClient;
  const made: Record<string, Json> = {};
  let between: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default' });
    api = await startApiApp(cluster.kubeconfigPath);
    operator = api.client.as(api.tokens.operator);
    const rules = [{ id: 'drains', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN', 'MAINTENANCE_RUN'] } }];
    await must(api.client, 'PUT', '/api/v1/approval-policies', { rules, ...TTLS }, { 'if-match': '*' });
    const words = { reason: 'kernel update', ticket: 'OPS-1' };
    const header = { 'x-correlation-id': 'pipeline-1' };
    made.cordon = await must(operator, 'POST', `${NODES}/worker-1/cordon`, words, header);
    made.drain = await must(operator, 'POST', `${NODES}/worker-2/drain`, words, header);
    made.run = await must(operator, 'POST', RUNS, { ...words, action: 'CORDON', nodes: ['worker-3'] }, header);
    const change = { cluster: 'demo', nodes: ['worker-4'], patch: { maxPods: 90 }, ...words };
    made.change = await must(operator, 'POST', CHANGES, change, header);
    between = new Date(Date.parse(made.change.createdAt) + 1).toISOString();
    const later = { reason: 'disk swap', ticket: 'OPS-2', externalCorrelationId: 'pipeline-2' };
    made.otherCordon = await must(api.client, 'POST', `${NODES}/worker-5/cordon`, later);
    made.otherDrain = await must(api.client, 'POST', `${NODES}/worker-6/drain`, later);
    const run = { ...later, action: 'DRAIN', nodes: ['worker-3', 'batch-1'] };
    made.otherRun = await must(api.client, 'POST', RUNS, run);
    made.otherChange = await must(api.client, 'POST', CHANGES, {
      ...change,
      ...later,
      nodes: ['worker-4', 'batch-2'],
    });
  });
  afterAll(async () => {
    await api?.close();
    await cluster?.close();
  });

  async function must(client: HttpClient, method: string, path: string, body: unknown, headers = {}): Promise<Json> {
    const answer = await client.rest(method, path, { body, headers });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body;
  }
  const rest = (list: string, query: string, client = api.client) => client.rest('GET', `/api/v1/${list}?${query}`);
  const ids = async (list: string, query: string, client = api.client) =>
    (await rest(list, query, client)).body.items.map(({ id }: Json) => id);
  /** The same filter as arguments of GraphQL. */
  async function graphqlIds(list: List, query: string, client = api.client): Promise<string[]> {
    const enums = ['state', 'type', 'status', 'kind', 'outcome'];
    const args = [...new URLSearchParams(query)].map(([name, value]) =>
      enums.includes(name) ? `${name}: [${value}]` : `${name}: ${name === 'first' ? value : JSON.stringify(value)}`,
    );
    const data = await graphqlCaller(client).query(`{ ${LISTS[list]}(${args.join(', ')}) { nodes { id } } }`);
    return data[LISTS[list]].nodes.map(({ id }: Json) => id);
  }
  const idsOf = (...names: string[]) => names.map((name) => made[name].id as string);

  it.each<[List, string, string[]]>([
    ['operations', 'ticket=OPS-1', ['drain', 'cordon']],
    ['operations', 'ticket=OPS-1&type=DRAIN', ['drain']],
    ['operations', 'externalCorrelationId=pipeline-2', ['otherDrain', 'otherCordon']],
    ['operations', 'node=worker-5', ['otherCordon']],
    ['operations', 'node=worker-5&ticket=OPS-1', []],
    ['operations', 'state=AWAITING_APPROVAL&ticket=OPS-2', ['otherDrain']],
    ['maintenance-runs', 'ticket=OPS-1', ['run']],
    ['maintenance-runs', 'externalCorrelationId=pipeline-1', ['run']],
    ['maintenance-runs', 'node=worker-3', ['otherRun', 'run']],
    ['maintenance-runs', 'node=batch-1', ['otherRun']],
    ['maintenance-runs', 'node=worker-3&type=CORDON', ['run']],
    ['maintenance-runs', 'type=DRAIN_AND_HOLD', []],
    ['maintenance-runs', 'state=AWAITING_APPROVAL&ticket=OPS-2', ['otherRun']],
    ['kubelet-config-changes', 'ticket=OPS-2', ['otherChange']],
    ['kubelet-config-changes', 'node=worker-4', ['otherChange', 'change']],
    ['kubelet-config-changes', 'node=batch-2', ['otherChange']],
    ['kubelet-config-changes', 'externalCorrelationId=pipeline-1', ['change']],
    ['kubelet-config-changes', 'state=DRAFT&ticket=OPS-1', ['change']],
    ['kubelet-config-changes', 'state=PENDING', []],
  ])('%s?%s', async (list, query, expected) => {
    expect(await ids(list, query)).toEqual(idsOf(...expected));
    expect(await graphqlIds(list, query)).toEqual(idsOf(...expected));
  });

  it.each<[string, string[]]>([
    ['ticket=OPS-1', ['run', 'drain']],
    ['ticket=OPS-1&type=DRAIN', ['drain']],
    ['externalCorrelationId=pipeline-2', ['otherRun', 'otherDrain']],
    ['node=worker-3', ['otherRun', 'run']],
    ['node=worker-3&ticket=OPS-1', ['run']],
    ['state=PENDING&node=worker-6', ['otherDrain']],
    ['state=REJECTED', []],
  ])('approval-requests?%s', async (query, expected) => {
    const approvals = expected.map((name) => made[name].approvalId);
    expect(await ids('approval-requests', query)).toEqual(approvals);
    expect(await graphqlIds('approval-requests', query)).toEqual(approvals);
  });

  it.each(LIST_NAMES)('%s: `me` is whoever asks, and a time range holds what was asked for in it', async (list) => {
    for (const read of [
      ids,
      (name: string, query: string, client: HttpClient) => graphqlIds(name as List, query, client),
    ]) {
      const [first, second] =
        list === 'audit-events'
          ? [[], []]
          : [await read(list, 'ticket=OPS-1', api.client), await read(list, 'ticket=OPS-2', api.client)];
      if (list === 'audit-events') {
        const early = await read(list, `actor=me&until=${between}`, api.client);
        const late = await read(list, `actor=me&since=${between}&first=200`, api.client);
        expect(early.length).toBeGreaterThan(0);
        expect(late.length).toBeGreaterThan(0);
        expect(late.filter((id: string) => early.includes(id))).toEqual([]);
        continue;
      }
      expect(await read(list, 'actor=me', api.client)).toEqual(second);
      expect(await read(list, `since=${between}`, api.client)).toEqual(second);
      expect(await read(list, `until=${between}`, api.client)).toEqual(first);
      expect(await read(list, `since=${between}&ticket=OPS-1`, api.client)).toEqual([]);
      const { body: me } = await operator.rest('GET', '/api/v1/me');
      expect(await read(list, `actor=${me.actor?.id ?? me.id}`, api.client)).toEqual(first);
      expect(await read(list, 'actor=me', operator)).toEqual(first);
    }
  });

  it('audit events are found by node, ticket, run and external correlation id', async () => {
    const events = async (query: string) => (await rest('audit-events', `${query}&first=200`)).body.items as Json[];
    const byTicket = await events('ticket=OPS-1');
    expect(new Set(byTicket.map(({ ticket }) => ticket))).toEqual(new Set(['OPS-1']));
    const byNode = await events('node=worker-1&kind=INTENT');
    expect(byNode.map(({ correlationId }) => correlationId)).toEqual([made.cordon.id]);
    const byRun = await events(`maintenanceRun=${made.run.id}`);
    expect(byRun).toMatchObject([{ action: 'maintenance-run.start', maintenanceRunId: made.run.id }]);
    const byPipeline = await events('externalCorrelationId=pipeline-1&kind=INTENT');
    expect(byPipeline.map(({ correlationId }) => correlationId).sort()).toEqual(
      idsOf('cordon', 'drain', 'run', 'change').sort(),
    );
    expect(await graphqlIds('audit-events', 'externalCorrelationId=pipeline-1&first=200')).toEqual(
      (await events('externalCorrelationId=pipeline-1')).map(({ id }) => id),
    );
  });

  it('requests of a run are found by the run', async () => {
    const found = await ids('approval-requests', `maintenanceRun=${made.run.id}`);
    expect(found).toEqual([made.run.approvalId]);
    expect(await ids('operations', `maintenanceRun=${made.run.id}`)).toEqual([]);
  });

  it('what was made shows the external correlation id, whether it came by header or by field', async () => {
    for (const [name, expected] of [
      ['drain', 'pipeline-1'],
      ['run', 'pipeline-1'],
      ['change', 'pipeline-1'],
      ['otherRun', 'pipeline-2'],
    ]) {
      expect(made[name as string].externalCorrelationId).toBe(expected);
    }
    const input = { cluster: 'demo', node: 'gpu-1', reason: 'by GraphQL', externalCorrelationId: 'pipeline-3' };
    const { operation } = await graphqlCaller(api.client).mutate(
      'cordonNode',
      'CordonNodeInput!',
      input,
      'operation { id externalCorrelationId }',
    );
    expect(operation.externalCorrelationId).toBe('pipeline-3');
    const { data } = await api.client.graphql(
      `mutation { uncordonNode(input: {cluster: "demo", node: "batch-2", reason: "by header"}) { operation { id externalCorrelationId } } }`,
      {},
      { headers: { 'x-correlation-id': 'pipeline-4' } },
    );
    expect(data.uncordonNode.operation.externalCorrelationId).toBe('pipeline-4');
    expect(await ids('operations', 'externalCorrelationId=pipeline-4')).toEqual([data.uncordonNode.operation.id]);
  });

  it('filters combine with pages: each is given once, in order', async () => {
    const all = await ids('operations', 'since=2020-01-01T00:00:00Z');
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await rest('operations', `since=2020-01-01T00:00:00Z&first=1${after}`);
      seen.push(...body.items.map(({ id }: Json) => id));
      after = body.pageInfo.hasNextPage ? `&after=${body.pageInfo.endCursor}` : '';
    } while (after !== '');
    expect(seen).toEqual(all);
    const first = (await rest('maintenance-runs', 'node=worker-3&first=1')).body;
    const second = (await rest('maintenance-runs', `node=worker-3&first=1&after=${first.pageInfo.endCursor}`)).body;
    expect([...first.items, ...second.items].map(({ id }: Json) => id)).toEqual(idsOf('otherRun', 'run'));
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  it.each(LIST_NAMES)('%s: what makes no sense is refused, in both APIs', async (list) => {
    for (const query of [
      'since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
      'since=yesterday',
      'until=',
      'ticket=',
      `ticket=${'x'.repeat(201)}`,
      'actor=',
      'node=',
      'externalCorrelationId=with%20space',
      `externalCorrelationId=${'x'.repeat(129)}`,
      'tickets=OPS-1',
      'after=WyJub25lIl0',
    ]) {
      const { status, body } = await rest(list, query);
      expect([status, body.code], query).toEqual([400, 'VALIDATION_FAILED']);
    }
    for (const args of [
      'since: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z"',
      'ticket: ""',
      'externalCorrelationId: "a b"',
    ]) {
      const { errors } = await api.client.graphql(`{ ${LISTS[list]}(${args}) { nodes { id } } }`);
      expect(errors[0]?.extensions.code, args).toBe('VALIDATION_FAILED');
    }
  });

  it.each([
    [
      'operations',
      'maintenanceRun=00000000-0000-7000-8000-000000000001&maintenanceRunId=00000000-0000-7000-8000-000000000001',
    ],
    ['approval-requests', 'state=PENDING&status=PENDING'],
    ['approval-requests', 'type=DRAIN&kind=DRAIN'],
    ['kubelet-config-changes', 'state=DRAFT&status=DRAFT'],
    ['operations', 'state=STRANGE'],
    ['maintenance-runs', 'type=STRANGE'],
    ['operations', 'maintenanceRun=no-id'],
    ['audit-events', 'maintenanceRun=no-id'],
  ])('%s?%s is refused', async (list, query) => {
    const { status, body } = await rest(list, query);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  it.each(['two words', 'x'.repeat(129), 'é'])(
    'a correlation header %j is refused, and nothing is made',
    async (id) => {
      const headers = { 'x-correlation-id': Buffer.from(id).toString('latin1') };
      const { status, body } = await operator.rest('POST', `${NODES}/control-plane-1/cordon`, {
        body: { reason: 'a reason' },
        headers,
      });
      expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/X-Correlation-Id']);
      expect(await ids('operations', 'node=control-plane-1')).toEqual([]);
    },
  );
});
