import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { openIntents } from '../../support/open-intents.js';
import { testDatabase } from '../../support/postgres.js';
import { BootedProcess } from '../../support/processes.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const SETTINGS = { KUBELET_RECOVERY_SECONDS: '30', KUBELET_STABLE_SECONDS: '2' };

describe('a worker that is killed while it works on a kubelet', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;
  let database: pg.Pool;
  let env: Record<string, string>;
  const workers: BootedProcess[] = [];

  const inDatabase = async (text: string, values: unknown[]) => (await database.query(text, values)).rows;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default' });
    const { url } = await testDatabase();
    await runMigrations(url);
    env = { DATABASE_URL: url, KUBECONFIG: cluster.kubeconfigPath, ...SETTINGS };
    api = await startApiApp(cluster.kubeconfigPath, env);
    database = new pg.Pool({ connectionString: url, max: 2 });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  });
  afterAll(async () => {
    await api?.close();
    await database?.end();
    await cluster?.close();
  });

  const boot = async () => {
    const worker = await BootedProcess.boot({ role: 'worker', env, until: /worker takes jobs/ });
    workers.push(worker);
    return worker;
  };
  const start = async (node: string, action: string, options: object) => {
    const path = `/api/v1/clusters/demo/nodes/${node}/${action}`;
    const answer = await api.client.rest('POST', path, { body: { reason: 'crash test', options } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return answer.body.id as string;
  };
  const read = async (id: string) => (await api.client.rest('GET', `/api/v1/operations/${id}`)).body;
  const ended = (id: string) =>
    eventually(async () => {
      const operation = await read(id);
      return operation.finishedAt ? operation : null;
    }, 60_000);
  const jobsOf = (id: string) =>
    cluster.store.list('Job').filter((job) => job.metadata.labels?.['node-steward.dev/operation'] === id);
  const expectNothingOpen = async () => {
    expect(await openIntents(inDatabase)).toEqual([]);
  };

  it.each([
    ['as soon as the Job exists', 'worker-1', (id: string, _node: string) => jobsOf(id).length > 0],
    ['as soon as the kubelet was restarted', 'worker-2', (_id: string, node: string) => restarts(node) > 0],
    [
      'while the proof is being read',
      'worker-3',
      async (id: string, _node: string) => (await read(id)).result.restart !== undefined,
    ],
  ])(
    'leaves exactly one restart behind when it is killed %s',
    async (_when, node, moment) => {
      const first = await boot();
      const id = await start(node, 'restart-kubelet', {});
      await eventually(() => moment(id, node));
      await first.kill();
      expect((await read(id)).finishedAt).toBeNull();
      await boot();
      const operation = await ended(id);
      expect(operation).toMatchObject({ state: 'SUCCEEDED', error: null });
      expect(operation.attempts).toBeGreaterThan(1);
      expect(operation.result.proof.healthz.ok).toBe(true);
      expect(restarts(node)).toBe(1);
      expect(jobsOf(id)).toHaveLength(1);
      await expectNothingOpen();
    },
    120_000,
  );

  it('leaves a revert behind that another worker carries out, once', async () => {
    const host = cluster.hosts.of('worker-4');
    const levels: number[] = [];
    let level = host.verbosity;
    Object.defineProperty(host, 'verbosity', {
      get: () => level,
      set: (next: number) => {
        levels.push(next);
        level = next;
      },
    });
    const first = await boot();
    const id = await start('worker-4', 'verbosity', { level: 9, revertAfterSeconds: 5 });
    expect((await ended(id)).state).toBe('SUCCEEDED');
    await first.kill();
    expect((await read(id)).result.revert.state).toBe('PENDING');
    await boot();
    const operation = await eventually(async () => {
      const seen = await read(id);
      return seen.result.revert.state === 'PENDING' ? null : seen;
    }, 40_000);
    expect(operation.result.revert).toMatchObject({ to: 2, state: 'DONE' });
    expect(levels).toEqual([9, 2]);
    await expectNothingOpen();
  }, 120_000);

  function restarts(node: string): number {
    return cluster.hosts.of(node).restarts;
  }
});
