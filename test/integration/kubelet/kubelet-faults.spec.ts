import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { BAD_DAY } from '../../support/api-faults.js';
import { openIntents } from '../../support/open-intents.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const JOB = { verb: 'create', resource: 'jobs' };

describe('kubelet operations on a bad day', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    const settings = { KUBELET_RECOVERY_SECONDS: '20', KUBELET_STABLE_SECONDS: '1' };
    worker = await startTestWorker(cluster.kubeconfigPath, settings);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl, ...settings });
  });
  afterEach(() => cluster.faults.clear());
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  const post = (node: string, action: string, options = {}, more: object = {}) =>
    api.client.rest('POST', `/api/v1/clusters/demo/nodes/${node}/${action}`, {
      body: { reason: 'bad day', options },
      ...more,
    });
  const restart = async (node: string, options = {}) => {
    const answer = await post(node, 'restart-kubelet', options);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return answer.body.id as string;
  };
  const jobs = () => cluster.store.list('Job').filter((job) => job.metadata.name.startsWith('node-steward-agent-'));
  const restarts = (node: string) => cluster.hosts.of(node).restarts;

  it('restarts once through an API server that loses, delays and refuses requests', async () => {
    const id = await restart('worker-1');
    for (const fault of BAD_DAY) cluster.faults.set(fault);
    expect(await worker.ended(id, 50_000)).toMatchObject({ state: 'SUCCEEDED', failure: null });
    expect(restarts('worker-1')).toBe(1);
  });

  it('makes one Job when the answer to its creation is lost', async () => {
    cluster.faults.set({ id: 'lost', match: JOB, effect: { dropAfter: true } } as never);
    const id = await restart('worker-2');
    expect(await worker.ended(id)).toMatchObject({ state: 'SUCCEEDED' });
    expect(jobs().filter((job) => job.metadata.name.endsWith(id))).toHaveLength(1);
    expect(restarts('worker-2')).toBe(1);
  });

  it('names the right that is missing, and the namespace', async () => {
    const message =
      'jobs.batch is forbidden: User "x" cannot create resource "jobs" in API group "batch" in the namespace "node-steward"';
    cluster.faults.set({ id: 'rbac', match: JOB, effect: { status: 403, reason: 'Forbidden', message } } as never);
    const ended = await worker.ended(await restart('worker-3'));
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'CLUSTER_FORBIDDEN' } });
    cluster.faults.clear();
    cluster.faults.set({ id: 'away', match: JOB, effect: { status: 404, reason: 'NotFound' } } as never);
    const without = await worker.ended(await restart('worker-3'));
    expect(without.failure?.message).toContain('no namespace "node-steward"');
    expect(restarts('worker-3')).toBe(0);
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('is refused by a cluster that is away, and outside of scope', async () => {
    cluster.faults.set({ id: 'dead', effect: { status: 503 } } as never);
    expect(await post('worker-3', 'restart-kubelet')).toMatchObject({
      status: 503,
      body: { code: 'CLUSTER_UNAVAILABLE' },
    });
    expect(await post('worker-3', 'verbosity', { level: 4 })).toMatchObject({ status: 503 });
    cluster.faults.clear();
    // What is out of scope looks absent.
    const elsewhere = { bindings: [{ role: 'operator', clusters: ['other'] }], code: 'CLUSTER_NOT_FOUND' };
    const pool = {
      bindings: [{ role: 'operator', clusters: ['demo'], nodeSelector: 'pool=nothing' }],
      code: 'NODE_NOT_FOUND',
    };
    for (const { bindings, code } of [elsewhere, pool]) {
      const made = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'scoped', bindings } });
      const token = (made.body.text ?? made.body.token) as string;
      for (const [action, options] of [
        ['restart-kubelet', {}],
        ['verbosity', { level: 4 }],
      ] as const) {
        const answer = await post('worker-3', action, options, { token });
        expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 404, body: { code } });
      }
    }
  });

  it('takes one operation at a time, and the same request twice for one', async () => {
    const headers = { 'idempotency-key': 'restart-once' };
    const first = await post('worker-4', 'restart-kubelet', {}, { headers });
    const again = await post('worker-4', 'restart-kubelet', {}, { headers });
    expect(again.body.id).toBe(first.body.id);
    const taken = await post('worker-4', 'verbosity', { level: 4 });
    expect(taken).toMatchObject({ status: 409, body: { code: 'OPERATION_IN_PROGRESS', operationId: first.body.id } });
    expect((await worker.ended(first.body.id)).state).toBe('SUCCEEDED');
    expect(restarts('worker-4')).toBe(1);
  });

  it('takes a Job back that has not started when it is cancelled', async () => {
    await cluster.kubelets.control('worker-5', { kubelet: 'stop' });
    const id = await restart('worker-5');
    await eventually(() => jobs().some((job) => job.metadata.name.endsWith(id)));
    await api.client.rest('POST', `/api/v1/operations/${id}/cancel`, { body: {} });
    expect(await worker.ended(id)).toMatchObject({ state: 'CANCELLED' });
    await cluster.kubelets.control('worker-5', { kubelet: 'start' });
    expect(jobs().filter((job) => job.metadata.name.endsWith(id))).toEqual([]);
    expect(restarts('worker-5')).toBe(0);
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('does not begin again when somebody removed the Job', async () => {
    await cluster.kubelets.control('batch-1', { kubelet: 'stop' });
    const id = await restart('batch-1', { recoverySeconds: 120 });
    const job = await eventually(() => jobs().find((each) => each.metadata.name.endsWith(id)));
    await eventually(async () => (await worker.operations.find(id))?.result.job !== undefined);
    cluster.store.delete('Job', 'node-steward', job.metadata.name, {});
    expect(await worker.ended(id)).toMatchObject({ state: 'FAILED', failure: { code: 'RESTART_UNCERTAIN' } });
    await cluster.kubelets.control('batch-1', { kubelet: 'start' });
    expect(jobs().filter((each) => each.metadata.name.endsWith(id))).toEqual([]);
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('ends at its time limit', async () => {
    await cluster.kubelets.control('worker-6', { kubelet: 'stop' });
    const id = await restart('worker-6', { timeoutSeconds: 15, recoverySeconds: 60 });
    expect(await worker.ended(id)).toMatchObject({ state: 'TIMED_OUT', failure: { code: 'TIMED_OUT' } });
    expect(jobs().filter((job) => job.metadata.name.endsWith(id))).toEqual([]);
    await cluster.kubelets.control('worker-6', { kubelet: 'start' });
    expect(await openIntents(worker.query)).toEqual([]);
  });
});
