import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  pod,
  podDisruptionBudget,
  replicaSet,
  statefulSet,
} from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { DrainOptionsInput } from '../../../src/features/operations/drain/drain-options.js';
import { CancelOperation } from '../../../src/features/operations/engine/cancel-operation.service.js';
import { openIntents } from '../../support/open-intents.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const QUICK = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.1, 'termination-seconds': 0.1 });
let count = 0;

describe('drains that meet obstacles', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let target: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty' });
    worker = await startTestWorker(cluster.kubeconfigPath);
    addNodes(cluster, 'spare');
  });
  beforeEach(() => {
    count += 1;
    target = `target-${count}`;
    addNodes(cluster, target);
  });
  // The next test's pods must not come here.
  afterEach(() => setUnschedulable(cluster, target, true));
  afterAll(async () => {
    await worker?.close();
    await cluster?.close();
  });

  const drain = (options: DrainOptionsInput = {}) =>
    worker.nodes.drain(callerWith(), { cluster: 'demo', node: target, reason: 'a test', options });
  const node = () => cluster.store.get('Node', undefined, target);
  const create = (...objects: { kind: string }[]) => {
    for (const object of objects) cluster.store.create(object.kind, object as never);
  };
  /** Places the pods of a controller on the target: the spare node is closed meanwhile. */
  const settled = async (app: string, replicas: number) => {
    await eventually(
      () =>
        podsOn(cluster, target).filter((each) => each.metadata.labels?.app === app && isReady(each)).length ===
        replicas,
    );
    setUnschedulable(cluster, 'spare', false);
  };
  const podOf = async (id: string, name: RegExp) => (await worker.pods(id)).find((each) => name.test(each.name));

  const neverOpens = async () => {
    const name = `alone-${count}`;
    setUnschedulable(cluster, 'spare', true);
    create(
      replicaSet({ name, annotations: QUICK }),
      replicaSet({ name: `free-${count}`, annotations: QUICK }),
      podDisruptionBudget(name, 'default', { app: name }, { minAvailable: 1 }),
    );
    await settled(name, 1);
    return name;
  };

  it('shows a pod that its budget never lets go, and cancel takes back the own cordon only', async () => {
    const name = await neverOpens();
    const started = await drain();
    const blocked = await eventually(async () => {
      const found = await podOf(started.id, new RegExp(`^${name}`));
      return found?.status.state === 'BLOCKED' ? found : null;
    });
    expect(blocked.status).toMatchObject({ reason: 'DISRUPTION_BUDGET', budget: `default/${name}` });
    const diagnosed = await eventually(async () => {
      const operation = await worker.operations.find(started.id);
      return operation && operation.diagnosis.length > 0 ? operation : null;
    });
    expect(diagnosed.diagnosis.join()).toContain(`PDB default/${name}`);
    await eventually(() => cluster.store.list('Event').some((event) => event.reason === 'DrainBlocked'));
    expect(node()?.spec.unschedulable).toBe(true);
    await worker.app.get(CancelOperation, { strict: false }).cancel(callerWith(), { id: started.id });
    const ended = await worker.ended(started.id);
    expect(ended).toMatchObject({ state: 'CANCELLED', cancel: { by: 'Test admin', restore: true } });
    expect(node()?.spec.unschedulable).toBeFalsy();
    expect(await openIntents(worker.query, started.id)).toEqual([]);
    expect(podsOn(cluster, target).some((each) => each.metadata.name.startsWith(name))).toBe(true);
  });

  it('leaves a cordon that was there before', async () => {
    await neverOpens();
    setUnschedulable(cluster, target, true);
    const started = await drain();
    await eventually(async () => (await podOf(started.id, /^alone/))?.status.state === 'BLOCKED');
    await worker.app.get(CancelOperation, { strict: false }).cancel(callerWith(), { id: started.id });
    const ended = await worker.ended(started.id);
    expect(ended).toMatchObject({ state: 'CANCELLED', cordonedByUs: false, priorUnschedulable: true });
    expect(node()?.spec.unschedulable).toBe(true);
  });

  it('times out at the wall-clock deadline', async () => {
    await neverOpens();
    const started = await drain({ timeoutSeconds: 5, onFailure: 'RESTORE' });
    const ended = await worker.ended(started.id);
    expect(ended.state).toBe('TIMED_OUT');
    const late = (ended.finishedAt?.getTime() ?? 0) - (started.deadlineAt?.getTime() ?? 0);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(node()?.spec.unschedulable).toBeFalsy();
    expect(await openIntents(worker.query, started.id)).toEqual([]);
  });

  it('deletes after the deadline that the caller was permitted to set', async () => {
    const name = await neverOpens();
    const started = await drain({ escalateAfterSeconds: 1 });
    const ended = await worker.ended(started.id);
    expect(ended.state).toBe('SUCCEEDED');
    expect((await podOf(started.id, new RegExp(`^${name}`)))?.status).toMatchObject({
      method: 'DELETE',
      state: 'GONE',
    });
    expect(await openIntents(worker.query, started.id)).toEqual([]);
    const actions = await worker.query<{ action: string }>(
      `SELECT action FROM audit_events WHERE kind = 'INTENT' AND correlation_id = $1 AND action LIKE 'pod.%'`,
      [started.id],
    );
    expect(actions.map((each) => each.action).sort()).toEqual(['pod.delete', 'pod.evict', 'pod.evict']);
  });

  it('sends the next eviction when the budget opens, never below it', async () => {
    const name = `one-at-a-time-${count}`;
    setUnschedulable(cluster, 'spare', true);
    create(
      replicaSet({ name, replicas: 6, annotations: QUICK }),
      podDisruptionBudget(name, 'default', { app: name }, { maxUnavailable: 1 }),
    );
    await settled(name, 6);
    let lowest = 6;
    const stop = cluster.store.subscribe('Pod', () => {
      const ready = cluster.store
        .list('Pod')
        .filter((each) => each.metadata.labels?.app === name && isReady(each) && !each.metadata.deletionTimestamp);
      lowest = Math.min(lowest, ready.length);
    });
    const started = await drain();
    const ended = await worker.ended(started.id);
    stop();
    expect(ended.state).toBe('SUCCEEDED');
    expect(lowest).toBeGreaterThanOrEqual(5);
    expect(podsOn(cluster, target)).toEqual([]);
    const pods = await worker.pods(started.id);
    // One denial at most for each: budgets are watched, not tried.
    expect(pods.reduce((sum, each) => sum + each.status.attempts, 0)).toBeLessThanOrEqual(12);
  });

  it('refuses the whole node when one pod can not be handled', async () => {
    setUnschedulable(cluster, 'spare', true);
    create(
      replicaSet({ name: `fine-${count}`, annotations: QUICK }),
      pod({ name: `bare-${count}`, nodeName: target, annotations: QUICK }),
    );
    await settled(`fine-${count}`, 1);
    const started = await drain({ onFailure: 'RESTORE' });
    const ended = await worker.ended(started.id);
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'DRAIN_REFUSED' } });
    expect(ended.failure?.message).toContain(`default/bare-${count}: cannot delete Pods that declare no controller`);
    expect(podsOn(cluster, target)).toHaveLength(2);
    expect(node()?.spec.unschedulable).toBeFalsy();
    expect(await openIntents(worker.query, started.id)).toEqual([]);
  });

  it('fails for two budgets on one pod and still removes the others', async () => {
    const name = `double-${count}`;
    setUnschedulable(cluster, 'spare', true);
    create(
      replicaSet({ name, replicas: 2, annotations: QUICK }),
      replicaSet({ name: `other-${count}`, annotations: QUICK }),
      podDisruptionBudget(`${name}-a`, 'default', { app: name }, { maxUnavailable: 1 }),
      podDisruptionBudget(`${name}-b`, 'default', { app: name }, { maxUnavailable: 1 }),
    );
    await settled(name, 2);
    const started = await drain();
    const ended = await worker.ended(started.id);
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'PODS_FAILED' } });
    expect((await podOf(started.id, /^double/))?.status).toMatchObject({ state: 'FAILED', reason: 'MULTIPLE_BUDGETS' });
    expect((await podOf(started.id, /^other/))?.status.state).toBe('GONE');
    expect(node()?.spec.unschedulable).toBe(true);
    expect(await openIntents(worker.query, started.id)).toEqual([]);
  });

  it('leaves the replacement of a stateful set alone', async () => {
    const name = `db-${count}`;
    setUnschedulable(cluster, 'spare', true);
    create(statefulSet({ name, replicas: 2, annotations: QUICK }));
    await settled(name, 2);
    const started = await drain();
    expect((await worker.ended(started.id)).state).toBe('SUCCEEDED');
    await eventually(() => podsOn(cluster, 'spare').filter((each) => each.metadata.name.startsWith(name)).length === 2);
    expect(podsOn(cluster, target)).toEqual([]);
  });

  it('says why a terminating pod does not go', async () => {
    const name = `held-${count}`;
    create(
      pod({
        name,
        nodeName: target,
        annotations: QUICK,
        finalizers: ['example.com/hold'],
        spec: { terminationGracePeriodSeconds: 1 },
      }),
    );
    await eventually(() => podsOn(cluster, target).some(isReady));
    const started = await drain({ force: true, timeoutSeconds: 15 });
    await eventually(async () =>
      (await worker.operations.find(started.id))?.diagnosis.join().includes('finalizers example.com/hold'),
    );
    expect((await worker.ended(started.id)).state).toBe('TIMED_OUT');
    expect((await podOf(started.id, /^held/))?.status.state).toBe('TERMINATING');
  });
});
