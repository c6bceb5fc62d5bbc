import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { AlwaysPermit } from '../../support/always-permit.js';
import { connectionsTo } from '../../support/cluster-connections.js';
import { KubeRequests } from '../../support/kube-requests.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const permit = new AlwaysPermit();

/** How connections to a server end, as the server's kernel sees it. */
async function endsOfConnections(url: string) {
  const { hostname, port } = new URL(url);
  const ends: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    sockets.push(near, far);
    near.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? error.message));
    near.on('end', () => ends.push('FIN'));
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ends, close };
}

let cluster: SimulatedCluster;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steward-deadlines-'));
  cluster = await startTestCluster({ profile: 'empty', kubelets: false });
});
afterEach(() => cluster.faults.clear());
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

const exists = (name: string) => cluster.store.get('ConfigMap', 'default', name) !== undefined;

describe('10.1 the deadline of a request that changes something', () => {
  it('resets its connection, so that the kernel does not deliver what it still holds', async () => {
    const link = await endsOfConnections(cluster.url);
    const path = join(folder, 'link');
    writeFileSync(path, readFileSync(cluster.kubeconfigPath, 'utf8').replaceAll(cluster.url, link.url));
    const connections = connectionsTo(path);
    const [name] = connections.names() as [string];
    cluster.faults.set({ id: 'mute', match: { verb: 'create' }, effect: { neverAnswer: true } });
    try {
      const change = connections.get(name).change('POST', MAPS, { permit, timeoutMs: 1_000, body: {} });
      await expect(change).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
      await eventually(() => link.ends.length > 0);
      expect(link.ends).toEqual(['ECONNRESET']);
    } finally {
      await connections.onApplicationShutdown();
      link.close();
    }
  });
});

describe('the simulated API server, as a real one', () => {
  let kube: KubeRequests;
  beforeAll(() => {
    kube = new KubeRequests(cluster.kubeconfigPath);
  });
  afterAll(() => kube.close());

  it('ends a request at the timeout that it names, without doing it', async () => {
    cluster.faults.set({ id: 'slow', match: { verb: 'create' }, effect: { delayMs: 3_000 }, remaining: 1 });
    const answer = await kube.send('POST', `${MAPS}?timeout=1s`, { body: { metadata: { name: 'late' } } });
    expect([answer.status, answer.body.reason]).toEqual([504, 'Timeout']);
    cluster.faults.set({ id: 'next', match: { verb: 'create' }, effect: { delayMs: 3_000 }, remaining: 1 });
    expect((await kube.send('POST', MAPS, { body: { metadata: { name: 'patient' } } })).status).toBe(201);
    expect([exists('late'), exists('patient')]).toEqual([false, true]);
  });

  it('refuses a timeout that is none', async () => {
    const answer = await kube.send('POST', `${MAPS}?timeout=soon`, { body: { metadata: { name: 'soon' } } });
    expect([answer.status, exists('soon')]).toEqual([400, false]);
  });

  it('does nothing for a client that has gone', async () => {
    const leaving = new KubeRequests(cluster.kubeconfigPath);
    cluster.faults.set({ id: 'gone', match: { verb: 'create' }, effect: { delayMs: 2_000 }, remaining: 1 });
    const outcome = leaving.send('POST', MAPS, { body: { metadata: { name: 'left' } } }).catch(() => 'left');
    await eventually(() => cluster.faults.struck('gone') === 1);
    leaving.close();
    expect(await outcome).toBe('left');
    // Asked later, done later.
    cluster.faults.set({ id: 'after', match: { verb: 'create' }, effect: { delayMs: 3_000 }, remaining: 1 });
    await kube.send('POST', MAPS, { body: { metadata: { name: 'after' } } });
    expect([exists('left'), exists('after')]).toEqual([false, true]);
  });
});
