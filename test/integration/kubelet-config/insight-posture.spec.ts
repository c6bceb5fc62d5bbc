import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;
const CLUSTER = '/api/v1/clusters/demo';

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

async function scoped(nodeSelector: string) {
  const bindings = [{ role: 'viewer', clusters: ['demo'], nodeSelector }];
  const made = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'posture', bindings } });
  return api.client.as(made.body.token);
}

describe('posture', () => {
  it('judges one kubelet, with the value seen and the change that would fix it', async () => {
    const { status, body } = await api.client.rest('GET', `${CLUSTER}/nodes/worker-1/posture`);
    expect(status).toBe(200);
    const ids = body.findings.map(({ id }: { id: string }) => id);
    for (let check = 1; check <= 14; check += 1) expect(ids).toContain(`4.2.${check}`);
    for (const finding of body.findings) {
      if (finding.status !== 'FAIL') continue;
      expect(finding.why).not.toBe('');
      expect(finding.wanted).not.toBe('');
    }
    const query = '{ nodePosture(cluster: "demo", node: "worker-1") { findings { id: checkId status seen } } }';
    const { data } = await api.client.graphql(query);
    const rest = body.findings.map(({ id, status: verdict, seen }: Record<string, unknown>) => ({
      id,
      status: verdict,
      seen,
    }));
    expect(data.nodePosture.findings).toEqual(rest);
  });

  it('shows the fleet worst first and names who could not be asked', async () => {
    await cluster.kubelets.control('worker-2', { kubelet: 'stop' });
    const { body } = await api.client.rest('GET', `${CLUSTER}/posture`);
    await cluster.kubelets.control('worker-2', { kubelet: 'start' });
    expect(body.unreadableNodes).toContain('worker-2');
    const failed = body.nodes.map((node: { failed: string[] }) => node.failed.length);
    expect(failed).toEqual([...failed].sort((a, b) => b - a));
    expect(body.nodes.length + body.unreadableNodes.length).toBe(12);
  });

  it('groups the fleet by configuration', async () => {
    const { body } = await api.client.rest('GET', `${CLUSTER}/kubelet-config-drift`);
    const nodes = body.groups.flatMap((group: { nodes: string[] }) => group.nodes);
    expect(new Set(nodes).size + body.unreadableNodes.length).toBe(12);
    expect(body.groups[0]).toMatchObject({ outlier: false, differences: [] });
    for (const group of body.groups.slice(1)) expect(group.differences.length).toBeGreaterThan(0);
  });

  it('is limited to the scope of the caller', async () => {
    const caller = await scoped('kubernetes.io/hostname=worker-1');
    const { body } = await caller.rest('GET', `${CLUSTER}/posture`);
    expect(body.nodes.map(({ node }: { node: string }) => node)).toEqual(['worker-1']);
    const drift = await caller.rest('GET', `${CLUSTER}/kubelet-config-drift`);
    expect(drift.body.groups.flatMap((group: { nodes: string[] }) => group.nodes)).toEqual(['worker-1']);
    expect((await caller.rest('GET', `${CLUSTER}/nodes/worker-3/posture`)).status).toBe(404);
    expect((await api.client.as(null).rest('GET', `${CLUSTER}/posture`)).status).toBe(401);
  });
});
