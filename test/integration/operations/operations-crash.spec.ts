import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { podDisruptionBudget, replicaSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { openIntents } from '../../support/open-intents.js';
import { testDatabase } from '../../support/postgres.js';
import { BootedProcess } from '../../support/processes.js';
import { reportNotRun, startRedis, type TestRedis } from '../../support/redis.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const SLOW = behaviour({ 'start-seconds': 0.1, 'readiness-seconds': 0.4, 'termination-seconds': 0.6 });
const TARGET = 'crashing';

describe('a worker that is killed', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;
  let database: pg.Pool;
  let redis: TestRedis | null;
  let env: Record<string, string>;
  let workers: BootedProcess[];

  const inDatabase = async (text: string, values: unknown[]) => (await database.query(text, values)).rows;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis?.stop();
  });
  beforeEach(async () => {
    workers = [];
    cluster = await startTestCluster({ profile: 'empty' });
    addNodes(cluster, TARGET);
    cluster.store.create('ReplicaSet', replicaSet({ name: 'free', replicas: 5, annotations: SLOW }) as never);
    cluster.store.create('ReplicaSet', replicaSet({ name: 'guarded', replicas: 5, annotations: SLOW }) as never);
    const budget = podDisruptionBudget('guarded', 'default', { app: 'guarded' }, { maxUnavailable: 1 });
    cluster.store.create('PodDisruptionBudget', budget as never);
    await eventually(() => podsOn(cluster, TARGET).filter(isReady).length === 10);
    addNodes(cluster, 'spare');
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await api?.close();
    await database?.end();
    await cluster?.close();
  });

  const start = async (queueUrl?: string) => {
    const { url } = await testDatabase();
    await runMigrations(url);
    env = { DATABASE_URL: url, KUBECONFIG: cluster.kubeconfigPath, ...(queueUrl ? { QUEUE_URL: queueUrl } : {}) };
    api = await startApiApp(cluster.kubeconfigPath, env);
    database = new pg.Pool({ connectionString: url, max: 2 });
  };
  const bootWorker = async () => {
    const worker = await BootedProcess.boot({ role: 'worker', env, until: /worker takes jobs/ });
    workers.push(worker);
    return worker;
  };
  const drain = async () => {
    const body = { reason: 'crash test' };
    const answer = await api.client.rest('POST', `/api/v1/clusters/demo/nodes/${TARGET}/drain`, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return answer.body.id as string;
  };
  const attemptsOf = async (id: string): Promise<number> => {
    const { body } = await api.client.rest('GET', `/api/v1/operations/${id}`);
    return body.finishedAt ? Number.POSITIVE_INFINITY : body.attempts;
  };
  /** A worker has begun with it, so long ago. */
  const isTaken = async (id: string, ms: number) => {
    await eventually(async () => (await attemptsOf(id)) > 0);
    await sleep(ms);
  };
  const expectRightEnd = async (id: string, planned: readonly string[]) => {
    const ended = await eventually(async () => {
      const { body } = await api.client.rest('GET', `/api/v1/operations/${id}?wait=5`);
      return body.finishedAt ? body : null;
    }, 50_000);
    expect(ended).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(podsOn(cluster, TARGET)).toEqual([]);
    const evicted = cluster.api.requests.evictionsByUid;
    expect([...evicted.values()].filter((times) => times !== 1)).toEqual([]);
    expect([...evicted.keys()].sort()).toEqual([...planned].sort());
    expect(await openIntents(inDatabase)).toEqual([]);
    const seqs = await database.query('SELECT seq FROM operation_events WHERE operation_id = $1 ORDER BY seq', [id]);
    expect(seqs.rows.map((row) => row.seq)).toEqual(seqs.rows.map((_, index) => index + 1));
    // 11.5 The node shows its beginning and its end once each, whichever worker was killed where.
    const shown = (suffix: string) => cluster.store.list('Event').filter(({ reason }) => reason === `Drain${suffix}`);
    await eventually(() => shown('Ended').length > 0);
    expect([shown('Started').length, shown('Ended').length]).toEqual([1, 1]);
    return ended;
  };
  const holderOf = async (id: string, candidates: readonly BootedProcess[]) => {
    const { rows } = await database.query('SELECT claimed_by FROM operations WHERE id = $1', [id]);
    const pid = Number(rows[0]?.claimed_by.split('/')[1]);
    const holder = candidates.find((each) => each.pid === pid);
    if (!holder) throw new Error(`no worker has the pid ${pid}`);
    return holder;
  };
  const plannedUids = () => podsOn(cluster, TARGET).map((pod) => pod.metadata.uid as string);

  it('goes on from what the cluster shows, again and again', async () => {
    await start();
    const planned = plannedUids();
    let worker = await bootWorker();
    const id = await drain();
    for (const [kills, moment] of [5, 60, 300].entries()) {
      // Taken up by the living worker; then it is killed in the middle of its work.
      await eventually(async () => (await attemptsOf(id)) > kills);
      await sleep(moment);
      await worker.kill();
      worker = await bootWorker();
    }
    const ended = await expectRightEnd(id, planned);
    expect(ended.attempts).toBeGreaterThan(1);
  }, 90_000);

  it('hands over to a worker that is already there', async () => {
    await start();
    const planned = plannedUids();
    const [first, second] = await Promise.all([bootWorker(), bootWorker()]);
    const id = await drain();
    await isTaken(id, 200);
    const holder = await holderOf(id, [first, second]);
    await holder.kill();
    await expectRightEnd(id, planned);
  }, 90_000);

  it('needs no queue to be found again', async () => {
    if (!redis) return reportNotRun('operations-crash on Redis', 'no redis-server can be had on this machine');
    await start(redis.url);
    const planned = plannedUids();
    const worker = await bootWorker();
    const id = await drain();
    await sleep(300);
    const client = new Redis(redis.url);
    await client.flushall();
    await worker.kill();
    await client.flushall();
    client.disconnect();
    await bootWorker();
    await expectRightEnd(id, planned);
  }, 90_000);

  it("gives a stopped process's work to another at once", async () => {
    await start();
    const planned = plannedUids();
    const [first, second] = await Promise.all([bootWorker(), bootWorker()]);
    const id = await drain();
    await isTaken(id, 150);
    const holder = await holderOf(id, [first, second]);
    const stopped = holder.stop('SIGTERM');
    await eventually(async () => {
      const { rows } = await database.query('SELECT claimed_by FROM operations WHERE id = $1 AND epoch = 2', [id]);
      return rows.length > 0;
    }, 30_000);
    await stopped;
    await expectRightEnd(id, planned);
  }, 90_000);

  it('undoes nothing that is not its own when it is cancelled while no worker runs', async () => {
    await start();
    const worker = await bootWorker();
    const id = await drain();
    await isTaken(id, 200);
    await worker.kill();
    const cancelled = await api.client.rest('POST', `/api/v1/operations/${id}/cancel`, { body: { reason: 'stop it' } });
    expect(cancelled.body.state).toBe('CANCELLING');
    await bootWorker();
    const ended = await eventually(async () => {
      const { body } = await api.client.rest('GET', `/api/v1/operations/${id}?wait=5`);
      return body.finishedAt ? body : null;
    }, 40_000);
    expect(ended.state).toBe('CANCELLED');
    expect(cluster.store.get('Node', undefined, TARGET)?.spec.unschedulable).toBeFalsy();
    expect(await openIntents(inDatabase)).toEqual([]);
    setUnschedulable(cluster, TARGET, true);
  }, 90_000);
});
