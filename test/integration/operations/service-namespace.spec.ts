import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { ServiceNamespace } from '../../../src/platform/kubernetes/service-namespace.js';
import { Logger } from '../../../src/platform/telemetry/logger.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

const ABSENT = 'nowhere';
const WARNING = 'the namespace of the service can not be used';

describe('12.32 the namespace of the service', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;
  const logged: string[] = [];

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    const where = { NODE_STEWARD_NAMESPACE: ABSENT };
    worker = await startTestWorker(cluster.kubeconfigPath, where);
    const logger = worker.app.get(Logger, { strict: false });
    logger.warn = ((_facts: unknown, message: string) => logged.push(message)) as never;
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl, ...where });
  });
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  const cordon = async (node: string) => {
    const path = `/api/v1/clusters/demo/nodes/${node}/cordon?wait=30`;
    return (await api.client.rest('POST', path, { body: { reason: 'test' } })).body;
  };
  const ready = async () => (await api.client.rest('GET', '/readyz')).body;

  it('that is absent is logged once for its cluster, whatever is done there, and keeps nothing from being done', async () => {
    for (const node of ['worker-1', 'worker-2', 'worker-3']) {
      expect(await cordon(node)).toMatchObject({ state: 'SUCCEEDED', warnings: [] });
    }
    await waitFor(() => expect(logged.filter((message) => message === WARNING)).toHaveLength(1));
    expect(logged.filter((message) => message !== WARNING)).toEqual([]);
  });

  it('that is absent is shown by readiness, which it is not required for, until it is there', async () => {
    const { status, checks } = await ready();
    expect([status, checks['namespace:demo']]).toMatchObject([
      'ok',
      { ok: false, required: false, detail: `there is no namespace "${ABSENT}": create it` },
    ]);
    const namespace = worker.app.get(ServiceNamespace, { strict: false });
    await expect(namespace.check('demo')).rejects.toThrow(`there is no namespace "${ABSENT}"`);
    cluster.store.create('Namespace', { kind: 'Namespace', metadata: { name: ABSENT } } as never);
    await waitFor(async () => {
      expect((await ready()).checks['namespace:demo']).toMatchObject({ ok: true, detail: ABSENT });
    });
    expect(await cordon('worker-4')).toMatchObject({ state: 'SUCCEEDED', warnings: [] });
    await waitFor(async () => expect(await namespace.check('demo')).toBe(ABSENT));
  });

  it('that may not be used is logged once too', async () => {
    logged.length = 0;
    cluster.faults.set({ id: 'denied', match: { resource: 'leases' }, effect: { status: 403 } });
    for (const node of ['worker-5', 'worker-6']) {
      expect(await cordon(node)).toMatchObject({ state: 'SUCCEEDED', warnings: [] });
    }
    await waitFor(() => expect(logged).toEqual([WARNING]));
    const namespace = worker.app.get(ServiceNamespace, { strict: false });
    await expect(namespace.check('demo')).rejects.toThrow(/may not be used/);
    cluster.faults.clear();
  });
});
