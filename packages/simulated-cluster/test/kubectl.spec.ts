import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlPath, runKubectl } from '../../../test/support/kubectl.js';
import { startTestCluster } from '../../../test/support/simulated-cluster.js';
import type { SimulatedCluster } from '../src/start-simulated-cluster.js';

describe('kubectl on the simulated cluster', () => {
  let cluster: SimulatedCluster;

  beforeAll(async () => {
    cluster = await startTestCluster();
  });
  afterAll(() => cluster.close());

  const kubectl = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runKubectl(cluster.kubeconfigPath, args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const refused = async (...args: string[]): Promise<string> => (await runKubectl(cluster.kubeconfigPath, args)).stderr;

  it('gets and describes nodes and pods', async () => {
    const nodes = (await kubectl('get', 'nodes', '-o', 'wide')).trim().split('\n');
    expect(nodes).toHaveLength(13);
    expect(nodes[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'STATUS',
      'ROLES',
      'AGE',
      'VERSION',
      'INTERNAL-IP',
      'EXTERNAL-IP',
      'OS-IMAGE',
      'KERNEL-VERSION',
      'CONTAINER-RUNTIME',
    ]);
    expect(await kubectl('get', 'pods', '-A', '-o', 'wide')).toMatch(
      /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +IP +NODE/,
    );
    const description = await kubectl('describe', 'node', 'worker-3');
    for (const section of [
      'Lease:',
      'Conditions:',
      'Capacity:',
      'System Info:',
      'Non-terminated Pods:',
      'Allocated resources:',
      'Events:',
    ]) {
      expect(description).toContain(section);
    }
    expect(await kubectl('top', 'nodes')).toContain('worker-3');
  });

  it.each([
    'deployments',
    'statefulsets',
    'daemonsets',
    'replicasets',
    'jobs',
    'pdb',
    'events',
    'pv',
    'pvc',
    'leases',
    'csr',
    'sc',
    'ns',
  ])('gets %s', async (resource) => {
    expect(await kubectl('get', resource, '-A', '-o', 'wide')).not.toContain('error');
  });

  it('labels, annotates, taints, scales, applies, patches and deletes', async () => {
    await kubectl('label', 'node', 'worker-3', 'spare=yes');
    await kubectl('annotate', 'node', 'worker-3', 'note=hello');
    await kubectl('taint', 'node', 'worker-3', 'a=b:NoSchedule', 'a=b:PreferNoSchedule');
    await kubectl('taint', 'node', 'worker-3', 'a:NoSchedule-');
    const node = cluster.store.require('Node', undefined, 'worker-3');
    expect(node.metadata.labels).toMatchObject({ spare: 'yes' });
    expect(node.spec.taints).toMatchObject([{ key: 'a', effect: 'PreferNoSchedule' }]);
    await kubectl('taint', 'node', 'worker-3', 'a-');
    const file = join(dirname(cluster.kubeconfigPath), 'app.yaml');
    const manifest = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: applied, namespace: default }
spec:
  replicas: 2
  selector: { matchLabels: { app: applied } }
  template:
    metadata: { labels: { app: applied } }
    spec: { containers: [{ name: c, image: "${image}" }] }
`;
    writeFileSync(file, manifest('one'));
    expect(await kubectl('apply', '-f', file)).toContain('deployment.apps/applied created');
    writeFileSync(file, manifest('two'));
    expect(await kubectl('apply', '-f', file)).toContain('configured');
    await kubectl('rollout', 'status', 'deployment/applied', '--timeout=30s');
    await kubectl('scale', 'deployment/applied', '--replicas=1');
    expect(cluster.store.require('Deployment', 'default', 'applied').spec).toMatchObject({
      replicas: 1,
      template: { spec: { containers: [{ image: 'two' }] } },
    });
    await kubectl('delete', '-f', file);
    expect(cluster.store.get('Deployment', 'default', 'applied')).toBeUndefined();
    await kubectl('create', 'configmap', 'made', '--from-literal=a=b');
    expect(cluster.store.require('ConfigMap', 'default', 'made').data).toEqual({ a: 'b' });
    expect(await kubectl('auth', 'can-i', 'delete', 'pods')).toContain('yes');
  });

  it('cordons, drains with the usual options, and uncordons', async () => {
    expect(await kubectl('cordon', 'worker-2')).toBe('node/worker-2 cordoned\n');
    expect(await kubectl('cordon', 'worker-2')).toBe('node/worker-2 already cordoned\n');
    await kubectl('uncordon', 'worker-2');
    const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=60s'];
    expect(await kubectl('drain', 'worker-1', ...options)).toContain('node/worker-1 drained');
    const owners = cluster.store.podsOnNode('worker-1').map((pod) => pod.metadata.ownerReferences?.[0]?.kind);
    expect(new Set(owners)).toEqual(new Set(['DaemonSet']));
    await kubectl('uncordon', 'worker-1');
    expect(cluster.store.require('Node', undefined, 'worker-1').spec.unschedulable).toBeFalsy();
  });

  it('drains by deletion when told not to evict', async () => {
    const before = cluster.api.requests.evictions.length;
    const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--disable-eviction', '--timeout=60s'];
    expect(await kubectl('drain', 'worker-2', ...options)).toContain('drained');
    expect(cluster.api.requests.evictions).toHaveLength(before);
    await kubectl('uncordon', 'worker-2');
  });

  it('refuses to drain without the options', async () => {
    const why = await refused('drain', 'worker-3');
    expect(why).toContain('cannot delete DaemonSet-managed Pods');
    expect(why).toContain('cannot delete Pods with local storage');
    await kubectl('uncordon', 'worker-3');
  });

  it('reaches kubelets through the node proxy', async () => {
    expect(await kubectl('get', '--raw', '/api/v1/nodes/worker-4/proxy/healthz')).toBe('ok');
    const config = JSON.parse(await kubectl('get', '--raw', '/api/v1/nodes/worker-4/proxy/configz'));
    expect(config.kubeletconfig.port).toBe(10250);
    const lines = await kubectl('get', '--raw', '/api/v1/nodes/worker-4/proxy/logs/?query=kubelet&tailLines=4');
    expect(lines.trim().split('\n')).toHaveLength(4);
    expect(await refused('get', '--raw', '/api/v1/nodes/absent/proxy/healthz')).toContain('nodes "absent" not found');
  });

  it('reads logs, and follows pods and events', async () => {
    const pod = cluster.store.podsOnNode('worker-3').find((item) => item.spec.containers.length === 1);
    const { namespace = '', name = '' } = pod?.metadata ?? {};
    expect((await kubectl('logs', '-n', namespace, name, '--tail=3')).trim().split('\n')).toHaveLength(3);
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfigPath };
    const watching = spawn(await kubectlPath(), ['get', 'pods', '-A', '-w'], { env });
    let text = '';
    watching.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await expect.poll(() => text, { timeout: 10_000 }).toContain(name);
    await kubectl('delete', 'pod', '-n', namespace, name, '--wait=false');
    await expect.poll(() => text, { timeout: 10_000 }).toMatch(new RegExp(`${name} .*Terminating`));
    watching.kill();
    expect(await kubectl('get', 'events', '-n', namespace)).toContain(name);
  });
});
