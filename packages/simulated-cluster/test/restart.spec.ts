import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KubeRequests } from '../../../test/support/kube-requests.js';
import { startSimulatedCluster } from '../src/start-simulated-cluster.js';

describe('a simulated cluster that starts again in the same folder', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'steward-restart-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('keeps its kubeconfig, its identities and an order of versions', async () => {
    const first = await startSimulatedCluster({ dataDir, name: 'kept', kubelets: false });
    const port = Number(new URL(first.url).port);
    const kubeconfig = readFileSync(first.kubeconfigPath, 'utf8');
    expect(statSync(first.kubeconfigPath).mode & 0o777).toBe(0o600);
    const before = first.store.require('Node', undefined, 'worker-1').metadata;
    const lastVersion = first.store.resourceVersion;
    await first.close();
    await new Promise((resolve) => setTimeout(resolve, 20));

    const second = await startSimulatedCluster({ dataDir, name: 'kept', kubelets: false, port });
    expect(readFileSync(second.kubeconfigPath, 'utf8')).toBe(kubeconfig);
    const kube = new KubeRequests(second.kubeconfigPath);
    const node = (await kube.get('/api/v1/nodes/worker-1')).body;
    expect(node.metadata.uid).toBe(before.uid);
    const stale = await kube.watch(`/api/v1/nodes?watch=1&resourceVersion=${lastVersion}`);
    expect(await stale.ended).toBe('end');
    expect(stale.events).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
    kube.close();
    await second.close();
  });
});
