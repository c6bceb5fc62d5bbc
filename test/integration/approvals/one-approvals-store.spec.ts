import { DataSource, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OneApprovalsStore1764126000000 } from '../../../migrations/20261126030000-one-approvals-store.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { AdvanceRequests } from '../../../src/features/approvals/application/advance-requests.service.js';
import { ReadRequests } from '../../../src/features/approvals/index.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import type { Json } from '../../support/graphql-caller.js';
import type { HttpClient } from '../../support/http-client.js';
import { callerWith } from '../../support/operations-worker.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const CHANGES = '/api/v1/kubelet-config-changes';
const OLD_TABLES = ['kubelet_config_changes', 'kubelet_config_change_reviews', 'kubelet_config_change_events'];
const migration = new OneApprovalsStore1764126000000();

describe('11.2 changes of before are requests like all others', () => {
  let cluster: SimulatedCluster;
  let databaseUrl: string;
  let source: DataSource;
  let runner: QueryRunner;
  let api: ApiApp;
  let operator: HttpClient;

  beforeAll(async () => {
    cluster = await startTestCluster();
    databaseUrl = (await testDatabase()).url;
    await runMigrations(databaseUrl);
    source = await new DataSource({ type: 'postgres', url: databaseUrl }).initialize();
    runner = source.createQueryRunner();
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: databaseUrl });
    operator = api.client.as(api.tokens.operator);
  });
  afterAll(async () => {
    await api?.close();
    await runner?.release();
    await source?.destroy();
    await cluster?.close();
  });

  async function change(body: object = {}, submit = true): Promise<Json> {
    const draft = {
      cluster: 'demo',
      nodes: ['worker-1', 'worker-2'],
      patch: { maxPods: 90 },
      reason: 'a reason',
      ...body,
    };
    const made = await operator.rest('POST', CHANGES, { body: draft });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return submit ? (await operator.rest('POST', `${CHANGES}/${made.body.id}/submit`)).body : made.body;
  }
  const approve = (who: HttpClient, { id, contentHash }: Json) =>
    who.rest('POST', `${CHANGES}/${id}/reviews`, { body: { decision: 'APPROVE', contentHash } });
  const answersFor = async (id: string) => ({
    change: (await operator.rest('GET', `${CHANGES}/${id}`)).body,
    history: (await operator.rest('GET', `${CHANGES}/${id}/history`)).body,
  });
  const oldRows = async () => {
    const rows: Record<string, unknown[]> = {};
    for (const table of OLD_TABLES) rows[table] = await runner.query(`SELECT * FROM ${table} ORDER BY 1, 2`);
    return rows;
  };

  it('a half-approved change goes on, a draft too, and down brings the old rows back', async () => {
    const approver = api.client.as(api.tokens.approver);
    const halfApproved = await change();
    expect((await approve(approver, halfApproved)).body.status).toBe('PENDING');
    const draft = await change({ patch: { containerLogMaxFiles: 4 } }, false);
    const withdrawn = await change({ patch: { containerLogMaxFiles: 3 } });
    await operator.rest('POST', `${CHANGES}/${withdrawn.id}/withdraw`, { body: {} });
    const ids = [halfApproved.id, draft.id, withdrawn.id];
    const before = await Promise.all(ids.map(answersFor));

    await migration.down(runner);
    const rows = await oldRows();
    expect(rows.kubelet_config_changes?.map((row) => (row as Json).status)).toEqual(['PENDING', 'DRAFT', 'WITHDRAWN']);
    expect(rows.kubelet_config_changes?.[0]).toMatchObject({ reason: 'a reason', cluster: 'demo', version: 3 });
    expect(rows.kubelet_config_change_reviews).toHaveLength(1);
    expect(await runner.query('SELECT * FROM approval_requests')).toEqual([]);
    await expect(runner.query('DELETE FROM kubelet_config_change_events')).rejects.toThrow('append-only');
    await runner.query(
      `INSERT INTO outbox (id, job, job_id, payload, not_before) VALUES ($1, 'kubelet-config-change',
        'kubelet-config-change-x', jsonb_build_object('changeId', $1::uuid), now() + interval '1 day')`,
      [halfApproved.id],
    );

    await migration.up(runner);
    expect(await runner.query('SELECT job, payload FROM outbox WHERE id = $1', [halfApproved.id])).toEqual([
      { job: 'approval-request', payload: { requestId: halfApproved.id } },
    ]);
    expect(await Promise.all(ids.map(answersFor))).toEqual(before);
    await migration.down(runner);
    expect(await oldRows()).toEqual(rows);
    await migration.up(runner);
    await expect(runner.query('DELETE FROM approval_request_events')).rejects.toThrow('append-only');

    await api.app.get(AdvanceRequests, { strict: false }).one(halfApproved.id);
    expect((await approve(api.client, halfApproved)).body.status).toBe('APPROVED');
    const started = await operator.rest('POST', `${CHANGES}/${halfApproved.id}/start`, { body: {} });
    expect([started.status, started.body.status]).toEqual([200, 'EXECUTING']);
    const { body: seen } = await operator.rest('GET', `${CHANGES}/${halfApproved.id}/history`);
    expect(seen.items.map(({ seq }: Json) => seq)).toEqual(seen.items.map((_: Json, index: number) => index + 1));
    const sent = await operator.rest('POST', `${CHANGES}/${draft.id}/submit`);
    expect([sent.status, sent.body.status]).toEqual([200, 'PENDING']);
  });

  it('kept apart from drafts, they are what the kind filter means', async () => {
    const drafted = await change({ patch: { containerLogMaxFiles: 2 } }, false);
    const listed = (await operator.rest('GET', '/api/v1/approval-requests?kind=KUBELET_CONFIG_CHANGE')).body.items;
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.every(({ kind }: Json) => kind === 'KUBELET_CONFIG_CHANGE')).toBe(true);
    expect(listed.map(({ id }: Json) => id)).not.toContain(drafted.id);
    const all = await api.app.get(ReadRequests, { strict: false }).all(callerWith(), {}, { first: 50 });
    expect(all.items.map(({ id }) => id)).toContain(drafted.id);
  });
});
