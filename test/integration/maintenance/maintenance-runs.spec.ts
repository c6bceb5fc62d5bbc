import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deployment,
  pod,
  podDisruptionBudget,
  replicaSet,
} from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import { node } from '../../../packages/simulated-cluster/src/profiles/node-manifest.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { MaintenanceRunRepository } from '../../../src/features/maintenance/maintenance-run-repository.port.js';
import { StartMaintenanceRun } from '../../../src/features/maintenance/start-maintenance-run.service.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { openIntents } from '../../support/open-intents.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { behaviour, eventually, isReady } from '../../support/workloads.js';

const QUICK = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.1, 'termination-seconds': 0.1 });
const ZONES = ['a', 'b', 'c'];

describe('maintenance runs', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;
  let most = 0;
  let stop: () => void;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty' });
    for (let index = 0; index < 6; index++) {
      const name = `pool-${index}`;
      cluster.store.create('Node', node({ name, index, zone: ZONES[index % 3], pool: 'batch' }));
    }
    const app = deployment({ name: 'app', replicas: 12, annotations: QUICK });
    cluster.store.create('Deployment', app as never);
    const budget = podDisruptionBudget('app', 'default', { app: 'app' }, { maxUnavailable: '40%' });
    cluster.store.create('PodDisruptionBudget', budget as never);
    await eventually(() => cluster.store.list('Pod').filter(isReady).length === 12);
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
  });
  beforeEach(() => {
    most = 0;
    stop = cluster.store.subscribe('Node', () => {
      most = Math.max(most, cordoned().length);
    });
  });
  afterEach(() => stop());
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  const cordoned = () =>
    cluster.store
      .list('Node')
      .filter((each) => each.spec?.unschedulable)
      .map((each) => each.metadata.name);
  const start = async (request: object) => {
    const body = { reason: 'kernel update', action: 'DRAIN', nodeSelector: 'pool=batch', ...request };
    const answer = await api.client.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    expect(answer.headers.get('location')).toBe(`/api/v1/maintenance-runs/${answer.body.id}`);
    return answer.body.id as string;
  };
  const read = async (id: string) => (await api.client.rest('GET', `/api/v1/maintenance-runs/${id}`)).body;
  const inState = (id: string, state: string) =>
    eventually(async () => {
      const run = await read(id);
      return run.state === state ? run : null;
    }, 40_000);

  it('drains node by node within maxUnavailable, and gives each back', async () => {
    const id = await start({ maxUnavailable: '2' });
    const seen: { type: string; data: { phase?: string; node?: string; state?: string } }[] = [];
    for await (const { data } of api.client.sse(`/api/v1/maintenance-runs/${id}/events`)) seen.push(JSON.parse(data));
    expect(seen.at(-1)).toMatchObject({ type: 'STATE', data: { state: 'SUCCEEDED' } });
    const run = await read(id);
    expect(run).toMatchObject({ state: 'SUCCEEDED', error: null, progress: { total: 6, done: 6, percent: 100 } });
    expect(most).toBe(2);
    expect(cordoned()).toEqual([]);
    const order = seen.filter(({ data }) => data.phase === 'OPERATING').map(({ data }) => data.node);
    const zoneOf = (name: string | undefined) => Number(name?.split('-')[1]) % 3;
    expect([...new Set(order)].map(zoneOf)).toEqual([0, 0, 1, 1, 2, 2]);
    const operations = await api.client.rest('GET', `/api/v1/operations?maintenanceRunId=${id}`);
    expect(operations.body.items).toHaveLength(12);
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('waits at the gate after the canary and goes on when a person says so', async () => {
    const id = await start({
      action: 'DRAIN_AND_HOLD',
      nodes: ['pool-0', 'pool-1'],
      nodeSelector: undefined,
      canary: { count: 1 },
    });
    const held = await eventually(async () => {
      const run = await read(id);
      return run.nodes.find((each: { phase: string }) => each.phase === 'HOLDING');
    });
    expect(held).toMatchObject({ name: 'pool-0', canary: true, ownCordon: true });
    await api.client.rest('POST', `/api/v1/maintenance-runs/${id}/release`, { body: { node: 'pool-0' } });
    const paused = await inState(id, 'PAUSED');
    expect(paused.pause.reason).toBe('CANARY_GATE');
    expect(cordoned()).toEqual([]);
    const { data } = await api.client.graphql(
      `mutation ($id: ID!) { resumeMaintenanceRun(input: { id: $id }) { maintenanceRun { state } userErrors { code } } }`,
      { id },
    );
    expect(data.resumeMaintenanceRun).toMatchObject({ maintenanceRun: { state: 'RUNNING' }, userErrors: [] });
    await eventually(async () => {
      const run = await read(id);
      return run.nodes.some(
        (each: { name: string; phase: string }) => each.name === 'pool-1' && each.phase === 'HOLDING',
      );
    });
    // Whoever works on a held node may simply uncordon it.
    await api.client.rest('POST', '/api/v1/clusters/demo/nodes/pool-1/uncordon?wait=20', { body: { reason: 'done' } });
    expect((await inState(id, 'SUCCEEDED')).progress.done).toBe(2);
  });

  it('takes its own cordons back on cancel, and no others', async () => {
    await api.client.rest('POST', '/api/v1/clusters/demo/nodes/pool-5/cordon?wait=20', { body: { reason: 'mine' } });
    const id = await start({ action: 'DRAIN_AND_HOLD', maxUnavailable: '3', zoneByZone: false });
    await eventually(async () => {
      const run = await read(id);
      return run.nodes.filter((each: { phase: string }) => each.phase === 'HOLDING').length >= 2;
    });
    await api.client.rest('POST', `/api/v1/maintenance-runs/${id}/cancel`, { body: { reason: 'enough' } });
    await inState(id, 'CANCELLED');
    expect(cordoned()).toEqual(['pool-5']);
    expect(await openIntents(worker.query)).toEqual([]);
    await api.client.rest('POST', '/api/v1/clusters/demo/nodes/pool-5/uncordon?wait=20', { body: { reason: 'mine' } });
  });

  it('begins no node while it is paused', async () => {
    const id = await start({ action: 'CORDON', maxUnavailable: '1', nodes: ['pool-0'], nodeSelector: undefined });
    await inState(id, 'SUCCEEDED');
    const next = await start({ action: 'UNCORDON', nodes: ['pool-0'], nodeSelector: undefined });
    await inState(next, 'SUCCEEDED');
    expect(cordoned()).toEqual([]);
    const again = await api.client.rest('POST', `/api/v1/maintenance-runs/${next}/pause`, { body: {} });
    expect(again).toMatchObject({ status: 409, body: { code: 'OPERATION_FINISHED' } });
  });

  it('stops on the first failure', async () => {
    cluster.store.create('Pod', {
      metadata: { name: 'bare', namespace: 'default', labels: {} },
      spec: { nodeName: 'pool-0', containers: [{ name: 'app', image: 'app:1' }] },
    } as never);
    const id = await start({ maxUnavailable: '1', drainOptions: { onFailure: 'RESTORE' } });
    const run = await inState(id, 'FAILED');
    expect(run.error.message).toContain('default/bare');
    expect(run.progress).toMatchObject({ failed: 1, done: 0 });
    expect(cordoned()).toEqual([]);
    cluster.store.delete('Pod', 'default', 'bare', { gracePeriodSeconds: 0 });
  });

  /** Two replicas of which one isn't Ready for an hour already; the other is on the node of the run. */
  const limping = (name: string, template: Record<string, string>) => {
    const set = cluster.store.create('ReplicaSet', replicaSet({ name, replicas: 2, annotations: template }) as never);
    const { apiVersion, kind, metadata } = set;
    const ownerReferences = [{ apiVersion, kind, name, uid: metadata.uid, controller: true }];
    const longAgo = new Date(Date.now() - 3_600_000).toISOString();
    for (const [index, nodeName] of ['pool-0', 'pool-5'].entries()) {
      const annotations = index === 0 ? behaviour({ 'never-ready': 'true' }) : QUICK;
      const made = pod({ name: `${name}-${index}`, labels: { app: name }, nodeName, annotations });
      const conditions = [{ type: 'Ready', status: index === 0 ? 'False' : 'True', lastTransitionTime: longAgo }];
      cluster.store.create('Pod', {
        ...made,
        metadata: { ...made.metadata, ownerReferences },
        status: { phase: 'Running', startTime: longAgo, conditions },
      } as never);
    }
    return () => {
      cluster.store.finalizeDelete('ReplicaSet', 'default', name);
      const left = cluster.store.list('Pod').filter((each) => each.metadata.labels?.app === name);
      for (const each of left) cluster.store.finalizeDelete('Pod', 'default', each.metadata.name);
    };
  };
  const ONE_NODE = { nodes: ['pool-5'], nodeSelector: undefined, healthGate: { timeoutSeconds: 3, stableSeconds: 0 } };

  it('asks no more of a workload at the health gate than that it is as it was', async () => {
    const remove = limping('limping', QUICK);
    const run = await inState(
      await start({ ...ONE_NODE, healthGate: { timeoutSeconds: 60, stableSeconds: 0 } }),
      'SUCCEEDED',
    ).finally(remove);
    expect(run.nodes).toMatchObject([{ name: 'pool-5', phase: 'DONE' }]);
  });

  it('keeps the health gate shut for a replacement that is not Ready', async () => {
    const remove = limping('worse', behaviour({ 'never-ready': 'true' }));
    const run = await inState(await start(ONE_NODE), 'FAILED').finally(remove);
    expect(run.nodes[0]).toMatchObject({ phase: 'FAILED', error: { code: 'HEALTH_GATE' } });
    expect(run.nodes[0].error.message).toContain('default/worse');
  });

  it('leaves the only slot of a worker to its operations', async () => {
    const narrow = await startTestWorker(cluster.kubeconfigPath, { WORKER_CONCURRENCY: '1' });
    const runs = narrow.app.get(StartMaintenanceRun, { strict: false });
    const stored = narrow.app.get(MaintenanceRunRepository, { strict: false });
    try {
      for (const action of ['CORDON', 'UNCORDON'] as const) {
        const spec = { action, nodes: ['pool-0', 'pool-1'] };
        const { id } = await runs.start(callerWith(), { cluster: 'demo', reason: 'one slot', spec });
        await eventually(async () => (await stored.find(id))?.run.state === 'SUCCEEDED');
      }
    } finally {
      await narrow.close();
    }
    expect(cordoned()).toEqual([]);
  });

  it('is refused to who may not act on the nodes', async () => {
    const body = { reason: 'kernel update', action: 'DRAIN', nodes: ['pool-0'] };
    const path = '/api/v1/clusters/demo/maintenance-runs';
    const viewer = await api.client.as(api.tokens.viewer).rest('POST', path, { body });
    expect(viewer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const unknown = await api.client.rest('POST', path, { body: { ...body, nodes: ['nowhere'] } });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'NODE_NOT_FOUND' } });
    const both = await api.client.rest('POST', path, { body: { ...body, nodeSelector: 'pool=batch' } });
    expect(both).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    const none = await api.client.rest('POST', path, {
      body: { ...body, nodes: undefined, nodeSelector: 'pool=none' },
    });
    expect(none).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});
