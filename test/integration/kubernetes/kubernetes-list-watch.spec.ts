import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { ClusterConnections } from '../../../src/platform/kubernetes/cluster-connections.js';
import type { KubeObject } from '../../../src/platform/kubernetes/kube-objects.js';
import { ListWatch, type ListWatchOptions, type RowChange } from '../../../src/platform/kubernetes/list-watch.js';
import { connectionsTo } from '../../support/cluster-connections.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { waitFor } from '../../support/wait-for.js';

let cluster: SimulatedCluster;
let connections: ClusterConnections;
const running: ListWatch<KubeObject, string>[] = [];
const PATH = '/api/v1/configmaps';

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'empty', bookmarkSeconds: 1 });
  connections = connectionsTo(cluster.kubeconfigPath);
});
afterEach(async () => {
  cluster.faults.clear();
  await Promise.all(running.splice(0).map((watch) => watch.stop()));
  await waitFor(() => expect(cluster.api.watches.size).toBe(0));
  for (const { metadata } of cluster.store.list('ConfigMap')) {
    cluster.store.delete('ConfigMap', metadata.namespace, metadata.name);
  }
});
afterAll(async () => {
  await connections?.onApplicationShutdown();
  await cluster?.close();
});

const put = (name: string, value = 'x') => {
  const current = cluster.store.get('ConfigMap', 'default', name);
  const object = { metadata: { name, namespace: 'default', labels: { value } } };
  if (current) cluster.store.update('ConfigMap', { ...current, metadata: { ...current.metadata, labels: { value } } });
  else cluster.store.create('ConfigMap', object);
};
const drop = (name: string) => cluster.store.delete('ConfigMap', 'default', name);

/** The row is `name=value`. */
function watching(options: Partial<ListWatchOptions<KubeObject, string>> = {}) {
  const changes: string[] = [];
  const errors: unknown[] = [];
  let syncs = 0;
  const watch = new ListWatch<KubeObject, string>({
    connection: connections.get('demo'),
    path: PATH,
    fieldSelector: 'metadata.namespace=default',
    project: ({ metadata }) => `${metadata.name}=${metadata.labels?.value}`,
    onEvent: ({ type, row }: RowChange<string>) => void changes.push(`${type} ${row}`),
    onSync: () => void syncs++,
    onError: (error) => void errors.push(error),
    ...options,
  });
  running.push(watch);
  watch.start();
  const rows = () => [...watch.rows.values()].sort();
  return { watch, changes, errors, rows, syncs: () => syncs };
}

/** Until the server has the watch open: changes after this arrive by watch and not by the list before it. */
async function watchOpen(options?: Partial<ListWatchOptions<KubeObject, string>>) {
  const started = watching(options);
  await started.watch.whenSynced();
  await waitFor(() => expect(cluster.api.watches.size).toBe(1));
  return started;
}

