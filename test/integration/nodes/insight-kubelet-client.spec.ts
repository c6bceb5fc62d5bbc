import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { loadConfig } from '../../../src/config/app-config.js';
import { ClusterConnections } from '../../../src/platform/kubernetes/cluster-connections.js';
import { KubeletClient } from '../../../src/platform/kubernetes/kubelet/kubelet-client.js';
import { KubeletConnections } from '../../../src/platform/kubernetes/kubelet/kubelet-connections.js';
import { AlwaysPermit } from '../../support/always-permit.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let node: string;
const closing: (() => Promise<void>)[] = [];

function clientFor(kubeconfigPath: string, environment: Record<string, string> = {}): KubeletClient {
  const settings = { DATABASE_URL: 'postgres://unused', KUBECONFIG: kubeconfigPath, KUBE_REQUEST_TIMEOUT_MS: '20000' };
  const config = loadConfig({ ...settings, ...environment }, false);
  const clusters = new ClusterConnections(config);
  const kubelets = new KubeletConnections(clusters, config);
  closing.push(
    () => kubelets.onApplicationShutdown(),
    () => clusters.onApplicationShutdown(),
  );
  return new KubeletClient(kubelets, config);
}

beforeAll(async () => {
  cluster = await startTestCluster();
  const nodes = cluster.store.list('Node') as unknown as { metadata: { name: string } }[];
  node = (nodes.find(({ metadata }) => metadata.name.startsWith('worker')) ?? nodes[0])?.metadata.name as string;
});

afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await cluster.close();
});

describe.each(['direct', 'proxy'])('the %s way to kubelets', (transport) => {
  const client = () => clientFor(cluster.kubeconfigPath, { KUBELET_TRANSPORT: transport });

  it('reads every page', async () => {
    const kubelets = client();
    const { name } = cluster;
    expect(await kubelets.configz(name, node)).toMatchObject({ enableServer: true });
    expect(await kubelets.healthz(name, node)).toEqual(
      ['healthz', 'ping', 'log', 'syncloop'].map((check) => ({ name: check, healthy: true })),
    );
    expect(await kubelets.stats(name, node)).toMatchObject({ node: { nodeName: node } });
    expect(await kubelets.flagz(name, node)).toHaveProperty('v');
    for (const page of ['kubelet', 'cadvisor', 'resource', 'probes'] as const) {
      expect(await kubelets.metrics(name, node, page)).toContain('# TYPE');
    }
    const lines = await kubelets.nodeLogs(name, node, { services: ['kubelet'], sinceTime: new Date(0), tailLines: 5 });
    expect((await lines.toArray()).join('').trim().split('\n')).toHaveLength(5);
    await kubelets.setVerbosity(name, node, 4, { permit: new AlwaysPermit() });
  });

  it('says that a kubelet hangs, refuses connections or answers nonsense', async () => {
    const kubelets = clientFor(cluster.kubeconfigPath, {
      KUBELET_TRANSPORT: transport,
      KUBE_REQUEST_TIMEOUT_MS: '1000',
    });
    const asking = () => kubelets.configz(cluster.name, node);
    await cluster.kubelets.control(node, { fault: { kind: 'hang' } });
    await expect(asking()).rejects.toMatchObject({
      code: 'KUBELET_UNAVAILABLE',
      details: { extensions: { cause: 'TIMEOUT' } },
    });
    await cluster.kubelets.control(node, { fault: { kind: 'garbage' } });
    await expect(asking()).rejects.toMatchObject({ details: { extensions: { cause: 'UNEXPECTED_ANSWER' } } });
    await cluster.kubelets.control(node, { fault: null, kubelet: 'stop' });
    await expect(asking()).rejects.toMatchObject({ code: 'KUBELET_UNAVAILABLE' });
    await cluster.kubelets.control(node, { kubelet: 'start' });
    await expect(asking()).resolves.toHaveProperty('enableServer');
  });

  it('names the field that turns log queries on', async () => {
    await cluster.kubelets.control(node, { logQuery: false });
    const asked = client().nodeLogs(cluster.name, node, { services: ['kubelet'], sinceTime: new Date(0) });
    await expect(asked).rejects.toMatchObject({
      code: 'KUBELET_FEATURE_DISABLED',
      details: { extensions: { fields: ['enableSystemLogQuery'] } },
    });
    await cluster.kubelets.control(node, { logQuery: true });
  });

  it('names the right that the service lacks', async () => {
    const reader = [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }];
    const token = cluster.access.addUser(`reader-${transport}`, reader);
    const kubelets = clientFor(await cluster.writeKubeconfig(`reader-${transport}`, token), {
      KUBELET_TRANSPORT: transport,
    });
    const right = transport === 'direct' ? 'nodes/configz' : 'nodes/proxy';
    await expect(kubelets.configz(cluster.name, node)).rejects.toMatchObject({
      code: 'KUBELET_FORBIDDEN',
      details: { extensions: { missingRight: { verb: 'get', resource: right } } },
    });
  });

  it.each(['..', 'a/../b', 'a%2fb', 'x?y=z', 'no-such-node'])('knows no node named %s', async (name) => {
    await expect(client().configz(cluster.name, name)).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
  });
});

it('does not trust a kubelet whose certificate another CA signed', async () => {
  const other = await startTestCluster({ name: 'other', profile: 'empty', kubelets: false });
  const { readFileSync, writeFileSync, mkdtempSync } = await import('node:fs');
  const ca = /certificate-authority-data: (\S+)/.exec(readFileSync(other.kubeconfigPath, 'utf8'))?.[1] as string;
  const file = `${mkdtempSync('/tmp/steward-ca-')}/ca.pem`;
  writeFileSync(file, Buffer.from(ca.replaceAll('"', ''), 'base64'));
  const kubelets = clientFor(cluster.kubeconfigPath, { KUBELET_CA_FILE: file });
  await expect(kubelets.configz(cluster.name, node)).rejects.toMatchObject({
    code: 'KUBELET_UNAVAILABLE',
    details: { extensions: { cause: 'TLS' } },
  });
  await other.close();
});
