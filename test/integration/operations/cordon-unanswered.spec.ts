import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { CancelOperation } from '../../../src/features/operations/engine/cancel-operation.service.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { TcpLink } from '../../support/tcp-link.js';
import { addNodes, eventually, setUnschedulable } from '../../support/workloads.js';

const PATCH = { verb: 'patch', resource: 'nodes' };
const GET = { verb: 'get', resource: 'nodes' };
const PATIENCE_MS = 60_000;
let count = 0;

describe('10.1 a cordon whose answer or note is lost', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let link: TcpLink;
  /** Reaches the database over the link. */
  let linked: TestWorker;
  /** The same one without it. */
  let database: pg.Pool;
  let target: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    worker = await startTestWorker(cluster.kubeconfigPath);
    const { url } = await testDatabase();
    database = new pg.Pool({ connectionString: url, max: 1 });
    link = await TcpLink.to(url);
    linked = await startTestWorker(cluster.kubeconfigPath, { DATABASE_URL: link.urlOf(url) });
  });
  beforeEach(() => {
    count += 1;
    target = `target-${count}`;
    addNodes(cluster, target);
  });
  afterEach(() => {
    cluster.faults.clear();
    cluster.store.delete('Node', undefined, target);
  });
  afterAll(async () => {
    await linked?.close();
    await link?.close();
    await database?.end();
    await worker?.close();
    await cluster?.close();
  });

  const start = (type: 'cordon' | 'drain', by = worker) =>
    by.nodes[type](callerWith(), { cluster: 'demo', node: target, reason: 'a test', options: {} });
  const cancel = (id: string, more: { restore?: boolean } = {}) =>
    worker.app.get(CancelOperation, { strict: false }).cancel(callerWith(), { id, ...more });

  /** Whether nothing can be placed on the node, and which marks of ours it has. */
  function seen() {
    const { spec, metadata } = cluster.store.require('Node', undefined, target);
    const marks = Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('node-steward.dev/'));
    return { cordoned: Boolean(spec.unschedulable), marks: marks.length };
  }
  const AS_BEFORE = { cordoned: false, marks: 0 };
  const isCordoned = () => seen().cordoned;

  async function end(id: string, by = worker) {
    const { state, failure, cordonedByUs } = await by.ended(id, PATIENCE_MS);
    return { state, failure, cordonedByUs };
  }
  const CANCELLED = { state: 'CANCELLED', failure: null, cordonedByUs: false };

  describe.each(['cordon', 'drain'] as const)('of a %s', (type) => {
    it.each([
      ['withheld', { withholdAnswer: true }],
      ['lost with its connection', { dropAfter: true }],
    ] as const)('is taken back by a cancel when its answer is %s', async (_how, effect) => {
      cluster.faults.set({ id: 'lost', match: PATCH, effect });
      const { id } = await start(type);
      await eventually(isCordoned, 30_000);
      await cancel(id);
      cluster.faults.clear();
      expect(await end(id)).toEqual(CANCELLED);
      expect(seen()).toEqual(AS_BEFORE);
    });

    it('stays when that was asked for, and is known for our own', async () => {
      cluster.faults.set({ id: 'lost', match: PATCH, effect: { dropAfter: true } });
      const { id } = await start(type);
      await eventually(isCordoned, 30_000);
      await cancel(id, { restore: false });
      expect(await end(id)).toEqual({ ...CANCELLED, cordonedByUs: true });
      expect(seen()).toEqual({ cordoned: true, marks: 2 });
    });

    it('is taken back although the node could not be looked at for a while', async () => {
      cluster.faults.set({ id: 'lost', match: PATCH, effect: { withholdAnswer: true } });
      const { id } = await start(type);
      await eventually(isCordoned, 30_000);
      cluster.faults.set({ id: 'blind', match: GET, effect: { status: 500 } });
      await cancel(id);
      cluster.faults.remove('lost');
      await eventually(() => cluster.faults.struck('blind') > 0, 30_000);
      cluster.faults.remove('blind');
      expect(await end(id)).toEqual(CANCELLED);
      expect(seen()).toEqual(AS_BEFORE);
    });

    it('that never got through leaves nothing to take back', async () => {
      cluster.faults.set({ id: 'mute', match: PATCH, effect: { neverAnswer: true } });
      const { id } = await start(type);
      await eventually(() => cluster.faults.struck('mute') > 0, 30_000);
      await cancel(id);
      expect(await end(id)).toEqual(CANCELLED);
      expect(seen()).toEqual(AS_BEFORE);
    });

    it("that somebody else's came before leaves theirs", async () => {
      cluster.faults.set({ id: 'mute', match: PATCH, effect: { neverAnswer: true } });
      const { id } = await start(type);
      await eventually(() => cluster.faults.struck('mute') > 0, 30_000);
      setUnschedulable(cluster, target, true);
      await cancel(id);
      expect(await end(id)).toEqual(CANCELLED);
      expect(seen()).toEqual({ cordoned: true, marks: 0 });
    });

    it('is taken back by the next holder when the first could not note it any more', async () => {
      cluster.faults.set({ id: 'lost', match: PATCH, effect: { withholdAnswer: true }, remaining: 1 });
      const { id } = await start(type, linked);
      await eventually(isCordoned, 30_000);
      await link.cut();
      await database.query(
        `UPDATE operations SET state = 'CANCELLING', cancel = '{"at": "2026-01-01T00:00:00Z", "by": "a test", "restore": true}'
         WHERE id = $1 AND state = 'RUNNING' AND NOT cordoned_by_us`,
        [id],
      );
      await link.restore();
      expect(await end(id, linked)).toEqual(CANCELLED);
      expect(seen()).toEqual(AS_BEFORE);
    });
  });
});