describe('list and watch', () => {
  it('takes in what exists, then every change in order', async () => {
    put('a');
    const { changes, rows } = await watchOpen();
    expect(changes).toEqual(['ADDED a=x']);
    put('b');
    put('b', 'y');
    drop('a');
    await waitFor(() => expect(changes).toHaveLength(4));
    expect(changes.slice(1)).toEqual(['ADDED b=x', 'MODIFIED b=y', 'DELETED a=x']);
    expect(rows()).toEqual(['b=y']);
  });

  it('tells a replacement under the same name from a change', async () => {
    put('a');
    const { changes } = await watchOpen();
    drop('a');
    put('a', 'again');
    await waitFor(() => expect(changes).toEqual(['ADDED a=x', 'DELETED a=x', 'ADDED a=again']));
  });

  it('goes on from where a dropped watch was, without a new list', async () => {
    cluster.faults.set({
      id: 'cut',
      match: { verb: 'watch', resource: 'configmaps' },
      effect: { dropWatchAfterMs: 20 },
      remaining: 3,
    });
    const { changes, syncs, watch } = watching();
    await watch.whenSynced();
    for (let i = 0; i < 40; i++) {
      put(`item-${i}`);
      await sleep(5);
    }
    await waitFor(() => expect(changes).toHaveLength(40));
    expect(changes).toEqual(Array.from({ length: 40 }, (_, i) => `ADDED item-${i}=x`));
    expect(syncs()).toBe(1);
  });

  it('lists again after 410 and reports what happened in between', async () => {
    put('goes');
    put('changes');
    cluster.faults.set({
      id: 'gone',
      match: { verb: 'watch', resource: 'configmaps' },
      effect: { expireWatchAfterMs: 30 },
      remaining: 1,
    });
    const { changes, rows, syncs, watch } = watching();
    await watch.whenSynced();
    cluster.faults.set({
      id: 'late',
      match: { verb: 'watch', resource: 'configmaps' },
      effect: { delayMs: 200 },
      remaining: 1,
    });
    await waitFor(() => expect(syncs()).toBe(2));
    drop('goes');
    put('changes', 'y');
    put('comes');
    await waitFor(() => expect(rows()).toEqual(['changes=y', 'comes=x']));
    expect(changes).toContain('DELETED goes=x');
  });

  it('survives errors of list and watch, and says so meanwhile', async () => {
    cluster.faults.set({ id: 'ill', match: { resource: 'configmaps' }, effect: { status: 500 }, remaining: 3 });
    put('a');
    const { rows, errors, watch } = watching();
    await waitFor(() => expect(errors.length).toBeGreaterThan(0));
    await watch.whenSynced();
    expect(rows()).toEqual(['a=x']);
    await waitFor(() => expect(watch.lastError).toBeUndefined());
    expect(watch.silentMs).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('takes a silent watch for dead and opens another', async () => {
    cluster.faults.set({
      id: 'mute',
      match: { verb: 'watch', resource: 'configmaps' },
      effect: { neverAnswer: true },
      remaining: 1,
    });
    const { watch, rows, errors } = watching({ silenceMs: 300 });
    await watch.whenSynced();
    expect(watch.silentMs).toBeLessThan(Number.POSITIVE_INFINITY);
    put('a');
    await waitFor(() => expect(rows()).toEqual(['a=x']));
    expect(errors).toHaveLength(1);
  });

  it('10.7 is as old as the last byte that came, however open the watch is', async () => {
    const { watch } = watching();
    await watch.whenSynced();
    cluster.faults.set({ id: 'mute', match: { resource: 'configmaps' }, effect: { neverAnswer: true } });
    await waitFor(() => expect(watch.silentMs).toBeGreaterThan(300));
    // Until the patience is over, and then not at all: who asks again does not wait for a cluster that is away.
    await watch.confirm(0, 100);
    expect(watch.silentMs).toBeGreaterThan(300);
    cluster.faults.clear();
  });

  it('10.7 proves by a new watch, without losing an event, that a silent cluster is there', async () => {
    const { watch, rows, errors, syncs } = watching();
    await watch.whenSynced();
    await waitFor(() => expect(watch.silentMs).toBeGreaterThan(50));
    const silentSince = performance.now() - watch.silentMs;
    put('a');
    await watch.confirm(0, 30_000);
    put('b');
    await waitFor(() => expect(performance.now() - watch.silentMs).toBeGreaterThan(silentSince + 1));
    await waitFor(() => expect(rows()).toEqual(['a=x', 'b=x']));
    expect([errors, syncs()]).toEqual([[], 1]);
  });

  it('pages through long collections', async () => {
    for (let i = 0; i < 1201; i++) put(`item-${i}`);
    const { watch, rows } = watching();
    await watch.whenSynced();
    expect(rows()).toHaveLength(1201);
  });

  it('watches a selection only', async () => {
    const { changes } = await watchOpen({ labelSelector: 'value=in' });
    put('a', 'out');
    put('b', 'in');
    put('b', 'out');
    await waitFor(() => expect(changes).toHaveLength(2));
    expect(changes.map((change) => change.split('=')[0])).toEqual(['ADDED b', 'DELETED b']);
  });

  it('ends with its signal, and then calls nothing back', async () => {
    const leaving = new AbortController();
    const changes: string[] = [];
    const watch = new ListWatch<KubeObject, string>({
      connection: connections.get('demo'),
      path: PATH,
      project: ({ metadata }) => metadata.name,
      onEvent: ({ row }) => void changes.push(row),
    }).start(leaving.signal);
    await watch.whenSynced();
    leaving.abort();
    await watch.stop();
    const seen = changes.length;
    put('late');
    await sleep(50);
    expect(changes).toHaveLength(seen);
    await expect(
      new ListWatch({ connection: connections.get('demo'), path: PATH, project: () => 1 })
        .start(leaving.signal)
        .whenSynced(),
    ).rejects.toThrow();
  });

  it('converges on the store under drops, errors and expiries', async () => {
    const match = { resource: 'configmaps' };
    cluster.faults.set({
      id: 'a',
      match: { ...match, verb: 'watch' },
      effect: { dropWatchAfterMs: 15 },
      probability: 0.4,
    });
    cluster.faults.set({
      id: 'b',
      match: { ...match, verb: 'watch' },
      effect: { expireWatchAfterMs: 15 },
      probability: 0.3,
    });
    cluster.faults.set({ id: 'c', match, effect: { status: 500 }, probability: 0.2 });
    cluster.faults.set({ id: 'd', match, effect: { delayMs: 20 }, probability: 0.3 });
    const { watch, rows } = watching();
    await watch.whenSynced();
    for (let i = 0; i < 300; i++) {
      const name = `item-${(i * 7) % 50}`;
      if (i % 3 === 2 && cluster.store.get('ConfigMap', 'default', name)) drop(name);
      else put(name, `v${i}`);
      if (i % 10 === 0) await sleep(10);
    }
    cluster.faults.clear();
    const truth = cluster.store
      .list('ConfigMap', { namespace: 'default' })
      .map(({ metadata }) => `${metadata.name}=${metadata.labels?.value}`)
      .sort();
    await waitFor(() => expect(rows()).toEqual(truth));
  });
});
