import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/cluster-client.js';
import { ALL_OPTIONS, startDrain, untilFinished } from '../support/drains.js';
import { freePort } from '../support/free-port.js';
import { chartManifests, ofKind } from '../support/helm-chart.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import type { BootedProcess } from '../support/processes.js';

/** No worker runs until a small scaler, which asks what the chart's scaler asks, sees work. */
describe('16.4 workers at zero', () => {
  let installation: Installation;
  let api: HttpClient;
  let database: pg.Pool;
  let query: string;
  let worker: BootedProcess | null = null;

  beforeAll(async () => {
    installation = await Installation.start();
    api = await installation.api({ KUBELET_TRANSPORT: 'proxy' });
    database = new pg.Pool({ connectionString: installation.database.url, max: 1 });
    const [scaler] = ofKind(await chartManifests('worker.keda.enabled=true'), 'ScaledObject');
    query = scaler.spec.triggers[0].metadata.query;
  });
  afterAll(async () => {
    await database?.end();
    await installation?.stop();
  });

  const pending = async (): Promise<number> => Number(Object.values((await database.query(query)).rows[0])[0]);
  const toZero = async () => {
    await worker?.stop();
    worker = null;
  };
  const scale = async () => {
    await eventually(async () => (await pending()) > 0, 'the metric says that there is work');
    worker = await installation.worker({ KUBELET_TRANSPORT: 'proxy' });
  };
  const nothingLeft = () => eventually(async () => (await pending()) === 0, 'the metric is back at zero');

  it('a queued drain raises the metric, and ends once a worker runs', async () => {
    expect(await pending()).toBe(0);
    const { id } = await startDrain(api, 'worker-1', ALL_OPTIONS);
    expect((await api.rest<string>('GET', '/metrics')).body).toMatch(
      /node_steward_pending_work\{kind="operations"\} 1/,
    );
    await scale();
    expect((await untilFinished(api, id)).state).toBe('SUCCEEDED');
    await nothingLeft();
    await toZero();
  });

  it('a maintenance run raises the metric, and ends once a worker runs', async () => {
    const { body, status } = await api.rest('POST', '/api/v1/clusters/demo/maintenance-runs', {
      body: { reason: 'from zero', action: 'CORDON', nodes: ['worker-2', 'worker-3'] },
    });
    expect(status, JSON.stringify(body)).toBe(202);
    await scale();
    await eventually(
      async () => (await api.rest('GET', `/api/v1/maintenance-runs/${body.id}`)).body.state === 'SUCCEEDED',
      'the run ends',
    );
    await nothingLeft();
    await toZero();
  });

  it('a revert that is due raises the metric, and is done once a worker runs', async () => {
    const port = await freePort();
    worker = await installation.worker({ KUBELET_TRANSPORT: 'proxy', WORKER_PORT: String(port) });
    await expectProbes(`http://127.0.0.1:${port}`);
    const { body } = await api.rest('POST', '/api/v1/clusters/demo/nodes/worker-4/verbosity?wait=30', {
      body: { reason: 'look closer', options: { level: 6, revertAfterSeconds: 15 } },
    });
    expect(body, JSON.stringify(body)).toMatchObject({ state: 'SUCCEEDED' });
    await toZero();
    await scale();
    await eventually(
      async () => (await api.rest('GET', `/api/v1/operations/${body.id}`)).body.result.revert.state === 'DONE',
      'the level is taken back',
    );
    await nothingLeft();
  });
});

/** 16.5: a worker answers for itself, on a port of its own, and nothing else. */
async function expectProbes(url: string): Promise<void> {
  const status = async (path: string, method = 'GET') => (await fetch(url + path, { method })).status;
  await eventually(async () => (await status('/readyz')) === 200, 'the worker is ready');
  expect(await status('/healthz')).toBe(200);
  expect([await status('/metrics', 'POST'), await status('/api/v1/operations')]).toEqual([405, 404]);
  // No URL at all, which must not end the worker.
  expect(await status('//')).toBe(404);
  const ready = (await (await fetch(`${url}/readyz`)).json()) as { checks: object };
  expect(Object.keys(ready.checks)).toEqual(expect.arrayContaining(['postgres', 'queue', 'clock']));
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('node_steward_pending_work{kind="reverts"} 0');
}
