import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const OPTIONS = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true };
const BODY = { reason: 'kernel update', ticket: 'OPS-7', options: OPTIONS };
const nodePath = (node: string, action: string) => `/api/v1/clusters/demo/nodes/${node}/${action}`;
const isEvictedPod = (pod: { action: string }) => pod.action === 'EVICT';

describe('operations through the APIs', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
  });
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  it('plans without changing anything', async () => {
    const before = cluster.store.list('Pod').map((pod) => pod.metadata.uid);
    const answer = await api.client.rest('POST', nodePath('worker-1', 'drain-plan'), { body: { options: OPTIONS } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ cluster: 'demo', executable: true, summary: { blocked: 0 } });
    expect(answer.body.planHash).toMatch(/^[0-9a-f]{64}$/);
    const placed = answer.body.nodes[0].pods.filter(
      (pod: { replacement: { state: string } }) => pod.replacement.state === 'FITS',
    );
    expect(placed.length).toBeGreaterThan(0);
    const { data, errors } = await api.client.graphql(
      `query ($options: DrainOptionsInput) { drainPlan(cluster: "demo", nodes: ["worker-1"], options: $options) {
         planHash executable summary { remove atOnce } nodes { name pods { name action outlook replacement { state } } } } }`,
      { options: OPTIONS },
    );
    expect(errors).toEqual([]);
    expect(data.drainPlan.planHash).toBe(answer.body.planHash);
    expect(cluster.store.list('Pod').map((pod) => pod.metadata.uid)).toEqual(before);
  });

  it('drains through REST with the agreed plan, and tells it by events', async () => {
    const plan = await api.client.rest('POST', nodePath('worker-1', 'drain-plan'), { body: { options: OPTIONS } });
    const body = { ...BODY, options: { ...OPTIONS, planHash: plan.body.planHash } };
    const started = await api.client.rest('POST', nodePath('worker-1', 'drain'), { body });
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    const { id } = started.body;
    expect(started.headers.get('location')).toBe(`/api/v1/operations/${id}`);
    expect(started.body).toMatchObject({ type: 'DRAIN', node: 'worker-1', reason: 'kernel update', ticket: 'OPS-7' });
    const seen: { id?: string; event: string; data: string }[] = [];
    for await (const event of api.client.sse(`/api/v1/operations/${id}/events`)) seen.push(event);
    expect(seen.map((event) => Number(event.id))).toEqual(seen.map((_, index) => index + 1));
    expect(JSON.parse(seen.at(-1)?.data ?? '')).toMatchObject({ type: 'STATE', data: { state: 'SUCCEEDED' } });
    const ended = await api.client.rest('GET', `/api/v1/operations/${id}`);
    expect(ended.body).toMatchObject({
      state: 'SUCCEEDED',
      cordonedByUs: true,
      error: null,
      planHash: plan.body.planHash,
    });
    for (const pod of ended.body.pods.filter(isEvictedPod)) {
      expect(pod.state).toMatch(/GONE|REPLACED/);
      expect(pod.requestedAt).not.toBeNull();
      expect(pod.finishedAt).not.toBeNull();
    }
    const rest: string[] = [];
    for await (const event of api.client.sse(`/api/v1/operations/${id}/events`, { lastEventId: '5' })) {
      rest.push(event.id ?? '');
    }
    expect(rest).toEqual(seen.slice(5).map((event) => event.id));
  });

  it('drains through GraphQL with the same result', async () => {
    const started = await api.client.graphql(
      `mutation ($input: DrainNodeInput!) { drainNode(input: $input) { operation { id state } userErrors { code } } }`,
      { input: { cluster: 'demo', node: 'worker-2', ...BODY } },
    );
    expect(started.errors).toEqual([]);
    expect(started.data.drainNode.userErrors).toEqual([]);
    const { id } = started.data.drainNode.operation;
    const events: { id: number; type: string }[] = [];
    const query = 'subscription ($id: ID!) { operationEvents(id: $id, after: 0) { id: seq type message at data } }';
    for await (const { data } of api.client.subscribe<{ operationEvents: { id: number; type: string } }>(query, {
      id,
    })) {
      if (data) events.push(data.operationEvents);
    }
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    const { data } = await api.client.graphql(
      'query ($id: ID!) { operation(id: $id) { state error { code } progress { percent } pods { name action state } } }',
      { id },
    );
    expect(data.operation).toMatchObject({ state: 'SUCCEEDED', error: null, progress: { percent: 100 } });
    expect(data.operation.pods.filter(isEvictedPod).length).toBeGreaterThan(0);
  });

  it('waits, lists, filters and shows the active operation of a node', async () => {
    const answer = await api.client.rest('POST', `${nodePath('worker-1', 'uncordon')}?wait=20`, {
      body: { reason: 'done' },
    });
    // 13.3: what has ended is not accepted any more, it is done.
    expect(answer).toMatchObject({ status: 200, body: { type: 'UNCORDON', state: 'SUCCEEDED' } });
    const list = await api.client.rest('GET', '/api/v1/operations?type=DRAIN&state=SUCCEEDED&first=1');
    expect(list.body.items).toHaveLength(1);
    expect(list.body.items[0]).toMatchObject({ node: 'worker-2', pods: null });
    expect(list.body.pageInfo.hasNextPage).toBe(true);
    const next = await api.client.rest(
      'GET',
      `/api/v1/operations?type=DRAIN&first=5&after=${list.body.pageInfo.endCursor}`,
    );
    expect(next.body.items.map((item: { node: string }) => item.node)).toEqual(['worker-1']);
  });

  it('replays an idempotent request and refuses another body', async () => {
    const headers = { 'idempotency-key': 'cordon-once' };
    const path = `${nodePath('worker-3', 'cordon')}?wait=20`;
    const first = await api.client.rest('POST', path, { body: { reason: 'once' }, headers });
    const again = await api.client.rest('POST', path, { body: { reason: 'once' }, headers });
    expect(again.body.id).toBe(first.body.id);
    expect([first.status, again.status, again.body.state]).toEqual([200, 200, 'SUCCEEDED']);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await api.client.rest('POST', path, { body: { reason: 'twice' }, headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  it('replays whatever became of the node, its plan and its cluster since', async () => {
    await api.client.rest('POST', `${nodePath('worker-3', 'uncordon')}?wait=20`, { body: { reason: 'free again' } });
    const plan = await api.client.rest('POST', nodePath('worker-3', 'drain-plan'), { body: { options: OPTIONS } });
    const send = (action: string, body: object, token = api.tokens.admin) => {
      const headers = { 'idempotency-key': `${action}-worker-3` };
      return api.client.as(token).rest('POST', `${nodePath('worker-3', action)}?wait=20`, { body, headers });
    };
    const runs = '/api/v1/clusters/demo/maintenance-runs';
    const run = { reason: 'kernel update', action: 'CORDON', nodes: ['worker-3'] };
    const startRun = () => api.client.rest('POST', runs, { body: run, headers: { 'idempotency-key': 'run-worker-3' } });
    const drain = {
      ...BODY,
      options: { ...OPTIONS, planHash: plan.body.planHash },
      expected: { unschedulable: false },
    };
    const drained = await send('drain', drain);
    expect(drained.body, JSON.stringify(drained.body)).toMatchObject({ state: 'SUCCEEDED' });
    const ran = await startRun();
    expect(ran.status, JSON.stringify(ran.body)).toBe(202);

    const again = async () => [await send('drain', drain), await startRun()] as const;
    const check = (answers: Awaited<ReturnType<typeof again>>) => {
      expect(
        answers.map(({ body }) => body.id),
        JSON.stringify(answers),
      ).toEqual([drained.body.id, ran.body.id]);
      expect(answers.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual(['true', 'true']);
    };
    check(await again());
    cluster.faults.set({ id: 'dead', effect: { status: 503 } } as never);
    try {
      check(await again());
      const changed = await send('drain', { ...drain, reason: 'another one' });
      expect(changed.status, JSON.stringify(changed.body)).toBe(503);
    } finally {
      cluster.faults.clear();
    }
    const foreign = await send('drain', drain, api.tokens.viewer);
    expect([foreign.status, foreign.body.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('refuses what is not allowed or makes no sense, and changes nothing', async () => {
    const before = JSON.stringify(cluster.store.get('Node', undefined, 'worker-4')?.spec);
    const attempts: [string, object, string, number, string][] = [
      ['drain', BODY, api.tokens.viewer, 403, 'FORBIDDEN'],
      ['drain', { ...BODY, options: { ...OPTIONS, disableEviction: true } }, api.tokens.operator, 403, 'FORBIDDEN'],
      ['drain', { ...BODY, options: { ...OPTIONS, forse: true } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['drain', { ...BODY, options: { gracePeriodSeconds: -2 } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['drain', { ...BODY, options: { planHash: 'a'.repeat(64) } }, api.tokens.admin, 409, 'PLAN_CHANGED'],
      ['cordon', { reason: 'x' }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['cordon', { reason: 'xyz', expected: { nodeUid: 'other' } }, api.tokens.admin, 412, 'PRECONDITION_FAILED'],
    ];
    for (const [action, body, token, status, code] of attempts) {
      const answer = await api.client.as(token).rest('POST', nodePath('worker-4', action), { body });
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([status, code]);
    }
    const unknown = await api.client.rest('POST', nodePath('nowhere', 'drain'), { body: BODY });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'NODE_NOT_FOUND' } });
    expect(JSON.stringify(cluster.store.get('Node', undefined, 'worker-4')?.spec)).toBe(before);
    const none = await api.client.rest('GET', '/api/v1/operations?node=worker-4');
    expect(none.body.items).toEqual([]);
  });

  it('says what changed since the plan', async () => {
    const plan = await api.client.rest('POST', nodePath('worker-4', 'drain-plan'), { body: { options: OPTIONS } });
    const options = { ...OPTIONS, force: false, planHash: plan.body.planHash };
    const answer = await api.client.rest('POST', nodePath('worker-4', 'drain'), { body: { ...BODY, options } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'PLAN_CHANGED' } });
    expect(answer.body.difference[0]).toMatchObject({ kind: 'OPTION_CHANGED' });
  });
});
