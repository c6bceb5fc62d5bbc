import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { runKubectl } from '../../support/kubectl.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

describe('12.32 marks of a cordon go when somebody else uncordons', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
  });
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  const marks = (name: string) => {
    const { annotations = {} } = cluster.store.require('Node', undefined, name).metadata;
    return Object.keys(annotations)
      .filter((key) => key.startsWith('node-steward.dev/'))
      .sort();
  };
  const act = async (node: string, action: 'cordon' | 'uncordon') => {
    const path = `/api/v1/clusters/demo/nodes/${node}/${action}?wait=30`;
    const { body } = await api.client.rest('POST', path, { body: { reason: 'kernel update' } });
    expect(body.state).toBe('SUCCEEDED');
  };
  const BOTH = ['node-steward.dev/operation', 'node-steward.dev/prior-unschedulable'];

  it('with kubectl, without another operation', async () => {
    await act('worker-1', 'cordon');
    await act('worker-2', 'cordon');
    expect([marks('worker-1'), marks('worker-2')]).toEqual([BOTH, BOTH]);
    expect((await runKubectl(cluster.kubeconfigPath, ['uncordon', 'worker-1'])).code).toBe(0);
    await eventually(async () => marks('worker-1').length === 0, 60_000);
    expect(cluster.store.require('Node', undefined, 'worker-1').spec.unschedulable).toBeFalsy();
    // The cordon that holds keeps its marks.
    expect(marks('worker-2')).toEqual(BOTH);
  });

  it('leaves the marks of a cordon that came in between', async () => {
    await act('worker-3', 'cordon');
    await runKubectl(cluster.kubeconfigPath, ['uncordon', 'worker-3']);
    await act('worker-3', 'cordon');
    expect(marks('worker-3')).toEqual(BOTH);
    await act('worker-3', 'uncordon');
    expect(marks('worker-3')).toEqual([]);
  });
});
