import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeletControl } from '../../../packages/simulated-cluster/src/kubelet/kubelet-fleet.js';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;
const NODE = 'worker-1';
const path = (rest: string, node = NODE) => `/api/v1/clusters/demo/nodes/${node}/${rest}`;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath, { KUBE_REQUEST_TIMEOUT_MS: '1000' });
});
afterEach(async () => {
  await cluster.kubelets.control(NODE, { fault: null, kubelet: 'restart' });
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

describe('a kubelet that can not answer, told as a problem', () => {
  it.each<[string, KubeletControl, string, number, object]>([
    ['is stopped', { kubelet: 'stop' }, 'stats', 503, { code: 'KUBELET_UNAVAILABLE', cause: 'CONNECTION_REFUSED' }],
    ['hangs', { fault: { kind: 'hang' } }, 'stats', 503, { code: 'KUBELET_UNAVAILABLE', cause: 'TIMEOUT' }],
    [
      'cuts the connection',
      { fault: { kind: 'drop' } },
      'metrics/kubelet',
      503,
      { code: 'KUBELET_UNAVAILABLE', cause: 'CONNECTION_LOST' },
    ],
    [
      'answers nonsense',
      { fault: { kind: 'garbage' } },
      'kubelet-config',
      503,
      { code: 'KUBELET_UNAVAILABLE', cause: 'UNEXPECTED_ANSWER' },
    ],
    [
      'fails inside',
      { fault: { kind: 'error', status: 500 } },
      'stats',
      503,
      { code: 'KUBELET_UNAVAILABLE', cause: 'SERVER_ERROR' },
    ],
    [
      'knows nobody',
      { fault: { kind: 'error', status: 401 } },
      'kubelet-config',
      502,
      { code: 'KUBELET_FORBIDDEN', kubernetesReason: 'Unauthorized' },
    ],
    [
      'has no flags page',
      { fault: { kind: 'error', status: 404 } },
      'kubelet-flags',
      501,
      { code: 'KUBELET_FEATURE_DISABLED' },
    ],
  ])('that %s', async (_what, change, read, status, problem) => {
    await cluster.kubelets.control(NODE, change);
    const answer = await api.client.rest('GET', path(read));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(answer.body).toMatchObject({ ...problem, node: NODE });
    expect(answer.body.detail).toMatch(/\w/);
    expect(JSON.stringify(answer.body)).not.toContain('simulated fault');
  });

  it.each([
    ['enableSystemLogHandler', ['enableSystemLogHandler']],
    ['enableSystemLogQuery', ['enableSystemLogQuery']],
    ['enableDebuggingHandlers', ['enableDebuggingHandlers']],
  ])('that has %s off, with the field to set', async (field, fields) => {
    const config = cluster.hosts.of(NODE).kubelet?.config as Record<string, unknown>;
    config[field] = false;
    const { status, body } = await api.client.rest('GET', path('logs?tail=1'));
    expect([status, body.code, body.fields]).toEqual([501, 'KUBELET_FEATURE_DISABLED', fields]);
    expect(body.detail).toContain(fields[0]);
  });

  it('says what failed when the failure comes inside a 200', async () => {
    const boot = await api.client.rest('GET', path('logs?boot=-7'));
    expect([boot.status, boot.body.code]).toEqual([422, 'KUBELET_REFUSED']);
    expect(boot.body.detail).toContain('no such boot');
    const service = await api.client.rest('GET', path('logs?service=no-such-service'));
    expect([service.status, service.body.code]).toEqual([422, 'KUBELET_REFUSED']);
    expect(service.body.detail).toContain('has no journal');
  });
});

it.each([
  ['kubelet-config', 'nodes/configz'],
  ['stats', 'nodes/stats'],
  ['metrics/cadvisor', 'nodes/metrics'],
  ['logs', 'nodes/log'],
])('%s: names the right that the service lacks, %s', async (read, resource) => {
  const rules = [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['nodes', 'pods'] }];
  const token = cluster.access.addUser(`reader-${resource.slice(6)}`, rules);
  const limited = await startApiApp(await cluster.writeKubeconfig(`reader-${resource.slice(6)}`, token));
  try {
    const { status, body } = await limited.client.rest('GET', path(read, 'worker-2'));
    expect([status, body.code]).toEqual([502, 'KUBELET_FORBIDDEN']);
    expect(body.missingRight).toMatchObject({ verb: 'get', resource });
  } finally {
    await limited.close();
  }
});
