import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { AdvanceRequests } from '../../../src/features/approvals/application/advance-requests.service.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { eventually } from '../../support/cluster-client.js';
import { ALL_OPTIONS, auditOf, dangling, readOperation, startDrain, untilFinished } from '../../support/drains.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const REQUESTS = '/api/v1/approval-requests';
const DRAINS_NEED_APPROVERS = { id: 'drains', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN'] } };
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };

describe('drains that need approval', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;
  let admin: HttpClient;
  let operator: HttpClient;
  let approver: HttpClient;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
    admin = api.client;
    operator = admin.as(api.tokens.operator);
    approver = admin.as(api.tokens.approver);
    await demand(DRAINS_NEED_APPROVERS);
  });
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  async function demand(...rules: unknown[]): Promise<void> {
    const headers = { 'if-match': '*' };
    const answer = await admin.rest('PUT', '/api/v1/approval-policies', { body: { rules, ...TTLS }, headers });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }
  const act = (who: HttpClient, id: string, step: string, body: unknown) =>
    who.rest('POST', `${REQUESTS}/${id}/${step}`, { body });
  const review = (who: HttpClient, { id, contentHash }: { id: string; contentHash: string }, decision = 'APPROVE') =>
    act(who, id, 'reviews', { decision, contentHash });
  const jobsOf = (id: string) => worker.query('SELECT 1 FROM operation_events WHERE operation_id = $1', [id]);
  const advanceAll = () => worker.app.get(AdvanceRequests, { strict: false }).all();

  it('waits without holding the node, is refused to its author, and runs once approved', async () => {
    const waiting = await startDrain(operator, 'worker-1');
    expect(waiting).toMatchObject({ state: 'AWAITING_APPROVAL', attempts: 0 });
    expect(waiting.approval).toMatchObject({
      status: 'PENDING',
      held: null,
      missing: [{ ruleId: 'drains', groups: ['approvers'], count: 1 }],
    });
    expect(await jobsOf(waiting.id)).toHaveLength(1);

    const cordon = await operator.rest('POST', '/api/v1/clusters/demo/nodes/worker-1/cordon', {
      body: { reason: 'the node is free' },
    });
    expect((await untilFinished(operator, cordon.body.id)).state).toBe('SUCCEEDED');

    const inbox = await approver.rest('GET', `${REQUESTS}?mine=true`);
    expect(inbox.body.items.map(({ subjectId }: { subjectId: string }) => subjectId)).toEqual([waiting.id]);
    expect((await review(operator, waiting.approval)).status).toBe(403);
    const changed = await review(approver, { ...waiting.approval, contentHash: '0'.repeat(64) });
    expect([changed.status, changed.body.code]).toEqual([409, 'CONFLICT']);
    expect((await readOperation(operator, waiting.id)).state).toBe('AWAITING_APPROVAL');

    expect((await review(approver, waiting.approval)).body.status).toBe('APPROVED');
    expect((await untilFinished(operator, waiting.id)).state).toBe('SUCCEEDED');
    await advanceAll();
    const { body } = await approver.rest('GET', `${REQUESTS}/${waiting.approval.id}`);
    expect(body.status).toBe('SUCCEEDED');
    const { body: history } = await approver.rest('GET', `${REQUESTS}/${waiting.approval.id}/history`);
    expect(history.items.map(({ type }: { type: string }) => type)).toEqual([
      'SUBMITTED',
      'REVIEWED',
      'STARTED',
      'FINISHED',
    ]);
    expect(dangling(await auditOf(admin, waiting.id))).toEqual([]);
  });

  it('does not let the author approve, not even with the right and the group', async () => {
    const waiting = await startDrain(admin, 'worker-2');
    const own = await review(admin, waiting.approval);
    expect([own.status, own.body.code, own.body.exclusion]).toEqual([403, 'REVIEW_NOT_ALLOWED', 'AUTHOR']);
    const cancelled = await admin.rest('POST', `/api/v1/operations/${waiting.id}/cancel`, { body: {} });
    expect(cancelled.body).toMatchObject({ state: 'CANCELLED', approval: { status: 'WITHDRAWN' } });
  });

  it('ends with a reason when it is rejected', async () => {
    const waiting = await startDrain(operator, 'worker-2');
    expect((await review(approver, waiting.approval, 'REJECT')).body.status).toBe('REJECTED');
    expect(await readOperation(operator, waiting.id)).toMatchObject({
      state: 'CANCELLED',
      error: { code: 'APPROVAL_REJECTED' },
    });
    expect(dangling(await auditOf(admin, waiting.id))).toEqual([]);
  });

  it('asks again under a new policy, and counts two reviews at once as one start', async () => {
    const waiting = await startDrain(operator, 'worker-2');
    await demand({ ...DRAINS_NEED_APPROVERS, groups: ['approvers', 'admins'], count: 2 });
    await advanceAll();
    const { body: asked } = await approver.rest('GET', `${REQUESTS}/${waiting.approval.id}`);
    expect(asked).toMatchObject({ status: 'PENDING', missing: [{ count: 2 }] });
    expect(asked.contentHash).not.toBe(waiting.approval.contentHash);
    const answers = await Promise.all([review(approver, asked), review(admin, asked)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await untilFinished(operator, waiting.id)).state).toBe('SUCCEEDED');
    const starts = await worker.query(
      `SELECT 1 FROM approval_request_events WHERE request_id = $1 AND type = 'STARTED'`,
      [asked.id],
    );
    expect(starts).toHaveLength(1);
    await demand(DRAINS_NEED_APPROVERS);
  });

  it('is held by a freeze window and goes on after it', async () => {
    const freeze = (windows: unknown[]) =>
      admin.rest('PUT', '/api/v1/freeze-windows', { body: { windows }, headers: { 'if-match': '*' } });
    const schedule = { type: 'RANGE', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
    await freeze([{ id: 'peak', name: 'peak season', clusters: ['*'], reason: 'peak', schedule }]);
    const waiting = await startDrain(operator, 'worker-3');
    await review(approver, waiting.approval);
    await advanceAll();
    const held = await readOperation(operator, waiting.id);
    expect(held).toMatchObject({ state: 'AWAITING_APPROVAL', approval: { status: 'APPROVED' } });
    expect(held.approval.held).toContain('peak season');
    await freeze([]);
    expect((await untilFinished(operator, waiting.id)).state).toBe('SUCCEEDED');
  });

  it('starts by break-glass, with a review that falls due, through GraphQL', async () => {
    const waiting = await startDrain(operator, 'worker-4');
    const breaker = admin.as(api.tokens['break-glass' as keyof typeof api.tokens] ?? api.tokens.admin);
    const input = {
      id: waiting.approval.id,
      contentHash: waiting.approval.contentHash,
      reason: 'disk is failing, nobody answers',
    };
    const mutation = `mutation ($input: BreakGlassApprovalRequestInput!) { breakGlassApprovalRequest(input: $input) {
      approvalRequest { status breakGlass } userErrors { code } } }`;
    const refused = await operator.graphql(mutation, { input });
    expect(refused.data.breakGlassApprovalRequest.userErrors).toEqual([{ code: 'FORBIDDEN' }]);
    const broken = await breaker.graphql(mutation, { input });
    expect(broken.errors).toEqual([]);
    expect(broken.data.breakGlassApprovalRequest.approvalRequest).toMatchObject({
      status: 'EXECUTING',
      breakGlass: { reviewedAt: null },
    });
    expect((await untilFinished(operator, waiting.id)).state).toBe('SUCCEEDED');
    const { data } = await approver.graphql(
      'query ($id: ID!) { operation(id: $id) { state approval { id status } } }',
      { id: waiting.id },
    );
    expect(data.operation.approval.id).toBe(waiting.approval.id);
    // Its end is written by the worker, and would set the due date back.
    const { id } = waiting.approval;
    const statusOf = async () => (await approver.rest('GET', `${REQUESTS}/${id}`)).body.status;
    await eventually(async () => (await statusOf()) === 'SUCCEEDED', 'the request knows of the end');
    await worker.query(
      `UPDATE approval_requests SET break_glass_review_due_at = now() - interval '1 second' WHERE id = $1`,
      [id],
    );
    const next = await startDrain(operator, 'worker-4');
    const again = { contentHash: next.approval.contentHash, reason: 'and now the next one' };
    const blocked = await act(breaker, next.approval.id, 'break-glass', again);
    expect([blocked.status, blocked.body.cause]).toEqual([409, 'REVIEW_OVERDUE']);
    await operator.rest('POST', `/api/v1/operations/${next.id}/cancel`, { body: {} });
    const verdict = { verdict: 'ACCEPTED', comment: 'it was needed' };
    expect((await act(approver, waiting.approval.id, 'break-glass-review', verdict)).status).toBe(200);
  });

  it('does not start for an author who lost the right', async () => {
    const made = await admin.rest('POST', '/api/v1/api-tokens', {
      body: { name: 'leaver', actorType: 'person', bindings: [{ role: 'operator', clusters: ['*'] }] },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const leaver = admin.as(made.body.token ?? made.body.secret);
    const waiting = await startDrain(leaver, 'worker-3', ALL_OPTIONS);
    const id = made.body.apiToken?.id ?? made.body.id;
    const revoked = await admin.rest('DELETE', `/api/v1/api-tokens/${id}`);
    expect(revoked.status).toBeLessThan(300);
    await review(approver, waiting.approval);
    const ended = await untilFinished(operator, waiting.id);
    expect(ended).toMatchObject({ state: 'CANCELLED', error: { code: 'APPROVAL_CANCELLED' } });
  });

  it('lets a maintenance run wait, and asks no second time for its drains', async () => {
    await demand({ ...DRAINS_NEED_APPROVERS, when: { kinds: ['DRAIN', 'MAINTENANCE_RUN'] } });
    const body = {
      reason: 'kernel update',
      action: 'DRAIN',
      nodes: ['worker-2', 'worker-3'],
      drainOptions: ALL_OPTIONS,
    };
    const RUNS = '/api/v1/clusters/demo/maintenance-runs';
    const start = async () => (await operator.rest('POST', RUNS, { body })).body;
    const read = async (id: string) => (await operator.rest('GET', `/api/v1/maintenance-runs/${id}`)).body;
    const hashOf = async (id: string) => (await approver.rest('GET', `${REQUESTS}/${id}`)).body;

    const rejected = await start();
    expect(rejected, JSON.stringify(rejected)).toMatchObject({ state: 'AWAITING_APPROVAL', nodes: [] });
    const shown = await hashOf(rejected.approvalId);
    expect(shown).toMatchObject({ kind: 'MAINTENANCE_RUN', risk: 'high', nodes: ['worker-2', 'worker-3'] });
    await review(approver, shown, 'REJECT');
    expect(await read(rejected.id)).toMatchObject({ state: 'CANCELLED', error: { code: 'APPROVAL_REJECTED' } });

    const cancelled = await start();
    await operator.rest('POST', `/api/v1/maintenance-runs/${cancelled.id}/cancel`, { body: {} });
    expect(await read(cancelled.id)).toMatchObject({ state: 'CANCELLED', error: { code: 'APPROVAL_WITHDRAWN' } });

    const run = await start();
    await review(approver, await hashOf(run.approvalId));
    const over = await eventually(async () => {
      const now = await read(run.id);
      return ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(now.state) && now;
    }, 'the run ends');
    expect(over.state, JSON.stringify(over)).toBe('SUCCEEDED');
    const { body: drains } = await operator.rest('GET', `/api/v1/operations?maintenanceRunId=${run.id}&type=DRAIN`);
    expect(drains.items.map((drain: { approvalId: unknown }) => drain.approvalId)).toEqual([null, null]);
    expect(dangling(await auditOf(admin, run.id))).toEqual([]);
  });

  it.each([
    ['a rule for drains', { kinds: ['DRAIN'] }, ['worker-2', 'worker-3']],
    [
      'one for the nodes of some of them',
      { kinds: ['DRAIN'], nodeSelector: 'kubernetes.io/hostname=worker-3' },
      ['worker-3'],
    ],
    ['one for risky drains', { kinds: ['DRAIN'], minRisk: 'medium' }, ['worker-2', 'worker-3']],
  ])('10.20 lets a run wait whose drains %s is about, and says why', async (_name, when, nodes) => {
    await demand({ ...DRAINS_NEED_APPROVERS, when });
    const start = async (body: object) =>
      (
        await operator.rest('POST', '/api/v1/clusters/demo/maintenance-runs', {
          body: { reason: 'kernel update', nodes: ['worker-2', 'worker-3'], ...body },
        })
      ).body;
    const stop = (id: string) => operator.rest('POST', `/api/v1/maintenance-runs/${id}/cancel`, { body: {} });
    for (const action of ['DRAIN', 'DRAIN_AND_HOLD']) {
      const run = await start({ action, drainOptions: ALL_OPTIONS });
      expect(run.state).toBe('AWAITING_APPROVAL');
      const { body: request } = await approver.rest('GET', `${REQUESTS}/${run.approvalId}`);
      expect(request).toMatchObject({ kind: 'MAINTENANCE_RUN', status: 'PENDING' });
      expect(request.rules).toEqual([{ ruleId: 'drains', kind: 'DRAIN', nodes }]);
      expect(request.missing).toEqual([{ ruleId: 'drains', groups: ['approvers'], count: 1 }]);
      await stop(run.id);
    }
    // What is no drain is none of the rule's business.
    const cordons = await start({ action: 'CORDON' });
    expect(cordons).toMatchObject({ state: 'RUNNING', approvalId: null });
    await eventually(
      async () => (await operator.rest('GET', `/api/v1/maintenance-runs/${cordons.id}`)).body.state === 'SUCCEEDED',
      'the cordons are done',
    );
    for (const node of ['worker-2', 'worker-3']) {
      const { body } = await operator.rest('POST', `/api/v1/clusters/demo/nodes/${node}/uncordon`, {
        body: { reason: 'over' },
      });
      await untilFinished(operator, body.id);
    }
  });

  it('10.20 runs the drains of an approved run without another question', async () => {
    await demand(DRAINS_NEED_APPROVERS);
    const body = { reason: 'kernel update', nodes: ['worker-2'], action: 'DRAIN', drainOptions: ALL_OPTIONS };
    const { body: run } = await operator.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
    const { body: request } = await approver.rest('GET', `${REQUESTS}/${run.approvalId}`);
    expect((await review(approver, request)).status).toBe(200);
    await eventually(
      async () => (await operator.rest('GET', `/api/v1/maintenance-runs/${run.id}`)).body.state === 'SUCCEEDED',
      'the run is through',
    );
    const preview = {
      kind: 'MAINTENANCE_RUN',
      covers: ['DRAIN'],
      risk: 'medium',
      nodes: [{ cluster: 'demo', node: 'worker-2' }],
    };
    const { body: asked } = await admin.rest('POST', '/api/v1/approval-policies/preview', { body: preview });
    expect(asked).toMatchObject({ automatic: false, rules: [{ ruleId: 'drains' }] });
  });

  it('ends a run as stale whose selector picks other nodes than those approved, and takes it when it is asked for again', async () => {
    await demand({ ...DRAINS_NEED_APPROVERS, when: { kinds: ['DRAIN', 'MAINTENANCE_RUN'] } });
    const freeze = (windows: unknown[]) =>
      admin.rest('PUT', '/api/v1/freeze-windows', { body: { windows }, headers: { 'if-match': '*' } });
    const schedule = { type: 'RANGE', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
    const label = (node: string, upkeep?: string) => {
      const stored = cluster.store.get('Node', undefined, node);
      if (!stored) throw new Error(`no node ${node}`);
      const { upkeep: _, ...others } = stored.metadata.labels ?? {};
      const labels = upkeep ? { ...others, upkeep } : others;
      cluster.store.update('Node', { ...stored, metadata: { ...stored.metadata, labels } });
    };
    const body = { reason: 'kernel update', action: 'CORDON', nodeSelector: 'upkeep=due' };
    const start = async () => {
      const { status, body: run } = await operator.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
      expect(status, JSON.stringify(run)).toBe(202);
      return run as { id: string; approvalId: string };
    };
    const read = async ({ id }: { id: string }) => (await operator.rest('GET', `/api/v1/maintenance-runs/${id}`)).body;
    const requestOf = async (run: { approvalId: string }) =>
      (await approver.rest('GET', `${REQUESTS}/${run.approvalId}`)).body;
    const until = (run: { id: string }, state: string) =>
      eventually(async () => (await read(run)).state === state && read(run), `the run is ${state}`);

    label('worker-2', 'due');
    label('worker-3', 'due');
    const run = await eventually(async () => {
      const asked = await start();
      const { nodes } = await requestOf(asked);
      if (nodes.length === 2) return asked;
      await operator.rest('POST', `/api/v1/maintenance-runs/${asked.id}/cancel`, { body: {} });
      return undefined;
    }, 'both nodes are seen with their labels');
    await freeze([{ id: 'peak', name: 'peak season', clusters: ['*'], reason: 'peak', schedule }]);
    await review(approver, await requestOf(run));
    expect((await requestOf(run)).status).toBe('APPROVED');
    label('worker-3');
    label('worker-4', 'due');
    await freeze([]);

    const ended = await until(run, 'CANCELLED');
    expect(ended.error.code).toBe('APPROVAL_STALE');
    expect(ended.error.message).toContain('came in: worker-4; went out: worker-3');
    expect((await requestOf(run)).status).toBe('STALE');
    const { data } = await operator.graphql(
      'query ($id: ID!) { maintenanceRun(id: $id) { state error { code message } } }',
      { id: run.id },
    );
    expect(data.maintenanceRun).toMatchObject({ state: 'CANCELLED', error: { code: 'APPROVAL_STALE' } });
    const { body: history } = await approver.rest('GET', `${REQUESTS}/${run.approvalId}/history`);
    expect(history.items.map(({ type }: { type: string }) => type)).not.toContain('STARTED');
    expect(dangling(await auditOf(admin, run.id))).toEqual([]);
    const { body: acts } = await operator.rest('GET', `/api/v1/operations?maintenanceRunId=${run.id}`);
    expect(acts.items).toEqual([]);

    // The net is taken away: that the request learns of the end can only come from the end itself.
    const sweep = vi.spyOn(worker.app.get(AdvanceRequests, { strict: false }), 'all').mockResolvedValue(undefined);
    try {
      const again = await start();
      const asked = await requestOf(again);
      expect(asked.nodes).toEqual(['worker-2', 'worker-4']);
      await review(approver, asked);
      await until(again, 'SUCCEEDED');
      await eventually(async () => (await requestOf(again)).status === 'SUCCEEDED', 'its request learns of the end');
    } finally {
      sweep.mockRestore();
      label('worker-2');
      label('worker-4');
    }
  });

  describe('delegates', () => {
    const DELEGATIONS = '/api/v1/delegations';
    const idOf = async (who: HttpClient): Promise<string> => (await who.rest('GET', '/api/v1/me')).body.id;
    const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();
    const accept = async (who: HttpClient, id: string) =>
      (await who.rest('POST', `${DELEGATIONS}/${id}/accept`)).status;
    const delegate = async () => {
      const body = { delegate: await idOf(approver), until: tomorrow(), reason: 'on leave' };
      const made = await operator.rest('POST', DELEGATIONS, { body });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      return made.body as { id: string; person: string; acceptedAt: string | null };
    };
    const end = async (id: string) => expect((await operator.rest('DELETE', `${DELEGATIONS}/${id}`)).status).toBe(204);

    it('may not review what they stand in for', async () => {
      await demand(DRAINS_NEED_APPROVERS);
      const made = await delegate();
      expect(made.person).toBe(await idOf(operator));
      const listed = await approver.rest('GET', DELEGATIONS);
      expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([made.id]);
      const foreign = { person: 'token:somebody', delegate: 'token:other', until: tomorrow(), reason: 'not mine' };
      expect((await operator.rest('POST', DELEGATIONS, { body: foreign })).status).toBe(403);
      expect(await accept(approver, made.id)).toBe(200);
      const waiting = await startDrain(operator, 'worker-1');
      const refused = await review(approver, waiting.approval);
      expect([refused.status, refused.body.exclusion]).toEqual([403, 'DELEGATE']);
      await end(made.id);
      expect((await review(approver, waiting.approval)).status).toBe(200);
      expect((await untilFinished(operator, waiting.id)).state).toBe('SUCCEEDED');
    });

    it('10.19 are not made by naming them: an approver goes on to approve until they accept', async () => {
      await demand(DRAINS_NEED_APPROVERS);
      const before = await delegate();
      expect([before.acceptedAt, await accept(operator, before.id)]).toEqual([null, 403]);
      const waiting = await startDrain(operator, 'worker-1');
      const after = await delegate();
      expect((await review(approver, waiting.approval)).status).toBe(200);
      expect((await untilFinished(operator, waiting.id)).state).toBe('SUCCEEDED');
      // The one who is named may decline; whoever has accepted can't get rid of it that way.
      expect((await approver.rest('DELETE', `${DELEGATIONS}/${before.id}`)).status).toBe(204);
      const { data } = await approver.graphql(
        'mutation ($id: ID!) { acceptDelegation(input: { id: $id }) { delegation { id acceptedAt } userErrors { code } } }',
        { id: after.id },
      );
      expect(data.acceptDelegation).toMatchObject({ delegation: { acceptedAt: expect.any(String) }, userErrors: [] });
      expect((await approver.rest('DELETE', `${DELEGATIONS}/${after.id}`)).status).toBe(403);
      await end(after.id);
    });

    it('do not count when they were named after their review', async () => {
      const schedule = { type: 'RANGE', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
      const frozen = [{ id: 'peak', name: 'peak season', clusters: ['*'], reason: 'peak', schedule }];
      const freeze = (windows: unknown[]) =>
        admin.rest('PUT', '/api/v1/freeze-windows', { body: { windows }, headers: { 'if-match': '*' } });
      await freeze(frozen);
      const waiting = await startDrain(operator, 'worker-1');
      expect((await review(approver, waiting.approval)).body.status).toBe('APPROVED');
      const made = await delegate();
      expect(await accept(approver, made.id)).toBe(200);
      await freeze([]);
      await eventually(
        async () => (await readOperation(operator, waiting.id)).approval.status === 'PENDING',
        'the approval is asked for again',
      );
      expect((await readOperation(operator, waiting.id)).state).toBe('AWAITING_APPROVAL');
      await end(made.id);
      await operator.rest('POST', `/api/v1/operations/${waiting.id}/cancel`, { body: {} });
    });
  });
});
