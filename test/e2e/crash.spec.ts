import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replicaSet } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import { eventually } from '../support/cluster-client.js';
import { auditOf, dangling, startDrain, untilFinished } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import type { BootedProcess } from '../support/processes.js';
import { queueBackend } from '../support/product.js';

const SLOW = { 'simulation.node-steward.dev/termination-seconds': '1' };

describe('a drain whose processes die', () => {
  let installation: Installation;
  let api: HttpClient;
  let worker: BootedProcess;

  beforeAll(async () => {
    installation = await Installation.start();
    [api, worker] = await Promise.all([installation.api(), installation.worker()]);
  });
  afterAll(() => installation?.stop());

  /** Twelve pods on one node that take a second to end, and may run on any replaceable worker afterwards. */
  async function fill(node: string, name: string): Promise<Set<string>> {
    const { cluster } = installation;
    await cluster.create(
      replicaSet({
        name,
        namespace: 'default',
        replicas: 12,
        annotations: SLOW,
        spec: { nodeName: undefined, nodeSelector: { 'kubernetes.io/hostname': node } },
      }),
    );
    const own = (pods: { metadata: { name: string; uid: string } }[]) =>
      pods.filter((pod) => pod.metadata.name.startsWith(`${name}-`));
    await eventually(async () => own(await cluster.podsOn(node)).length === 12, `${name} fills ${node}`);
    return new Set((await cluster.podsOn(node)).map((pod) => pod.metadata.uid));
  }

  async function expectCleanEnd(id: string, planned: Set<string>, evictedBefore: Set<string>): Promise<void> {
    const operation = await untilFinished(api, id, 90_000);
    expect(operation.state, JSON.stringify(operation.error)).toBe('SUCCEEDED');
    const { byUid, evictions } = await installation.cluster.evictions();
    for (const [uid, times] of Object.entries(byUid)) expect(times, uid).toBe(1);
    const ours = evictions.map((eviction) => eviction.uid).filter((uid) => !evictedBefore.has(uid));
    expect(ours.filter((uid) => !planned.has(uid))).toEqual([]);
    expect(dangling(await auditOf(api, id))).toEqual([]);
  }

  const evictedSoFar = async () => new Set((await installation.cluster.evictions()).evictions.map(({ uid }) => uid));

  it.each([0, 60, 150, 300, 600, 1100])('survives kill -9 of the worker %i ms after the request', async (delayMs) => {
    const node = `worker-${1 + (delayMs % 4)}`;
    const name = `killed-${delayMs}`;
    const before = await evictedSoFar();
    const planned = await fill(node, name);
    const { id } = await startDrain(api, node);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await worker.kill();
    worker = await installation.worker();
    await expectCleanEnd(id, planned, before);
    await installation.cluster.call('DELETE', `/apis/apps/v1/namespaces/default/replicasets/${name}`);
    await api.rest('POST', `/api/v1/clusters/demo/nodes/${node}/uncordon?wait=20`, { body: { reason: 'next round' } });
  });

  it('survives the loss of the whole queue in mid-drain', async () => {
    const before = await evictedSoFar();
    const planned = await fill('worker-4', 'flushed');
    const { id } = await startDrain(api, 'worker-4');
    await eventually(async () => (await evictedSoFar()).size > before.size, 'the first eviction');
    await worker.kill();
    await emptyQueue();
    worker = await installation.worker();
    await expectCleanEnd(id, planned, before);
  });

  it('survives the loss of the queue while the request still waits in it', async () => {
    await worker.kill();
    const before = await evictedSoFar();
    const planned = await fill('worker-3', 'waiting');
    const { id } = await startDrain(api, 'worker-3');
    await eventually(async () => {
      const { rows } = await query('SELECT count(*)::int AS waiting FROM outbox');
      return rows[0].waiting === 0;
    }, 'the relay has queued the job');
    await emptyQueue();
    worker = await installation.worker();
    await expectCleanEnd(id, planned, before);
  });

  async function query(text: string) {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: installation.database.url });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }

  async function emptyQueue(): Promise<void> {
    if (queueBackend === 'redis') {
      const redis = new Redis(installation.redis?.url as string);
      await redis.flushall();
      redis.disconnect();
      return;
    }
    const { rows } = await query(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'bullmq' AND tablename LIKE '%job%'`,
    );
    for (const { tablename } of rows) await query(`TRUNCATE bullmq."${tablename}" CASCADE`);
  }
});
