import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pod, replicaSet } from '../../../packages/simulated-cluster/src/profiles/manifests.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { OperationRecord } from '../../../src/features/operations/engine/operation-record.js';
import { openIntents } from '../../support/open-intents.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { addNodes, behaviour, eventually, isReady, podsOn, setUnschedulable } from '../../support/workloads.js';

const QUICK = behaviour({ 'start-seconds': 0.05, 'readiness-seconds': 0.05, 'termination-seconds': 0.05 });
/** More than any of these operations needs: the last runs of a scenario are those in which nothing was cut off. */
const MOST_COMMITS = 40;

/**
 * Kill -9 between any two commits, without the processes: in the transaction of its nth commit the operation is taken from
 * its holder, whose next step finds so. Whoever goes on must come to the end that an undisturbed operation comes to.
 */
describe('10.1 an operation that is taken over after each of its commits', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let database: pg.Client;
  let count = 0;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    worker = await startTestWorker(cluster.kubeconfigPath);
    database = new pg.Client({ connectionString: worker.databaseUrl });
    await database.connect();
    // A sequence counts, whatever becomes of the transaction.
    await database.query(`
      CREATE SEQUENCE commits;
      CREATE TABLE cut_off (after integer);
      CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          -- A heartbeat is no commit.
          IF (NEW.epoch, NEW.claimed_by, NEW.last_seq, NEW.plan_hash, NEW.warnings::text, NEW.result::text) IS NOT DISTINCT FROM
             (OLD.epoch, OLD.claimed_by, OLD.last_seq, OLD.plan_hash, OLD.warnings::text, OLD.result::text) THEN RETURN NEW;
          END IF;
          IF nextval('commits') = (SELECT after FROM cut_off) THEN
            NEW.epoch := NEW.epoch + 1;
            NEW.claimed_by := NULL;
            NEW.heartbeat_at := '2000-01-01';
          END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER cut_off BEFORE UPDATE ON operations FOR EACH ROW EXECUTE FUNCTION cut_off()`);
  });
  afterAll(async () => {
    await database?.end();
    await worker?.close();
    await cluster?.close();
  });

  const cutOffAfter = (commits: number) =>
    database.query(`SELECT setval('commits', 1, false); TRUNCATE cut_off; INSERT INTO cut_off VALUES (${commits})`);
  const commitsMade = async () => Number((await database.query('SELECT last_value FROM commits')).rows[0].last_value);

  async function nodeWith(pods: { managed: number; alone: number }): Promise<string> {
    count += 1;
    const node = `target-${count}`;
    addNodes(cluster, node);
    const spec = { nodeSelector: { 'kubernetes.io/hostname': node } };
    if (pods.managed > 0) {
      const set = replicaSet({ name: `app-${count}`, replicas: pods.managed, annotations: QUICK, spec });
      cluster.store.create('ReplicaSet', set as never);
    }
    for (let index = 0; index < pods.alone; index++) {
      cluster.store.create(
        'Pod',
        pod({ name: `alone-${count}-${index}`, nodeName: node, annotations: QUICK }) as never,
      );
    }
    await eventually(() => podsOn(cluster, node).filter(isReady).length === pods.managed + pods.alone);
    return node;
  }

  const request = (node: string, options: object = {}) => ({ cluster: 'demo', node, reason: 'a test', options });
  const nodes = () => worker.nodes;

  /** How each begins, and what is true at its end. */
  const scenarios: Record<
    string,
    { pods: { managed: number; alone: number }; start: (node: string) => Promise<{ id: string }>; end: object }
  > = {
    'a drain': {
      pods: { managed: 3, alone: 0 },
      start: (node) => nodes().drain(callerWith(), request(node)),
      end: { state: 'SUCCEEDED', code: null, total: 3, unschedulable: true, left: 0 },
    },
    'a drain that is refused': {
      pods: { managed: 2, alone: 1 },
      start: (node) => nodes().drain(callerWith(), request(node)),
      end: { state: 'FAILED', code: 'DRAIN_REFUSED', total: 0, unschedulable: false, left: 3 },
    },
    'a cordon': {
      pods: { managed: 0, alone: 0 },
      start: (node) => nodes().cordon(callerWith(), request(node)),
      end: { state: 'SUCCEEDED', code: null, total: 0, unschedulable: true, left: 0 },
    },
    'an uncordon': {
      pods: { managed: 0, alone: 0 },
      start: async (node) => {
        setUnschedulable(cluster, node, true);
        return nodes().uncordon(callerWith(), request(node));
      },
      end: { state: 'SUCCEEDED', code: null, total: 0, unschedulable: false, left: 0 },
    },
  };

  /** @param before uids of the pods that were there at the start: a replica set that may run here only makes new ones, which wait */
  const endOf = (
    { state, failure, progress }: OperationRecord,
    node: string,
    before: ReadonlySet<string | undefined>,
  ) => ({
    state,
    code: failure?.code ?? null,
    total: progress.total,
    unschedulable: cluster.store.require('Node', undefined, node).spec.unschedulable ?? false,
    left: podsOn(cluster, node).filter(({ metadata }) => before.has(metadata.uid)).length,
  });

  it.each(Object.keys(scenarios))('%s ends as it does undisturbed', async (name) => {
    const scenario = scenarios[name] as (typeof scenarios)[string];
    let takenOver = 0;
    for (let after = 1; after <= MOST_COMMITS; after++) {
      const node = await nodeWith(scenario.pods);
      const before = new Set(podsOn(cluster, node).map(({ metadata }) => metadata.uid));
      await cutOffAfter(after);
      const { id } = await scenario.start(node);
      const ended = await worker.ended(id);
      const commits = await commitsMade();
      expect({ after, ...endOf(ended, node, before) }).toEqual({ after, ...scenario.end });
      expect({ after, open: await openIntents(worker.query, id) }).toEqual({ after, open: [] });
      for (const one of [...before]) {
        const times = cluster.api.requests.evictions.filter(({ uid }) => uid === one).length;
        expect({ after, evicted: times > 0 }).toEqual({ after, evicted: name === 'a drain' });
      }
      if (ended.epoch > 1) takenOver += 1;
      if (commits < after) break;
    }
    expect(takenOver).toBeGreaterThan(1);
  });
});
