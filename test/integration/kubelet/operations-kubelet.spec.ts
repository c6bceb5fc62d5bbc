import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { openIntents } from '../../support/open-intents.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const nodePath = (node: string, action: string) => `/api/v1/clusters/demo/nodes/${node}/${action}`;
const QUICK = { recoverySeconds: 10, stableSeconds: 1 };

describe('restarting kubelets', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    const quick = { KUBELET_RECOVERY_SECONDS: '10', KUBELET_STABLE_SECONDS: '1' };
    worker = await startTestWorker(cluster.kubeconfigPath, quick);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl, ...quick });
  });
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  const restart = (node: string, options: object = QUICK, query = '?wait=40') =>
    api.client.rest('POST', nodePath(node, 'restart-kubelet') + query, { body: { reason: 'it hangs', options } });
  const jobsOf = (id: string) =>
    cluster.store.list('Job').filter((job) => job.metadata.labels?.['node-steward.dev/operation'] === id);

  it('restarts once and stores each fact of the proof', async () => {
    const answer = await restart('worker-1');
    expect(answer.body).toMatchObject({ type: 'RESTART_KUBELET', state: 'SUCCEEDED', error: null, diagnosis: [] });
    expect(answer.body.steps.map((step: { name: string; state: string }) => [step.name, step.state])).toEqual([
      ['CHECK', 'SUCCEEDED'],
      ['RESTART', 'SUCCEEDED'],
      ['VERIFY', 'SUCCEEDED'],
    ]);
    const { restart: done, proof } = answer.body.result;
    expect(done.output).toBe('kubelet.service restarted');
    expect(proof.healthz.ok).toBe(true);
    expect(Date.parse(proof.lease.renewedAt)).toBeGreaterThan(Date.parse(done.endedAt));
    expect(proof.ready.stableSeconds).toBe(1);
    expect(cluster.hosts.of('worker-1').restarts).toBe(1);
    const [job] = jobsOf(answer.body.id);
    expect(job?.spec).toMatchObject({ backoffLimit: 0, template: { spec: { nodeName: 'worker-1', hostPID: true } } });
    expect(await openIntents(worker.query)).toEqual([]);
    const audited = await worker.query<{ action: string; kind: string }>(
      'SELECT action, kind FROM audit_events WHERE correlation_id = $1 ORDER BY id',
      [answer.body.id],
    );
    expect(audited.map(({ action, kind }) => `${kind} ${action}`)).toEqual([
      'INTENT node.restart-kubelet',
      'INTENT job.create',
      'OUTCOME job.create',
      'OUTCOME node.restart-kubelet',
    ]);
  });

  it('gives the same result through GraphQL', async () => {
    const { data, errors } = await api.client.graphql(
      `mutation ($input: RestartKubeletInput!) {
         restartKubelet(input: $input) { operation { id type options steps { name } } userErrors { code } } }`,
      { input: { cluster: 'demo', node: 'worker-2', reason: 'it hangs', options: QUICK } },
    );
    expect(errors).toEqual([]);
    expect(data.restartKubelet.userErrors).toEqual([]);
    const ended = await worker.ended(data.restartKubelet.operation.id);
    expect(ended).toMatchObject({ state: 'SUCCEEDED', options: { ...QUICK, timeoutSeconds: 81 } });
    expect(Object.keys(ended.result).sort()).toEqual(['job', 'proof', 'restart']);
    expect(cluster.hosts.of('worker-2').restarts).toBe(1);
  });

  it.each(['restricted', 'baseline'])(
    '12.25 says that Pod Security (%s) keeps the Job from having a pod',
    async (level) => {
      const agents = 'node-steward';
      const space = cluster.store.get('Namespace', undefined, agents);
      const label = (value: string) => {
        const current = cluster.store.require('Namespace', undefined, agents);
        const labels = { ...current.metadata.labels, 'pod-security.kubernetes.io/enforce': value };
        cluster.store.update('Namespace', { ...current, metadata: { ...current.metadata, labels } });
      };
      expect(space).toBeDefined();
      label(level);
      try {
        const answer = await restart('worker-1', { recoverySeconds: 3, stableSeconds: 1 });
        expect(answer.body).toMatchObject({ state: 'FAILED', error: { code: 'NODE_AGENT_NOT_STARTED' } });
        expect(answer.body.error.message).toContain('nothing was restarted: the cluster refuses to make its pod');
        expect(answer.body.error.message).toContain(
          `is forbidden: violates PodSecurity "${level}:latest": host namespaces`,
        );
      } finally {
        label('privileged');
      }
      expect(await openIntents(worker.query)).toEqual([]);
    },
  );

  it('says what it saw of a kubelet that does not come back', async () => {
    cluster.hosts.of('worker-3').startFault = 'never-returns';
    const answer = await restart('worker-3', { recoverySeconds: 3, stableSeconds: 1 });
    expect(answer.body).toMatchObject({ state: 'FAILED', error: { code: 'KUBELET_NOT_BACK' } });
    expect(answer.body.error.message).toMatch(/did not come back within 3 s.*its lease was last renewed at 20/);
    expect(await openIntents(worker.query)).toEqual([]);
    // Now its kubelet is silent: nothing can be started there, and that is said at once.
    const silent = async () => {
      const { status } = cluster.store.require('Node', undefined, 'worker-3');
      return status.conditions.some((each: { status: string }) => each.status === 'Unknown');
    };
    await eventually(silent);
    const again = await restart('worker-3');
    expect(again.body).toMatchObject({ state: 'FAILED', error: { code: 'NODE_UNREACHABLE' } });
    expect(jobsOf(again.body.id)).toEqual([]);
  });

  const jobOutcome = async (id: string) => {
    const rows = await worker.query<{ text: string }>(
      `SELECT concat_ws(' ', outcome, error->>'code') AS text FROM audit_events
       WHERE correlation_id = $1 AND action = 'job.create' AND kind = 'OUTCOME'`,
      [id],
    );
    return rows.map(({ text }) => text);
  };

  it('10.1 never says of a Job that began while it was taken back that it did not start', async () => {
    const removal = { verb: 'delete', resource: 'jobs' };
    await cluster.kubelets.control('worker-6', { kubelet: 'stop' });
    cluster.faults.set({ id: 'late', match: removal, effect: { delayMs: 1_000 } });
    const asked = restart('worker-6', { recoverySeconds: 1, stableSeconds: 1 });
    // Its pod was seen waiting, and its removal is on its way.
    await eventually(() => cluster.faults.struck('late') > 0, 30_000);
    await cluster.kubelets.control('worker-6', { kubelet: 'start' });
    const { body } = await asked;
    cluster.faults.clear();
    expect(body.state).toBe('FAILED');
    expect(body.error.message).not.toContain('nothing was restarted');
    const [outcome, ...more] = await jobOutcome(body.id);
    expect(more).toEqual([]);
    expect(outcome).toMatch(/^(UNKNOWN (UNKNOWN|UNDER_WAY)|SUCCEEDED)$/);
  });

  it('10.1 says that a Job did not start where it never had a pod', async () => {
    const label = (enforce: string) => {
      const space = cluster.store.require('Namespace', undefined, 'node-steward');
      const labels = { ...space.metadata.labels, 'pod-security.kubernetes.io/enforce': enforce };
      cluster.store.update('Namespace', { ...space, metadata: { ...space.metadata, labels } });
    };
    label('restricted');
    try {
      const { body } = await restart('worker-1', { recoverySeconds: 1, stableSeconds: 1 });
      expect(await jobOutcome(body.id)).toEqual(['FAILED NOT_STARTED']);
    } finally {
      label('privileged');
    }
  });

  it('takes back a Job that never starts', async () => {
    await cluster.kubelets.control('worker-4', { kubelet: 'stop' });
    const answer = await restart('worker-4', { recoverySeconds: 1, stableSeconds: 1 });
    expect(answer.body).toMatchObject({ state: 'FAILED', error: { code: 'NODE_AGENT_NOT_STARTED' } });
    expect(jobsOf(answer.body.id)).toEqual([]);
    expect(cluster.hosts.of('worker-4').restarts).toBe(0);
    // Its pod was on the node, and its kubelet says nothing.
    expect(await jobOutcome(answer.body.id)).toEqual(['UNKNOWN UNKNOWN']);
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it("passes on the node agent's own words", async () => {
    const refuse = (_host: object, pod: { spec: { nodeName?: string } }) =>
      pod.spec.nodeName === 'worker-5' ? Promise.resolve({ exitCode: 3, output: 'no unit is active' }) : undefined;
    cluster.hosts.onCommand(refuse);
    const answer = await restart('worker-5');
    expect(answer.body).toMatchObject({
      state: 'FAILED',
      error: { code: 'NODE_AGENT_FAILED', message: expect.stringContaining('no unit is active') },
    });
    expect(await openIntents(worker.query)).toEqual([]);
  });

  it('refuses what is not allowed or makes no sense, and makes no Job', async () => {
    const before = cluster.store.list('Job').length;
    const body = { reason: 'it hangs' };
    const attempts: [string, object, string | null, number, string][] = [
      ['worker-6', body, null, 401, 'UNAUTHENTICATED'],
      ['worker-6', body, api.tokens.viewer, 403, 'FORBIDDEN'],
      ['worker-6', { ...body, options: { forse: true } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['worker-6', { ...body, options: { stableSeconds: 0 } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['worker-6', { ...body, options: { recoverySeconds: 1e6 } }, api.tokens.admin, 400, 'VALIDATION_FAILED'],
      ['nowhere', body, api.tokens.admin, 404, 'NODE_NOT_FOUND'],
    ];
    for (const [node, input, token, status, code] of attempts) {
      const answer = await api.client.rest('POST', nodePath(node, 'restart-kubelet'), { body: input, token });
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([status, code]);
    }
    expect(cluster.store.list('Job')).toHaveLength(before);
  });

  it('is one step of a maintenance run, node by node', async () => {
    let most = 0;
    const names = ['worker-6', 'batch-1', 'batch-2'];
    const restarts = () => names.map((name) => cluster.hosts.of(name).restarts);
    const before = restarts();
    const leave = cluster.hosts.onKubeletChange(() => {
      most = Math.max(most, names.filter((name) => cluster.hosts.of(name).state !== 'running').length);
    });
    const body = { reason: 'new certificates', action: 'RESTART_KUBELET', nodes: names, maxUnavailable: '1' };
    const started = await api.client.rest('POST', '/api/v1/clusters/demo/maintenance-runs', {
      body: { ...body, healthGate: { enabled: false } },
    });
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    const path = `/api/v1/maintenance-runs/${started.body.id}`;
    const run = await eventually(async () => {
      const { body: seen } = await api.client.rest('GET', path);
      return seen.finishedAt || seen.state === 'FAILED' || seen.state === 'SUCCEEDED' ? seen : null;
    }, 50_000);
    leave();
    expect(run).toMatchObject({ state: 'SUCCEEDED', progress: { total: 3, done: 3 } });
    expect(restarts()).toEqual(before.map((count) => count + 1));
    expect(most).toBe(1);
    expect(await openIntents(worker.query)).toEqual([]);
  }, 90_000);
});
