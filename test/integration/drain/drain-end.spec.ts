import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pod, podDisruptionBudget, replicaSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { CancelOperation } from '../../../src/features/operations/engine/cancel-operation.service.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const QUICK = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.1, 'termination-seconds': 0.05 });
let count = 0;

describe('10.1 the audit of a drain', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let database: pg.Client;
  let target: string;
  let app: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    worker = await startTestWorker(cluster.kubeconfigPath);
    database = new pg.Client({ connectionString: worker.databaseUrl });
    await database.connect();
  });
  beforeEach(async () => {
    count += 1;
    target = `target-${count}`;
    app = `app-${count}`;
    addNodes(cluster, target);
    cluster.store.create('ReplicaSet', replicaSet({ name: app, replicas: 3, annotations: QUICK }) as never);
    cluster.store.create('PodDisruptionBudget', budget(3) as never);
    await eventually(() => podsOn(cluster, target).filter(isReady).length === 3, 30_000);
    setUnschedulable(cluster, target, false);
  });
  afterEach(async () => {
    await database.query('ROLLBACK');
    cluster.store.delete('ReplicaSet', 'default', app);
    cluster.store.delete('PodDisruptionBudget', 'default', app);
    for (const { metadata } of podsOn(cluster, target)) {
      cluster.store.delete('Pod', metadata.namespace, metadata.name, { gracePeriodSeconds: 0 });
    }
    cluster.store.delete('Node', undefined, target);
  });
  afterAll(async () => {
    await database?.end();
    await worker?.close();
    await cluster?.close();
  });

  const budget = (minAvailable: number) => podDisruptionBudget(app, 'default', { app }, { minAvailable });
  const openBudget = () => {
    const known = cluster.store.require('PodDisruptionBudget', 'default', app);
    cluster.store.update('PodDisruptionBudget', { ...known, spec: { ...known.spec, minAvailable: 0 } });
  };
  const drain = (options: object) =>
    worker.nodes.drain(callerWith(), { cluster: 'demo', node: target, reason: 'a test', options });
  const cancel = (id: string) => worker.app.get(CancelOperation, { strict: false }).cancel(callerWith(), { id });
  const blocked = (id: string) =>
    eventually(
      async () => (await worker.pods(id)).filter(({ status }) => status.state === 'BLOCKED').length === 3,
      30_000,
    );

  /** Of each removal: action, uid of the pod, and all outcomes with their codes. */
  const removals = (id: string) =>
    worker.query<{ action: string; uid: string; outcomes: string[] }>(
      `SELECT i.action, i.resource_uid AS uid, ARRAY(SELECT concat_ws(' ', o.outcome, o.error->>'code')
         FROM audit_events o WHERE o.intent_id = i.id AND o.kind = 'OUTCOME') AS outcomes
       FROM audit_events i WHERE i.correlation_id = $1 AND i.kind = 'INTENT' AND i.action IN ('pod.evict', 'pod.delete')`,
      [id],
    );
  const outcomesOf = async (id: string) => (await removals(id)).map(({ outcomes }) => outcomes.join());

  /** The database refuses what ends an operation. A sequence counts, since what is refused leaves nothing else. */
  async function refuseEnds(): Promise<{ refused: () => Promise<boolean>; allow: () => Promise<unknown> }> {
    await database.query(`
      CREATE SEQUENCE refusals;
      CREATE FUNCTION refuse_end() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('refusals'); RAISE EXCEPTION 'no end today'; END $$;
      CREATE TRIGGER refuse_end BEFORE UPDATE ON operations FOR EACH ROW
        WHEN (coalesce(NEW.ending, 'null') <> 'null' OR NEW.state IN ('CANCELLED', 'FAILED', 'TIMED_OUT', 'SUCCEEDED'))
        EXECUTE FUNCTION refuse_end()`);
    return {
      refused: async () => (await database.query('SELECT is_called FROM refusals')).rows[0].is_called,
      allow: () => database.query('DROP FUNCTION refuse_end CASCADE; DROP SEQUENCE refusals'),
    };
  }

  describe('that ends', () => {
    it.each([
      ['CANCELLED', {}, 'CANCELLED NOT_REMOVED'],
      ['TIMED_OUT', { timeoutSeconds: 4 }, 'TIMED_OUT NOT_REMOVED'],
    ])('as %s says of no pod what became of it before the end itself is stored', async (state, options, outcome) => {
      const { id } = await drain(options);
      await blocked(id);
      const { refused, allow } = await refuseEnds();
      try {
        if (state === 'CANCELLED') await cancel(id);
        await eventually(refused, 30_000);
        expect(await outcomesOf(id)).toEqual(['', '', '']);
      } finally {
        await allow();
      }
      expect((await worker.ended(id, 60_000)).state).toBe(state);
      expect(await outcomesOf(id)).toEqual([outcome, outcome, outcome]);
    });
  });

  it('is refused by whoever takes it over between its plan and its end', async () => {
    const alone = pod({ name: `alone-${count}`, nodeName: target, annotations: QUICK });
    cluster.store.create('Pod', alone as never);
    await eventually(() => podsOn(cluster, target).filter(isReady).length === 4, 30_000);
    const { refused, allow } = await refuseEnds();
    const { id } = await drain({});
    try {
      await eventually(refused, 30_000);
      expect(await worker.pods(id)).toHaveLength(4);
    } finally {
      await allow();
    }
    const ended = await worker.ended(id);
    expect(ended.epoch).toBeGreaterThan(1);
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'DRAIN_REFUSED' } });
    expect(cluster.store.require('Node', undefined, target).spec.unschedulable ?? false).toBe(false);
    expect(cluster.api.requests.evictions.filter(({ name }) => name === alone.metadata.name)).toEqual([]);
    expect(podsOn(cluster, target)).toHaveLength(4);
  });

  describe('that escalates while its write waits', () => {
    /** Runs `change` while nothing can be written of the operation, from just before its pods are to be deleted. */
    async function whileEscalationWaits(change: () => void): Promise<string> {
      const { id } = await drain({ escalateAfterSeconds: 2 });
      await blocked(id);
      await database.query(
        `SELECT pg_sleep(greatest(0, extract(epoch FROM started_at + interval '1.7 s' - clock_timestamp())))
         FROM operations WHERE id = $1`,
        [id],
      );
      await database.query('BEGIN');
      await database.query('SELECT id FROM operations WHERE id = $1 FOR UPDATE', [id]);
      // What writes reads the row first; heartbeats don't.
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT %'`;
      await eventually(async () => (await worker.query(waits)).length > 0, 30_000);
      change();
      // Longer than the drain needs to take it in, shorter than its lease lasts.
      await new Promise((resolve) => setTimeout(resolve, 700));
      await database.query('COMMIT');
      expect((await worker.ended(id, 60_000)).state).toBe('SUCCEEDED');
      return id;
    }

    it('10.1 says of every eviction whether it was carried out, when the budget opens meanwhile', async () => {
      const id = await whileEscalationWaits(openBudget);
      const evicted = new Set(cluster.api.requests.evictions.map(({ uid }) => uid));
      for (const { action, uid, outcomes } of await removals(id)) {
        expect(outcomes).toHaveLength(1);
        if (action === 'pod.evict') expect([uid, outcomes[0] === 'SUCCEEDED']).toEqual([uid, evicted.has(uid)]);
      }
    });

    it('10.1 leaves no intent open of pods that go meanwhile', async () => {
      const id = await whileEscalationWaits(() => {
        for (const { metadata } of podsOn(cluster, target))
          cluster.store.delete('Pod', metadata.namespace, metadata.name);
      });
      for (const { outcomes } of await removals(id)) expect(outcomes).toHaveLength(1);
    });
  });

  it('10.1 is not interrupted by a heartbeat that finds the end that was just stored', async () => {
    const { id } = await drain({});
    await blocked(id);
    await cancel(id);
    const { epoch } = await worker.ended(id);
    expect(await worker.operations.heartbeat(id, epoch)).toBe('CANCELLED');
    expect(await worker.operations.heartbeat(id, epoch - 1)).toBeNull();
  });
});
