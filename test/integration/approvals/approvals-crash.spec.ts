import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { SeededRandom } from '../../../packages/simulated-cluster/src/store/seeded-random.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { auditOf, dangling, startDrain } from '../../support/drains.js';
import type { Json } from '../../support/graphql-caller.js';
import type { HttpClient } from '../../support/http-client.js';
import { testDatabase } from '../../support/postgres.js';
import { BootedProcess } from '../../support/processes.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const REQUESTS = '/api/v1/approval-requests';
const CHANGES = '/api/v1/kubelet-config-changes';
const KINDS = ['DRAIN', 'MAINTENANCE_RUN', 'KUBELET_CONFIG_CHANGE'] as const;
const POLICY = {
  rules: [{ id: 'all', groups: ['approvers'], count: 1, when: { kinds: KINDS } }],
  approvalTtlSeconds: 3600,
  executionTtlSeconds: 3600,
  breakGlassReviewSeconds: 3600,
};
const KILLS = 3;
const PATIENCE_MS = 120_000;

describe('11.2 approvals of every kind, while the worker is killed', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;
  let env: Record<string, string>;
  let operator: HttpClient;
  let approver: HttpClient;
  let worker: BootedProcess | undefined;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    const { url } = await testDatabase();
    await runMigrations(url);
    env = { DATABASE_URL: url, KUBECONFIG: cluster.kubeconfigPath };
    api = await startApiApp(cluster.kubeconfigPath, env);
    operator = api.client.as(api.tokens.operator);
    approver = api.client.as(api.tokens.approver);
    const headers = { 'if-match': '*' };
    const answer = await api.client.rest('PUT', '/api/v1/approval-policies', { body: POLICY, headers });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    worker = await boot();
  });
  afterAll(async () => {
    await worker?.kill();
    await api?.close();
    await cluster?.close();
  });

  const boot = () => BootedProcess.boot({ role: 'worker', env, until: /worker takes jobs/ });
  const read = async (id: string): Promise<Json> => (await approver.rest('GET', `${REQUESTS}/${id}`)).body;
  const historyOf = async (id: string): Promise<Json[]> =>
    (await approver.rest('GET', `${REQUESTS}/${id}/history`)).body.items;

  /** Requests that start by themselves once they are approved: a change at a time that a person set. */
  async function askForAll(): Promise<Json[]> {
    const drain = await startDrain(operator, 'worker-1');
    const body = { reason: 'kernel update', nodes: ['worker-2'], action: 'CORDON' };
    const { body: run } = await operator.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
    const draft = { cluster: 'demo', nodes: ['worker-4'], patch: { maxPods: 90 }, reason: 'a reason' };
    const { body: change } = await operator.rest('POST', CHANGES, { body: draft });
    expect((await operator.rest('POST', `${CHANGES}/${change.id}/submit`)).status).toBe(200);
    const startAt = new Date(Date.now() + 1_500).toISOString();
    const scheduled = await operator.rest('POST', `${REQUESTS}/${change.id}/schedule`, { body: { startAt } });
    expect(scheduled.status, JSON.stringify(scheduled.body)).toBe(200);
    return Promise.all([drain.approvalId, run.approvalId, change.id].map(read));
  }

  it('each starts once and ends', async () => {
    const random = new SeededRandom(11);
    for (let kill = 0; kill < KILLS; kill++) {
      const requests = await askForAll();
      expect(requests.map(({ kind }) => kind)).toEqual(KINDS);
      const answers = await Promise.all(
        requests.map(({ id, contentHash }) =>
          approver.rest('POST', `${REQUESTS}/${id}/reviews`, { body: { decision: 'APPROVE', contentHash } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      // Some kills meet the start itself, some what was started.
      await sleep(random.next() * 2_000);
      await worker?.kill();
      worker = await boot();
      for (const { id, kind } of requests) await ended(id, kind);
    }
  }, 400_000);

  async function ended(id: string, kind: string): Promise<void> {
    if (kind === 'KUBELET_CONFIG_CHANGE') {
      await eventually(async () => (await read(id)).status === 'EXECUTING', PATIENCE_MS);
      await operator.rest('POST', `${CHANGES}/${id}/finish`, { body: { outcome: 'SUCCEEDED' } });
    }
    const request = await eventually(async () => {
      const found = await read(id);
      return found.status === 'EXECUTING' || found.status === 'APPROVED' ? null : found;
    }, PATIENCE_MS);
    expect(request, JSON.stringify(request)).toMatchObject({ kind, status: 'SUCCEEDED' });
    const history = await historyOf(id);
    const moves = history.map(({ type }) => type).filter((type) => type === 'STARTED' || type === 'FINISHED');
    expect(moves).toEqual(['STARTED', 'FINISHED']);
    expect(dangling(await auditOf(api.client, request.subjectId))).toEqual([]);
  }
});
