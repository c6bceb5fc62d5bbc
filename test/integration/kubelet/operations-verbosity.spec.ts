import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VerbosityReverts1763949600000 } from '../../../migrations/20261124020000-verbosity-reverts.js';
import { PendingWork1764147600000 } from '../../../migrations/20261126090000-pending-work.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { openIntents } from '../../support/open-intents.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const nodePath = (node: string, action: string) => `/api/v1/clusters/demo/nodes/${node}/${action}`;

describe('setting the verbosity of kubelets', () => {
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

  const set = (node: string, options: object, query = '?wait=30') =>
    api.client.rest('POST', nodePath(node, 'verbosity') + query, { body: { reason: 'look closer', options } });
  const read = async (id: string) => (await api.client.rest('GET', `/api/v1/operations/${id}`)).body;
  const reverted = (id: string) =>
    eventually(async () => {
      const operation = await read(id);
      return operation.result.revert?.state === 'PENDING' ? null : operation;
    });
  const levelOf = (node: string) => cluster.hosts.of(node).verbosity;

  it('sets the level and takes it back by itself, to what the configuration says', async () => {
    expect(levelOf('worker-1')).toBe(2);
    const { body } = await set('worker-1', { level: 6, revertAfterSeconds: 2 });
    expect(body).toMatchObject({ type: 'SET_VERBOSITY', state: 'SUCCEEDED', error: null });
    expect(body.result).toMatchObject({ verbosity: { level: 6 }, revert: { to: 2, state: 'PENDING', reason: null } });
    expect(levelOf('worker-1')).toBe(6);
    const ended = await reverted(body.id);
    expect(ended).toMatchObject({ state: 'SUCCEEDED', result: { revert: { to: 2, state: 'DONE' } } });
    expect(levelOf('worker-1')).toBe(2);
    expect(Date.now()).toBeGreaterThan(Date.parse(body.result.revert.at) - 1_000);
    const events: string[] = [];
    for await (const event of api.client.sse(`/api/v1/operations/${body.id}/events`)) events.push(event.event);
    expect(events.slice(-2)).toEqual(['state', 'revert']);
    const audited = await worker.query<{ line: string }>(
      `SELECT concat_ws(' ', kind, action, actor_type) AS line FROM audit_events WHERE correlation_id = $1 ORDER BY id`,
      [body.id],
    );
    expect(audited.map(({ line }) => line)).toEqual([
      'INTENT node.set-verbosity person',
      'OUTCOME node.set-verbosity person',
      'INTENT node.set-verbosity system',
      'OUTCOME node.set-verbosity system',
    ]);
  });

  it('gives the same result through GraphQL', async () => {
    const { data, errors } = await api.client.graphql(
      `mutation ($input: SetVerbosityInput!) {
         setVerbosity(input: $input) { operation { id type options } userErrors { code } } }`,
      { input: { cluster: 'demo', node: 'worker-2', reason: 'look closer', options: { level: 4, revertTo: 1 } } },
    );
    expect(errors).toEqual([]);
    const { operation, userErrors } = data.setVerbosity;
    expect(userErrors).toEqual([]);
    expect(operation.options).toEqual({ level: 4, revertAfterSeconds: 900, revertTo: 1 });
    const ended = await worker.ended(operation.id);
    expect(ended).toMatchObject({ state: 'SUCCEEDED', result: { revert: { to: 1, state: 'PENDING' } } });
    expect(levelOf('worker-2')).toBe(4);
    // A cancel of what has ended takes the level back now.
    const answer = await api.client.rest('POST', `/api/v1/operations/${operation.id}/cancel`, { body: {} });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    expect(await reverted(operation.id)).toMatchObject({ state: 'SUCCEEDED', result: { revert: { state: 'DONE' } } });
    expect(levelOf('worker-2')).toBe(1);
    const twice = await api.client.rest('POST', `/api/v1/operations/${operation.id}/cancel`, { body: {} });
    expect(twice).toMatchObject({ status: 409, body: { code: 'OPERATION_FINISHED' } });
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('replaces a pending revert and keeps where it led to', async () => {
    const first = await set('worker-3', { level: 5, revertTo: 3 });
    const second = await set('worker-3', { level: 8, revertAfterSeconds: 1 });
    expect(second.body.result.revert).toMatchObject({ to: 3, state: 'PENDING' });
    const replaced = await read(first.body.id);
    expect(replaced.result.revert).toMatchObject({
      state: 'SKIPPED',
      reason: `replaced by operation ${second.body.id}`,
    });
    expect((await reverted(second.body.id)).result.revert.state).toBe('DONE');
    expect(levelOf('worker-3')).toBe(3);
  });

  it('10.1 a new level waits for the revert that is under way, and is not overwritten by it', async () => {
    const first = await set('batch-2', { level: 5, revertTo: 3, revertAfterSeconds: 1 });
    // The request of the revert is written and takes its time.
    const slow = { kind: 'slow', delayMs: 2_500, pathPrefix: '/debug/flags', remaining: 1 } as const;
    await cluster.kubelets.control('batch-2', { fault: slow as never });
    await eventually(async () => {
      const [row] = await worker.query<{ claimed: boolean }>(
        'SELECT claimed_until IS NOT NULL AS claimed FROM verbosity_reverts WHERE operation_id = $1',
        [first.body.id],
      );
      return row?.claimed;
    }, 30_000);
    const second = await set('batch-2', { level: 8, revertAfterSeconds: 600 });
    expect(second.body).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect((await reverted(first.body.id)).result.revert).toMatchObject({ state: 'DONE' });
    expect(levelOf('batch-2')).toBe(8);
  });

  it('10.1 a revert that is under way and asked for at once still keeps a new level waiting', async () => {
    const first = await set('worker-1', { level: 5, revertTo: 3, revertAfterSeconds: 1 });
    const slow = { kind: 'slow', delayMs: 2_500, pathPrefix: '/debug/flags', remaining: 1 } as const;
    await cluster.kubelets.control('worker-1', { fault: slow as never });
    const claim = async () => {
      const [row] = await worker.query<{ until: Date | null; due: Date }>(
        'SELECT claimed_until AS until, due_at AS due FROM verbosity_reverts WHERE operation_id = $1',
        [first.body.id],
      );
      return row;
    };
    const before = await eventually(async () => {
      const row = await claim();
      return row?.until && row;
    }, 30_000);
    const cancelled = await api.client.rest('POST', `/api/v1/operations/${first.body.id}/cancel`, { body: {} });
    expect(cancelled.status, JSON.stringify(cancelled.body)).toBe(202);
    const after = await claim();
    expect(after?.until?.getTime()).toBeGreaterThanOrEqual(before.until?.getTime() ?? Number.POSITIVE_INFINITY);
    expect(after?.due).toEqual(after?.until);
    const second = await set('worker-1', { level: 8, revertAfterSeconds: 600 });
    expect(second.body).toMatchObject({ state: 'SUCCEEDED', error: null });
    await reverted(first.body.id);
    // What the first had sent could arrive no more when the new level was set.
    expect(Date.parse(second.body.result.verbosity.setAt)).toBeGreaterThanOrEqual(after?.until?.getTime() ?? 0);
    expect(levelOf('worker-1')).toBe(8);
  });

  it('leaves a kubelet alone that was restarted meanwhile', async () => {
    const { body } = await set('worker-4', { level: 7, revertAfterSeconds: 4, revertTo: 0 });
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    await cluster.kubelets.control('worker-4', { kubelet: 'restart' });
    const ended = await reverted(body.id);
    expect(ended.result.revert).toMatchObject({ state: 'SKIPPED', reason: 'the kubelet was restarted meanwhile' });
    expect(levelOf('worker-4')).toBe(2);
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('tries again until the kubelet takes the level', async () => {
    const { body } = await set('worker-5', { level: 7, revertAfterSeconds: 1 });
    await cluster.kubelets.control('worker-5', {
      fault: { kind: 'error', status: 500, pathPrefix: '/debug/flags' } as never,
    });
    await eventually(async () => (await read(body.id)).result.revert.reason !== null);
    expect(levelOf('worker-5')).toBe(7);
    await cluster.kubelets.control('worker-5', { fault: null });
    expect((await reverted(body.id)).result.revert.state).toBe('DONE');
    expect(levelOf('worker-5')).toBe(2);
  });

  it('fails at once where the kubelet is away, with nothing to set back', async () => {
    await cluster.kubelets.control('worker-6', { kubelet: 'stop' });
    const { body } = await set('worker-6', { level: 7 });
    expect(body).toMatchObject({ state: 'FAILED', error: { code: 'KUBELET_UNAVAILABLE' } });
    expect(body.result.revert).toMatchObject({ state: 'SKIPPED', reason: 'the level was not set' });
    await cluster.kubelets.control('worker-6', { kubelet: 'start' });
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('refuses what is not allowed or makes no sense, and replays what was asked twice', async () => {
    const body = { reason: 'look closer', options: { level: 6 } };
    const attempts: [string, object, string | null, number, string][] = [
      ['batch-1', body, null, 401, 'UNAUTHENTICATED'],
      ['batch-1', body, api.tokens.viewer, 403, 'FORBIDDEN'],
      ['batch-1', { reason: 'look closer' }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['batch-1', { ...body, options: { level: 11 } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['batch-1', { ...body, options: { level: -1 } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['batch-1', { ...body, options: { level: 2.5 } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      [
        'batch-1',
        { ...body, options: { level: 6, revertAfterSeconds: 86_401 } },
        api.tokens.admin,
        400,
        'VALIDATION_FAILED',
      ],
      ['batch-1', { ...body, options: { level: 6, forever: true } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['nowhere', body, api.tokens.admin, 404, 'NODE_NOT_FOUND'],
    ];
    for (const [node, input, token, status, code] of attempts) {
      const answer = await api.client.rest('POST', nodePath(node, 'verbosity'), { body: input, token });
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([status, code]);
    }
    expect(levelOf('batch-1')).toBe(2);
    const headers = { 'idempotency-key': 'once' };
    const path = `${nodePath('batch-1', 'verbosity')}?wait=20`;
    const first = await api.client.rest('POST', path, { body, headers });
    const again = await api.client.rest('POST', path, { body, headers });
    expect(again.body.id).toBe(first.body.id);
  });

  it('has a table that goes and comes back', async () => {
    const source = await new DataSource({ type: 'postgres', url: worker.databaseUrl }).initialize();
    const runner = source.createQueryRunner();
    const exists = async () => (await runner.query(`SELECT to_regclass('verbosity_reverts') AS found`))[0].found;
    const migration = new VerbosityReverts1763949600000();
    await runner.startTransaction();
    await new PendingWork1764147600000().down(runner); // A later one, which looks at the table.
    await migration.down(runner);
    expect(await exists()).toBeNull();
    await migration.up(runner);
    expect(await exists()).toBe('verbosity_reverts');
    await runner.rollbackTransaction();
    await source.destroy();
  });
});
