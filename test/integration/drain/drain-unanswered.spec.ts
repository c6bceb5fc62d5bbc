import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { replicaSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { CancelOperation } from '../../../src/features/operations/engine/cancel-operation.service.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn } from '../../support/workloads.js';

const SLOW_END = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.1, 'termination-seconds': 100_000 });
const EVICTION = { verb: 'create', resource: 'pods', subresource: 'eviction' };
let count = 0;

describe('10.1 an eviction whose answer is not known', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let target: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    worker = await startTestWorker(cluster.kubeconfigPath);
  });
  beforeEach(async () => {
    count += 1;
    target = `target-${count}`;
    addNodes(cluster, target);
    cluster.store.create('ReplicaSet', replicaSet({ name: `app-${count}`, annotations: SLOW_END }) as never);
    await eventually(() => podsOn(cluster, target).filter(isReady).length === 1, 30_000);
  });
  afterEach(() => {
    cluster.faults.clear();
    cluster.store.delete('ReplicaSet', 'default', `app-${count}`);
    for (const { metadata } of podsOn(cluster, target)) {
      cluster.store.delete('Pod', metadata.namespace, metadata.name, { gracePeriodSeconds: 0 });
    }
    cluster.store.delete('Node', undefined, target);
  });
  afterAll(async () => {
    await worker?.close();
    await cluster?.close();
  });

  const drain = () =>
    worker.nodes.drain(callerWith(), { cluster: 'demo', node: target, reason: 'a test', options: {} });
  const cancel = (id: string) => worker.app.get(CancelOperation, { strict: false }).cancel(callerWith(), { id });
  const firstPod = async (id: string) => (await worker.pods(id))[0];
  const isEvicted = () => cluster.api.requests.evictions.some(({ node }) => node === target);

  /** The state of the pod, its reason, and the outcome of its removal in the audit. */
  async function recorded(id: string) {
    expect((await worker.ended(id, 60_000)).state).toBe('CANCELLED');
    const { status, intentId } = (await firstPod(id)) ?? {};
    const outcomes = await worker.query<{ outcome: string }>('SELECT outcome FROM audit_events WHERE intent_id = $1', [
      intentId,
    ]);
    return { state: status?.state, reason: status?.reason, outcomes: outcomes.map(({ outcome }) => outcome) };
  }

  it('is found by looking when it was carried out and only the answer was withheld', async () => {
    cluster.faults.set({ id: 'mute', match: EVICTION, effect: { withholdAnswer: true } });
    const { id } = await drain();
    await eventually(isEvicted, 30_000);
    await cancel(id);
    expect(await recorded(id)).toEqual({ state: 'TERMINATING', reason: null, outcomes: ['SUCCEEDED'] });
  });

  it('stays unknown when it was never carried out', async () => {
    cluster.faults.set({ id: 'mute', match: EVICTION, effect: { neverAnswer: true } });
    const { id } = await drain();
    await eventually(() => cluster.faults.struck('mute') > 0, 30_000);
    await cancel(id);
    expect(await recorded(id)).toEqual({ state: 'EVICTING', reason: 'UNANSWERED', outcomes: ['UNKNOWN'] });
    expect(isEvicted()).toBe(false);
  });

  it('stays unknown when it was carried out and nobody can look any more', async () => {
    cluster.faults.set({ id: 'blind', match: { resource: 'pods', verb: 'watch' }, effect: { neverAnswer: true } });
    cluster.faults.set({ id: 'lost', match: EVICTION, effect: { dropAfter: true }, remaining: 1 });
    const { id } = await drain();
    // Its row says EVICTING for a moment only: what lasts is that the request was carried out.
    await eventually(async () => isEvicted(), 30_000);
    // The pods were listed; from here on there is neither a look nor a second request.
    cluster.faults.set({ id: 'away', match: { resource: 'pods', verb: 'list' }, effect: { dropConnection: true } });
    cluster.faults.set({ id: 'unseen', match: { resource: 'pods', verb: 'get' }, effect: { dropConnection: true } });
    await eventually(async () => (await firstPod(id))?.status.state === 'PENDING', 30_000);
    await cancel(id);
    expect(await recorded(id)).toEqual({ state: 'EVICTING', reason: 'UNANSWERED', outcomes: ['UNKNOWN'] });
    expect(isEvicted()).toBe(true);
  });
});
