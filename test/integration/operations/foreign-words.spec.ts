import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { isRunOver } from '../../../src/features/maintenance/maintenance-run.js';
import { MaintenanceRunRepository } from '../../../src/features/maintenance/maintenance-run-repository.port.js';
import { StartMaintenanceRun } from '../../../src/features/maintenance/start-maintenance-run.service.js';
import { KubeletOperations } from '../../../src/features/operations/kubelet/kubelet-operations.service.js';
import { callerWith, startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually, setUnschedulable } from '../../support/workloads.js';

/** What webhooks and others in a cluster may say: U+0000, halves of surrogate pairs, what terminals obey. */
const WORDS = 'no\u0000 \u001b[31m\r\n\ud800 \u202e';
const DENIAL = `admission webhook "x" denied the request: ${WORDS}`;
/** Cut after any number of characters, it ends in half a pair now and then. */
const LONG = ['', '-'].map((start) => `admission webhook "x" denied the request: ${start}${'🚫'.repeat(1000)}`);
const reason = 'a test of foreign words';

describe('10.13 words of a cluster that no database takes', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;

  beforeAll(async () => {
    cluster = await startTestCluster();
    worker = await startTestWorker(cluster.kubeconfigPath);
  });
  afterEach(() => {
    cluster.faults.clear();
    for (const { metadata } of cluster.store.list('Node')) setUnschedulable(cluster, metadata.name, false);
  });
  afterAll(async () => {
    await worker?.close();
    await cluster?.close();
  });

  const fault = (match: object, status: number, message: string, more: object = {}) =>
    cluster.faults.set({ id: 'words', match, effect: { status, message, ...more } });
  const patch = { verb: 'patch', resource: 'nodes' };
  const cordon = (node: string) => worker.nodes.cordon(callerWith(), { cluster: 'demo', node, reason });

  it.each([DENIAL, ...LONG])('end a cordon that a webhook refuses: %#', async (message) => {
    fault(patch, 422, message);
    const { id } = await cordon('worker-1');
    const { state, failure } = await worker.ended(id);
    expect([state, failure?.code]).toEqual(['FAILED', 'ADMISSION_DENIED']);
    expect(failure?.message).toContain('admission webhook "x" denied the request');
  });

  it('keep no cordon from its end, where only its lease or its event is refused', async () => {
    for (const resource of ['leases', 'events']) {
      fault({ resource }, 422, DENIAL, { reason: WORDS });
      const { id } = await cordon('worker-2');
      const { state, warnings } = await worker.ended(id);
      expect([state, warnings.length]).toEqual(['SUCCEEDED', expect.any(Number)]);
      setUnschedulable(cluster, 'worker-2', false);
      cluster.faults.clear();
    }
  });

  it('end a restart whose Job is refused', async () => {
    fault({ verb: 'create', resource: 'jobs' }, 422, DENIAL, { reason: WORDS });
    const kubelets = worker.app.get(KubeletOperations, { strict: false });
    const { id } = await kubelets.restart(callerWith(), { cluster: 'demo', node: 'worker-3', reason });
    expect((await worker.ended(id)).state).toBe('FAILED');
  });

  it('end a drain whose evictions are refused, and the audit trail says how each went', async () => {
    fault({ subresource: 'eviction' }, 403, DENIAL);
    const options = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true, timeoutSeconds: 3 };
    const { id } = await worker.nodes.drain(callerWith(), { cluster: 'demo', node: 'worker-5', reason, options });
    expect((await worker.ended(id)).state).toBe('TIMED_OUT');
    const open = await worker.query(
      `SELECT 1 FROM audit_open_intents o JOIN audit_events e ON e.id = o.intent_id WHERE e.correlation_id = $1`,
      [id],
    );
    expect(open).toEqual([]);
  });

  it('end a maintenance run', async () => {
    fault(patch, 422, DENIAL);
    const runs = worker.app.get(MaintenanceRunRepository, { strict: false });
    const start = worker.app.get(StartMaintenanceRun, { strict: false });
    const spec = { nodes: ['worker-6'], action: 'CORDON' as const };
    const { id } = await start.start(callerWith(), { cluster: 'demo', reason, spec });
    await eventually(async () => {
      const stored = await runs.find(id);
      return stored && (isRunOver(stored.run.state) || stored.run.state === 'PAUSED');
    });
  });
});
