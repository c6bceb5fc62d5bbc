import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { deployment, podDisruptionBudget } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import { node } from '../../../packages/simulated-cluster/src/profiles/node-manifest.js';
import { SeededRandom } from '../../../packages/simulated-cluster/src/store/seeded-random.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { startApiApp } from '../../support/api-app.js';
import { testDatabase } from '../../support/postgres.js';
import { BootedProcess } from '../../support/processes.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { behaviour, eventually, isReady } from '../../support/workloads.js';

const NODES = 12;
const KILLS = 10;
const MAX_UNAVAILABLE = 3;
const SLOWISH = behaviour({ 'start-seconds': 0.2, 'readiness-seconds': 0.5, 'termination-seconds': 1 });

it('does every node once, never too many at a time, however often its worker is killed', async () => {
  const cluster = await startTestCluster({ profile: 'empty' });
  for (let index = 0; index < NODES; index++) {
    cluster.store.create(
      'Node',
      node({ name: `pool-${index}`, index, zone: 'abc'[index % 3] as string, pool: 'batch' }),
    );
  }
  cluster.store.create('Deployment', deployment({ name: 'app', replicas: 24, annotations: SLOWISH }) as never);
  const budget = podDisruptionBudget('app', 'default', { app: 'app' }, { maxUnavailable: '50%' });
  cluster.store.create('PodDisruptionBudget', budget as never);
  await eventually(() => cluster.store.list('Pod').filter(isReady).length === 24);
  const { url } = await testDatabase();
  await runMigrations(url);
  const env = { DATABASE_URL: url, KUBECONFIG: cluster.kubeconfigPath };
  const api = await startApiApp(cluster.kubeconfigPath, env);
  const isCordoned = (name: string) => cluster.store.get('Node', undefined, name)?.spec?.unschedulable === true;
  const cordons = new Map<string, number>();
  const known = new Set<string>();
  let most = 0;
  const stop = cluster.store.subscribe('Node', () => {
    for (let index = 0; index < NODES; index++) {
      const name = `pool-${index}`;
      if (!isCordoned(name)) known.delete(name);
      else if (!known.has(name)) {
        known.add(name);
        cordons.set(name, (cordons.get(name) ?? 0) + 1);
      }
    }
    most = Math.max(most, known.size);
  });
  const boot = () => BootedProcess.boot({ role: 'worker', env, until: /worker takes jobs/ });
  let worker = await boot();
  try {
    const body = {
      reason: 'crash test',
      action: 'DRAIN',
      nodeSelector: 'pool=batch',
      maxUnavailable: String(MAX_UNAVAILABLE),
    };
    const started = await api.client.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    const read = async () => (await api.client.rest('GET', `/api/v1/maintenance-runs/${started.body.id}`)).body;
    const random = new SeededRandom(7);
    for (let kill = 0; kill < KILLS; kill++) {
      // Some kills meet work under way, some the time before the next worker takes over.
      await sleep(1_000 + random.next() * 6_000);
      await worker.kill();
      worker = await boot();
    }
    const run = await eventually(async () => {
      const current = await read();
      return current.finishedAt ? current : null;
    }, 120_000);
    expect(run).toMatchObject({ state: 'SUCCEEDED', progress: { total: NODES, done: NODES, failed: 0, skipped: 0 } });
    expect(most).toBeLessThanOrEqual(MAX_UNAVAILABLE);
    expect([...cordons.values()]).toEqual(Array.from({ length: NODES }, () => 1));
    expect([...cluster.api.requests.evictionsByUid.values()].filter((times) => times > 1)).toEqual([]);
    const { body: dangling } = await api.client.rest('GET', '/api/v1/audit-events?dangling=true');
    expect(dangling.items).toEqual([]);
  } finally {
    stop();
    await worker.kill();
    await api.close();
    await cluster.close();
  }
}, 300_000);
