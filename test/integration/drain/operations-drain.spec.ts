import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node } from '../../../packages/simulated-cluster/src/profiles/node-manifest.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { openIntents } from '../../support/open-intents.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const KUBECTL_OPTIONS = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true };
const request = (name: string) => ({ cluster: 'demo', node: name, reason: 'kernel update' });

describe('drain', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
  });
  afterAll(async () => {
    await worker?.close();
    await cluster?.close();
  });

  const podsOn = (name: string) => cluster.store.list('Pod', {}).filter((pod) => pod.spec.nodeName === name);

  it('cordons and uncordons', async () => {
    const cordon = await worker.nodes.cordon(callerWith(), request('worker-2'));
    const cordoned = await worker.ended(cordon.id);
    expect(cordoned).toMatchObject({ state: 'SUCCEEDED', cordonedByUs: true, priorUnschedulable: false });
    expect(cluster.store.get('Node', undefined, 'worker-2')?.spec.unschedulable).toBe(true);
    const again = await worker.ended((await worker.nodes.cordon(callerWith(), request('worker-2'))).id);
    expect(again).toMatchObject({ state: 'SUCCEEDED', cordonedByUs: false, priorUnschedulable: true });
    const uncordon = await worker.ended((await worker.nodes.uncordon(callerWith(), request('worker-2'))).id);
    expect(uncordon.state).toBe('SUCCEEDED');
    const object = cluster.store.get('Node', undefined, 'worker-2');
    expect(object?.spec.unschedulable).toBeFalsy();
    expect(object?.metadata.annotations ?? {}).not.toHaveProperty('node-steward.dev/operation');
  });

  it('empties a node and leaves no audit intent open', async () => {
    const before = podsOn('worker-1');
    expect(before.length).toBeGreaterThan(3);
    const started = await worker.nodes.drain(callerWith(), { ...request('worker-1'), options: KUBECTL_OPTIONS });
    const ended = await worker.ended(started.id);
    expect(ended.failure).toBeNull();
    expect(ended.state).toBe('SUCCEEDED');
    expect(ended.warnings).toEqual([]);
    const left = podsOn('worker-1');
    for (const pod of left) expect(pod.metadata.ownerReferences?.[0]?.kind).toMatch(/DaemonSet|Node/);
    const pods = await worker.pods(started.id);
    expect(pods.length).toBe(before.length);
    expect(ended.progress).toMatchObject({ total: pods.filter((p) => p.action === 'EVICT').length, etaSeconds: 0 });
    expect(ended.progress.done).toBe(ended.progress.total);
    expect(await openIntents(worker.query)).toEqual([]);
    const events = await worker.operations.events(started.id, 0, 1000);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'STATE', data: { state: 'SUCCEEDED' } });
    const steps = ended.steps.map(({ name, state }) => `${name} ${state}`);
    expect(steps).toEqual([
      'CORDON SUCCEEDED',
      'PLAN SUCCEEDED',
      'EVICT SUCCEEDED',
      'WAIT_GONE SUCCEEDED',
      'WAIT_DETACH SKIPPED',
      'VERIFY SUCCEEDED',
    ]);
  });

  it('holds a node for one operation at a time', async () => {
    cluster.store.create('Node', node({ name: 'held' }));
    const first = await worker.nodes.cordon(callerWith(), request('held'));
    const second = worker.nodes.uncordon(callerWith(), request('held'));
    await expect(second).rejects.toMatchObject({
      code: 'OPERATION_IN_PROGRESS',
      details: { extensions: { operationId: first.id } },
    });
    await worker.ended(first.id);
  });
});
