import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { DomainError } from '../../../src/kernel/domain-error.js';
import type { ClusterApi } from '../../../src/platform/kubernetes/cluster-api.js';
import type { ClusterConnections } from '../../../src/platform/kubernetes/cluster-connections.js';
import type { Pod } from '../../../src/platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../src/platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../src/platform/kubernetes/kubernetes-domain-error.js';
import { AlwaysPermit } from '../../support/always-permit.js';
import { connectionsTo } from '../../support/cluster-connections.js';
import { freePort } from '../../support/free-port.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let connections: ClusterConnections;
let api: ClusterApi;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steward-connection-'));
  cluster = await startTestCluster();
  connections = connectionsTo(cluster.kubeconfigPath);
  api = connections.api('demo');
});
afterEach(() => cluster.faults.clear());
afterAll(async () => {
  await connections?.onApplicationShutdown();
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const codeOf = async (work: Promise<unknown>) => {
  const error = kubernetesDomainError(await failureOf(work)) as DomainError;
  return [error.code, error.details.extensions?.cause ?? null];
};

const permit = new AlwaysPermit();

describe('cluster connections', () => {
  it('knows the contexts of the kubeconfig and no others', () => {
    expect(connections.names()).toEqual(['demo']);
    expect(() => connections.get('other')).toThrow(expect.objectContaining({ code: 'CLUSTER_NOT_FOUND' }));
  });

  it('keeps a broken context apart from the ones that work', async () => {
    const port = await freePort();
    const path = join(folder, 'many');
    writeFileSync(path, manyContexts(port));
    const many = connectionsTo(path);
    try {
      expect(many.names()).toEqual(['refusing', 'nameless', 'incomplete', 'plugin', 'untrusted']);
      expect(await codeOf(many.api('refusing').version())).toEqual(['CLUSTER_UNAVAILABLE', 'CONNECTION_REFUSED']);
      expect(await codeOf(many.api('nameless').version())).toEqual(['CLUSTER_UNAVAILABLE', 'NAME_NOT_RESOLVED']);
      expect(await codeOf(many.api('incomplete').version())).toEqual(['CLUSTER_UNAVAILABLE', 'CONFIGURATION']);
      expect(await codeOf(many.api('plugin').version())).toEqual(['CLUSTER_UNAVAILABLE', 'CREDENTIALS']);
      expect(await codeOf(many.api('untrusted').version())).toEqual(['CLUSTER_UNAVAILABLE', 'TLS']);
    } finally {
      await many.onApplicationShutdown();
    }
  });

  const manyContexts = (port: number) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'refusing', cluster: { server: `https://127.0.0.1:${port}` } },
        { name: 'nameless', cluster: { server: 'https://no-such-host.invalid' } },
        { name: 'untrusted', cluster: { server: cluster.url } },
      ],
      users: [
        { name: 'token', user: { token: 'secret-token' } },
        {
          name: 'plugin',
          user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such/plugin' } },
        },
      ],
      contexts: [
        { name: 'refusing', context: { cluster: 'refusing', user: 'token' } },
        { name: 'nameless', context: { cluster: 'nameless', user: 'token' } },
        { name: 'incomplete', context: { cluster: 'absent', user: 'token' } },
        { name: 'plugin', context: { cluster: 'refusing', user: 'plugin' } },
        { name: 'untrusted', context: { cluster: 'untrusted', user: 'token' } },
      ],
    });
});

