import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { AdvanceRequests } from '../../../src/features/approvals/application/advance-requests.service.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { eventually } from '../../support/cluster-client.js';
import { readOperation, startDrain, untilFinished } from '../../support/drains.js';
import { graphqlCaller, type Json } from '../../support/graphql-caller.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const REQUESTS = '/api/v1/approval-requests';
const CHANGES = '/api/v1/kubelet-config-changes';
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };
const KINDS = ['DRAIN', 'MAINTENANCE_RUN', 'KUBELET_CONFIG_CHANGE'] as const;
type Kind = (typeof KINDS)[number];
const NOUNS: Record<Kind, string> = {
  DRAIN: 'drain',
  MAINTENANCE_RUN: 'maintenance run',
  KUBELET_CONFIG_CHANGE: 'change',
};

describe('11.2 all kinds of subjects have the same requests', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;
  let operator: HttpClient;
  let approver: HttpClient;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
    operator = api.client.as(api.tokens.operator);
    approver = api.client.as(api.tokens.approver);
    const rules = [{ id: 'all', groups: ['approvers'], count: 1, when: { kinds: KINDS } }];
    const headers = { 'if-match': '*' };
    const answer = await api.client.rest('PUT', '/api/v1/approval-policies', { body: { rules, ...TTLS }, headers });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  });
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  /** Asks for it, and gives back the request and how to see that the thing has ended. */
  async function ask(kind: Kind): Promise<{ request: Json; ended: () => Promise<string> }> {
    if (kind === 'DRAIN') {
      const drain = await startDrain(operator, 'worker-1');
      return {
        request: await read(drain.approvalId),
        ended: async () => (await untilFinished(operator, drain.id)).state,
      };
    }
    if (kind === 'MAINTENANCE_RUN') {
      const body = { reason: 'kernel update', nodes: ['worker-2'], action: 'CORDON' };
      const { body: run } = await operator.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
      const stateOf = async () => (await operator.rest('GET', `/api/v1/maintenance-runs/${run.id}`)).body.state;
      const ended = () =>
        eventually(async () => {
          const state = await stateOf();
          return state !== 'AWAITING_APPROVAL' && state !== 'RUNNING' && state;
        }, 'the run has ended');
      return { request: await read(run.approvalId), ended };
    }
    const draft = { cluster: 'demo', nodes: ['worker-4'], patch: { maxPods: 90 }, reason: 'a reason' };
    const { body: change } = await operator.rest('POST', CHANGES, { body: draft });
    const submitted = await operator.rest('POST', `${CHANGES}/${change.id}/submit`);
    expect(submitted.status, JSON.stringify(submitted.body)).toBe(200);
    const ended = async () => {
      await eventually(async () => (await read(change.id)).status === 'EXECUTING', 'the change has begun');
      // People carry it out.
      const body = { outcome: 'SUCCEEDED' };
      return (await operator.rest('POST', `${CHANGES}/${change.id}/finish`, { body })).body.status;
    };
    return { request: await read(change.id), ended };
  }
  /** A change is started by a person; all others by their approval. */
  const startByHand = (kind: Kind, id: string) =>
    kind === 'KUBELET_CONFIG_CHANGE' && operator.rest('POST', `${CHANGES}/${id}/start`, { body: {} });
  const read = async (id: string): Promise<Json> => (await approver.rest('GET', `${REQUESTS}/${id}`)).body;
  const post = (who: HttpClient, id: string, step: string, body: unknown, headers = {}) =>
    who.rest('POST', `${REQUESTS}/${id}/${step}`, { body, headers });
  const approve = ({ id, contentHash }: Json) => post(approver, id, 'reviews', { decision: 'APPROVE', contentHash });
  const advance = (id: string) => worker.app.get(AdvanceRequests, { strict: false }).one(id);
  const typesOf = async (id: string): Promise<string[]> =>
    (await approver.rest('GET', `${REQUESTS}/${id}/history`)).body.items.map(({ type }: Json) => type);

  it.each(KINDS)('%s: starts at the time that was asked for, before or after the approval', async (kind) => {
    const { request, ended } = await ask(kind);
    const soon = new Date(Date.now() + 4_000).toISOString();
    expect((await post(approver, request.id, 'schedule', { startAt: soon })).status).toBe(403);
    const past = await post(operator, request.id, 'schedule', { startAt: '2020-01-01T00:00:00Z' });
    expect([past.status, past.body.cause]).toEqual([400, 'INVALID_TIME']);
    const far = new Date(Date.now() + 1_800_000).toISOString();
    const asked = await post(operator, request.id, 'schedule', { startAt: far });
    expect(asked.body).toMatchObject({ status: 'PENDING', scheduledFor: far });
    expect((await approve(request)).body).toMatchObject({ status: 'APPROVED', scheduledFor: far });
    await advance(request.id);
    expect((await read(request.id)).status).toBe('APPROVED');
    const moved = await graphqlCaller(operator).mutate(
      'scheduleApprovalRequest',
      'ScheduleApprovalRequestInput!',
      { id: request.id, startAt: soon },
      'approvalRequest { status scheduledFor }',
    );
    expect(moved.approvalRequest).toEqual({ status: 'SCHEDULED', scheduledFor: soon });
    expect(await ended()).toBe('SUCCEEDED');
    const started = (await approver.rest('GET', `${REQUESTS}/${request.id}/history`)).body.items.find(
      ({ type }: Json) => type === 'STARTED',
    );
    expect(Date.parse(started.data.at)).toBeGreaterThanOrEqual(Date.parse(soon));
  });

  it.each(KINDS)('%s: reminds once, when half of the time is over, and streams what happens', async (kind) => {
    const { request, ended } = await ask(kind);
    const seen: string[] = [];
    const done = new AbortController();
    const streaming = (async () => {
      for await (const { event } of approver.sse(`${REQUESTS}/${request.id}/events`, { signal: done.signal })) {
        seen.push(event);
        if (event === 'FINISHED') return;
      }
    })();
    await advance(request.id);
    expect(await typesOf(request.id)).not.toContain('REMINDED');
    const soon = JSON.stringify(new Date(Date.now() + 900_000));
    await worker.query(
      `UPDATE approval_requests SET approval = jsonb_set(approval, '{approvalExpiresAt}', $2::jsonb) WHERE id = $1`,
      [request.id, soon],
    );
    await advance(request.id);
    await advance(request.id);
    expect((await typesOf(request.id)).filter((type) => type === 'REMINDED')).toHaveLength(1);
    expect((await approve(request)).status).toBe(200);
    await startByHand(kind, request.id);
    expect(await ended()).toBe('SUCCEEDED');
    await streaming;
    const moves = seen.filter((type) => type !== 'EFFECT' && type !== 'CREATED');
    expect(moves).toEqual(['SUBMITTED', 'REMINDED', 'REVIEWED', 'STARTED', 'FINISHED']);
    const later: string[] = [];
    const query = `subscription { approvalRequestEvents(id: "${request.id}", after: 1) { seq type } }`;
    for await (const { data } of approver.subscribe<Json>(query)) {
      later.push(data.approvalRequestEvents.type);
      if (later.at(-1) === 'FINISHED') break;
    }
    expect(later).toEqual(seen.slice(1));
  });

  it.each(KINDS)('%s: breaks the glass once for a key, and calls it by its name', async (kind) => {
    const { request, ended } = await ask(kind);
    const body = { reason: 'the disks are full now', contentHash: request.contentHash };
    const headers = { 'idempotency-key': `glass-${request.id}` };
    const twice = [
      await post(api.client, request.id, 'break-glass', body, headers),
      await post(api.client, request.id, 'break-glass', body, headers),
    ];
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect((await typesOf(request.id)).filter((type) => type === 'BREAK_GLASS')).toHaveLength(1);
    expect(await ended()).toBe('SUCCEEDED');
    const late = await approve(request);
    expect([late.status, late.body.detail]).toEqual([409, expect.stringContaining(`A ${NOUNS[kind]} that is`)]);
    const verdict = { verdict: 'ACCEPTED', comment: 'it was needed' };
    expect((await post(approver, request.id, 'break-glass-review', verdict)).status).toBe(200);
  });

  it.each(KINDS)('%s: of many at once, one wins', async (kind) => {
    const demand = { id: 'every', groups: ['approvers'], count: 1, when: { kinds: [kind] } };
    const headers = { 'if-match': '*' };
    await api.client.rest('PUT', '/api/v1/approval-policies', { body: { rules: [demand], ...TTLS }, headers });
    const { request } = await ask(kind);
    const { id, contentHash } = request;
    const step = (who: HttpClient, name: string, body: unknown) => post(who, id, name, body);
    const glass = { reason: 'the disks are full now', contentHash };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => [
        step(api.client, 'break-glass', glass),
        step(operator, 'withdraw', {}),
        step(approver, 'reviews', { decision: 'REJECT', contentHash }),
      ]).flat(),
    );
    const won = answers.filter(({ status }) => status === 200);
    const types = (await typesOf(id)).filter((type) => ['BREAK_GLASS', 'WITHDRAWN', 'REVIEWED'].includes(type));
    expect([won.length, types.length]).toEqual([1, 1]);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const { body: left } = await api.client.rest('GET', `${REQUESTS}/${id}`);
    expect(['REJECTED', 'WITHDRAWN', 'EXECUTING', 'SUCCEEDED']).toContain(left.status);
    if (types[0] !== 'BREAK_GLASS') return;
    await step(approver, 'break-glass-review', { verdict: 'ACCEPTED', comment: 'it was needed' });
  });

  it('one inbox lists all that waits, and each kind can be asked for', async () => {
    const draft = { cluster: 'demo', nodes: ['worker-4'], patch: { maxPods: 90 }, reason: 'a reason' };
    const { body: change } = await operator.rest('POST', CHANGES, { body: draft });
    const inbox = async (more = '') =>
      (await approver.rest('GET', `${REQUESTS}?mine=true&first=2${more}`)).body as { items: Json[]; pageInfo: Json };
    expect((await inbox('&kind=KUBELET_CONFIG_CHANGE')).items).toEqual([]);
    const rules = [{ id: 'every', groups: ['approvers'], count: 1, when: { kinds: KINDS } }];
    const headers = { 'if-match': '*' };
    await api.client.rest('PUT', '/api/v1/approval-policies', { body: { rules, ...TTLS }, headers });
    const { request: drain } = await ask('DRAIN');
    await operator.rest('POST', `${CHANGES}/${change.id}/submit`);
    const { request: run } = await ask('MAINTENANCE_RUN');
    const first = await inbox();
    const second = await inbox(`&after=${first.pageInfo.endCursor}`);
    const seen = [...first.items, ...second.items];
    expect(seen.map(({ id }) => id)).toEqual([run.id, drain.id, change.id]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    expect((await inbox('&kind=KUBELET_CONFIG_CHANGE')).items).toMatchObject([
      { id: change.id, kind: 'KUBELET_CONFIG_CHANGE', status: 'PENDING', nodes: ['worker-4'] },
    ]);
    const found = await read(change.id);
    expect(found.rules).toEqual([{ ruleId: 'every', kind: 'KUBELET_CONFIG_CHANGE', nodes: ['worker-4'] }]);
    expect(await typesOf(change.id)).toEqual(expect.arrayContaining(['CREATED', 'SUBMITTED']));
    for (const { id } of [drain, run]) await post(operator, id, 'withdraw', {});
    await operator.rest('POST', `${CHANGES}/${change.id}/withdraw`, { body: {} });
    expect((await inbox()).items).toEqual([]);
  });

  it('the plan of a drain says which approval it would need', async () => {
    const rules = [
      { id: 'risky', groups: ['approvers', 'admins'], count: 2, when: { kinds: ['DRAIN'], minRisk: 'high' } },
      { id: 'runs', groups: ['approvers'], count: 1, when: { kinds: ['MAINTENANCE_RUN'] } },
    ];
    const headers = { 'if-match': '*' };
    await api.client.rest('PUT', '/api/v1/approval-policies', { body: { rules, ...TTLS }, headers });
    const plan = async (options: object) =>
      (await operator.rest('POST', '/api/v1/clusters/demo/nodes/worker-1/drain-plan', { body: { options } })).body;
    expect((await plan({ ignoreDaemonSets: true })).approval).toEqual([]);
    const wanted = { ruleId: 'risky', kind: 'DRAIN', nodes: ['worker-1'], groups: ['approvers', 'admins'], count: 2 };
    expect((await plan({ ignoreDaemonSets: true, disableEviction: true })).approval).toEqual([wanted]);
    const query = `{ drainPlan(cluster: "demo", nodes: ["worker-1"], options: { disableEviction: true }) {
      approval { ruleId kind nodes groups count } } }`;
    expect((await graphqlCaller(operator).query(query)).drainPlan.approval).toEqual([wanted]);
  });

  it('what an idempotency key stands for includes what was expected of the node', async () => {
    const headers = { 'idempotency-key': 'expecting' };
    const cordon = (expected?: object) =>
      operator.rest('POST', '/api/v1/clusters/demo/nodes/worker-3/cordon', {
        body: { reason: 'a reason', ...(expected ? { expected } : {}) },
        headers,
      });
    const first = await cordon({ unschedulable: false });
    expect(first.status).toBe(202);
    expect((await cordon({ unschedulable: false })).body.id).toBe(first.body.id);
    const nodeUid = cluster.store.get('Node', undefined, 'worker-3')?.metadata.uid;
    for (const other of [undefined, { nodeUid }]) {
      expect((await cordon(other)).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    }
    await untilFinished(operator, first.body.id);
    expect((await readOperation(operator, first.body.id)).state).toBe('SUCCEEDED');
  });
});
