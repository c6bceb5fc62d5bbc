import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deployment, statefulSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import { node } from '../../../packages/simulated-cluster/src/profiles/node-manifest.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { behaviour, eventually, isReady } from '../../support/workloads.js';

const NODES = 5;
const WORKLOADS = 5;
const REPLICAS = 5;
/** Replacements take seconds, so that a run that looks again and again would be found out. */
const SLOW = behaviour({ 'start-seconds': 0.5, 'readiness-seconds': 3, 'termination-seconds': 0.2 });

describe('12.24 what operations ask of the API server', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty' });
    for (let index = 0; index < NODES; index++) {
      cluster.store.create('Node', node({ name: `pool-${index}`, index, zone: 'a', pool: 'batch' }));
    }
    for (let index = 0; index < WORKLOADS; index++) {
      const workload = { name: `app-${index}`, replicas: REPLICAS, annotations: SLOW };
      if (index === 0) cluster.store.create('StatefulSet', statefulSet(workload) as never);
      else cluster.store.create('Deployment', deployment(workload) as never);
    }
    await eventually(() => cluster.store.list('Pod').filter(isReady).length === WORKLOADS * REPLICAS, 60_000);
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
  });
  beforeEach(() => cluster.api.requests.reset());
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  /** `verb resource` to how often. */
  const asked = () => cluster.api.requests.counts;
  const total = () => Object.values(asked()).reduce((sum, count) => sum + count, 0);
  const listed = (resource: string) => asked()[`list ${resource}`] ?? 0;
  const post = async (path: string, body: object) => {
    const answer = await api.client.rest('POST', path, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return answer.body.id as string;
  };

  it('asks a fixed number of things per node of a maintenance run, however long the health gates take', async () => {
    const request = { reason: 'kernel update', action: 'DRAIN', nodeSelector: 'pool=batch', maxUnavailable: '1' };
    const id = await post('/api/v1/clusters/demo/maintenance-runs', request);
    const run = await eventually(async () => {
      const { body } = await api.client.rest('GET', `/api/v1/maintenance-runs/${id}`);
      return ['SUCCEEDED', 'FAILED', 'PAUSED'].includes(body.state) ? body : null;
    }, 120_000);
    expect(run).toMatchObject({ state: 'SUCCEEDED', progress: { done: NODES } });
    const report = JSON.stringify({ total: total(), ...asked() });
    const evicted = cluster.api.requests.count('create', 'pods', 'eviction');
    console.info(`12.24 a run over ${NODES} nodes with ${evicted} evictions: ${report}`);
    // Two operations a node (drain, uncordon), each with its lock, its node and its Events.
    expect(total() - evicted, report).toBeLessThanOrEqual(30 * NODES);
    // One list of each kind opens the run's watches; the drains list pods of their node, for the plan and to watch.
    expect(listed('pods'), report).toBeLessThanOrEqual(4 * NODES + 4);
    expect(asked()['get replicasets'] ?? 0, report).toBe(0);
    expect(asked()['get statefulsets'] ?? 0, report).toBe(0);
    expect(listed('replicasets'), report).toBeLessThanOrEqual(1);
    expect(listed('statefulsets'), report).toBeLessThanOrEqual(1);
  });

  it('asks a fixed number of things per drain besides its evictions', async () => {
    const id = await post('/api/v1/clusters/demo/nodes/pool-1/drain', { reason: 'kernel update' });
    expect(await worker.ended(id, 60_000)).toMatchObject({ state: 'SUCCEEDED' });
    const evicted = cluster.api.requests.count('create', 'pods', 'eviction');
    const report = JSON.stringify({ total: total(), ...asked() });
    console.info(`12.24 a drain with ${evicted} evictions: ${report}`);
    expect(evicted, report).toBeGreaterThan(0);
    expect(total() - evicted, report).toBeLessThanOrEqual(20);
  });

  it('asks nothing but watches when nothing is to be done', async () => {
    await eventually(() => cluster.store.list('Pod').filter(isReady).length === WORKLOADS * REPLICAS, 60_000);
    cluster.api.requests.reset();
    // What would be asked for every few seconds shows up within so long.
    await sleep(8_000);
    const others = Object.entries(asked()).filter(([what]) => !what.startsWith('watch ') && what !== 'get path');
    expect(others).toEqual([]);
    // The version, which is asked for now and then to know that the cluster is there.
    expect(asked()['get path'] ?? 0).toBeLessThanOrEqual(1);
  });
});