describe('requests', () => {
  it('reads, pages through and patches objects', async () => {
    expect((await api.version()).gitVersion).toMatch(/^v1\./);
    const names: string[] = [];
    let starts = 0;
    const { items } = await api.listNodes({
      limit: 5,
      onStart: () => {
        starts += 1;
      },
      onItem: (node) => names.push(node.metadata.name),
    });
    expect([starts, names.length, new Set(names).size, items]).toEqual([1, 12, 12, []]);
    expect((await api.listNodes({ limit: 5 })).items.map(({ metadata }) => metadata.name)).toEqual(names);
    const mistake = new Error('of the taker');
    const taken = api.listNodes({
      onItem: () => {
        throw mistake;
      },
    });
    await expect(taken).rejects.toBe(mistake);
    const name = names[0] as string;
    expect(
      (await api.patchNode(name, { spec: { unschedulable: true } }, { permit, dryRun: true })).spec.unschedulable,
    ).toBe(true);
    expect((await api.getNode(name)).spec.unschedulable).toBeUndefined();
    await api.patchNode(name, { spec: { unschedulable: true } }, { permit });
    expect((await api.getNode(name)).spec.unschedulable).toBe(true);
    await api.patchNode(name, { spec: { unschedulable: null } }, { permit });
    expect(await api.supportsEviction()).toBe(true);
  });

  it('removes only the pod with the given uid', async () => {
    const uid = '00000000-0000-0000-0000-000000000000';
    const [pod] = cluster.store.list('Pod') as [Pod];
    const { namespace = '', name } = pod.metadata;
    const evicted = await failureOf(api.evictPod(namespace, name, { uid, permit }));
    const deleted = await failureOf(api.deletePod(namespace, name, { uid, permit }));
    expect([(evicted as KubernetesApiError).status, (deleted as KubernetesApiError).status]).toEqual([409, 409]);
    expect((await api.getPod(namespace, name)).metadata.deletionTimestamp).toBeUndefined();
  });

  it('takes, renews and releases a lease at the version it read', async () => {
    const spec = { holderIdentity: 'one', leaseDurationSeconds: 15 };
    const lease = await api.createLease('default', { name: 'node-lock', spec }, { permit });
    await api.updateLease({ ...lease, spec: { ...lease.spec, holderIdentity: 'two' } }, { permit });
    const stale = (await failureOf(api.updateLease(lease, { permit }))) as KubernetesApiError;
    expect([stale.status, (await api.getLease('default', 'node-lock'))?.spec.holderIdentity]).toEqual([409, 'two']);
    await api.deleteLease(lease, { permit });
    expect(await api.getLease('default', 'node-lock')).toBeDefined();
    await api.deleteLease((await api.getLease('default', 'node-lock')) as typeof lease, { permit });
    expect(await api.getLease('default', 'node-lock')).toBeUndefined();
  });

  it('says what the API server refused and why', async () => {
    cluster.faults.set({ id: 'apf', match: { resource: 'nodes' }, effect: { status: 429, retryAfterSeconds: 7 } });
    const throttled = (await failureOf(api.listNodes())) as KubernetesApiError;
    expect([throttled.status, throttled.retryAfterSeconds, throttled.hasCause('DisruptionBudget')]).toEqual([
      429,
      7,
      false,
    ]);
    expect(await codeOf(api.listNodes())).toEqual(['CLUSTER_UNAVAILABLE', 'THROTTLED']);
    cluster.faults.set({ id: 'apf', match: { resource: 'nodes' }, effect: { status: 500, message: 'secret of etcd' } });
    const broken = kubernetesDomainError(await failureOf(api.listNodes())) as DomainError;
    expect([broken.code, broken.message.includes('secret')]).toEqual(['CLUSTER_UNAVAILABLE', false]);
  });

  it('names the missing right of a refused request, and tells it from unaccepted credentials', async () => {
    const path = await cluster.writeKubeconfig('stranger', 'not-a-known-token');
    const strangers = connectionsTo(path);
    const [name] = strangers.names() as [string];
    const unauthorized = kubernetesDomainError(await failureOf(strangers.api(name).listNodes())) as DomainError;
    expect([unauthorized.code, unauthorized.message]).toEqual([
      'CLUSTER_FORBIDDEN',
      expect.stringContaining("doesn't accept the service's credentials"),
    ]);
    await strangers.onApplicationShutdown();
    const refusal = new KubernetesApiError(
      'demo',
      'GET /api/v1/nodes',
      403,
      'Forbidden',
      'nodes is forbidden: User "bot" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(kubernetesDomainError(refusal)).toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      message: 'The service lacks the right to list nodes in cluster "demo".',
    });
  });

  it('gives up in time on a server that never answers, and at once when the caller does', async () => {
    cluster.faults.set({ id: 'mute', match: { path: '^/version$' }, effect: { neverAnswer: true } });
    expect(await codeOf(api.version({ timeoutMs: 150 }))).toEqual(['CLUSTER_UNAVAILABLE', 'TIMEOUT']);
    const controller = new AbortController();
    const asked = failureOf(api.version({ signal: controller.signal }));
    controller.abort(new Error('caller left'));
    expect(await asked).toMatchObject({ message: 'caller left' });
  });

  it('repeats a read whose connection was cut, and never a write', async () => {
    cluster.faults.set({ id: 'cut', match: { path: '^/version$' }, effect: { dropConnection: true }, remaining: 1 });
    expect((await api.version()).gitVersion).toMatch(/^v1\./);
    const [node] = (await api.listNodes()).items;
    const name = node?.metadata.name as string;
    cluster.faults.set({ id: 'cut', match: { verb: 'patch' }, effect: { dropAfter: true }, remaining: 1 });
    const lost = await codeOf(api.patchNode(name, { metadata: { annotations: { touched: 'once' } } }, { permit }));
    expect(lost).toEqual(['CLUSTER_UNAVAILABLE', 'CONNECTION_LOST']);
    expect(cluster.faults.struck('cut')).toBe(1);
    expect((await api.getNode(name)).metadata.annotations?.touched).toBe('once');
  });

  it('does not let open streams hold up requests', async () => {
    const leaving = new AbortController();
    const open = Array.from({ length: 100 }, () =>
      api.connection.stream('/api/v1/nodes', {
        query: { watch: 'true', resourceVersion: String(cluster.store.resourceVersion) },
        signal: leaving.signal,
      }),
    );
    const streams = await Promise.all(open);
    for (const { body } of streams) body.on('error', () => undefined);
    expect((await api.listNodes()).items).toHaveLength(12);
    leaving.abort();
  });
});
