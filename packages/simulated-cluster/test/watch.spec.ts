import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeRequests, type KubeWatchEvent } from '../../../test/support/kube-requests.js';
import { startTestCluster } from '../../../test/support/simulated-cluster.js';
import type { SimulatedCluster } from '../src/start-simulated-cluster.js';

const MAPS = '/api/v1/namespaces/default/configmaps';

describe('watches of the simulated API server', () => {
  let cluster: SimulatedCluster;
  let kube: KubeRequests;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false, bookmarkSeconds: 0.2 });
    kube = new KubeRequests(cluster.kubeconfigPath);
  });
  afterAll(async () => {
    kube.close();
    await cluster.close();
  });

  const create = (name: string, labels = {}) => cluster.store.create('ConfigMap', { metadata: { name, labels } });
  const named = (type: string, name: string) => (event: KubeWatchEvent) =>
    event.type === type && event.object.metadata?.name === name;

  it('start with what is there, and go on with changes', async () => {
    create('present');
    const watch = await kube.watch(`${MAPS}?watch=1`);
    await watch.until(named('ADDED', 'present'));
    cluster.store.modify('ConfigMap', 'default', 'present', (object) => ({ ...object, data: { a: '1' } }));
    expect((await watch.until(named('MODIFIED', 'present'))).object).toMatchObject({
      kind: 'ConfigMap',
      data: { a: '1' },
    });
    cluster.store.delete('ConfigMap', 'default', 'present');
    const deleted = await watch.until(named('DELETED', 'present'));
    expect(Number(deleted.object.metadata.resourceVersion)).toBe(cluster.store.resourceVersion);
    watch.close();
  });

  it('resume after a version without gap or repetition', async () => {
    const from = cluster.store.resourceVersion;
    for (const name of ['r1', 'r2', 'r3']) create(name);
    const watch = await kube.watch(`${MAPS}?watch=true&resourceVersion=${from + 1}`);
    create('r4');
    await watch.until(named('ADDED', 'r4'));
    expect(watch.events.map((event) => event.object.metadata.name)).toEqual(['r2', 'r3', 'r4']);
    watch.close();
  });

  it('report an object that leaves the selector as deleted', async () => {
    const watch = await kube.watch(
      `${MAPS}?watch=true&resourceVersion=${cluster.store.resourceVersion}&labelSelector=in%3Dyes`,
    );
    create('mover');
    const label = (value: string) =>
      cluster.store.modify('ConfigMap', 'default', 'mover', (object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { in: value } },
      }));
    label('yes');
    label('no');
    const left = await watch.until(named('DELETED', 'mover'));
    expect(watch.events.map((event) => event.type)).toEqual(['ADDED', 'DELETED']);
    expect(left.object.metadata.labels).toEqual({ in: 'yes' });
    expect(Number(left.object.metadata.resourceVersion)).toBe(cluster.store.resourceVersion);
    watch.close();
  });

  it('send bookmarks to those who ask, and one more before they time out', async () => {
    const from = cluster.store.resourceVersion;
    const watch = await kube.watch(
      `${MAPS}?watch=true&resourceVersion=${from}&allowWatchBookmarks=true&timeoutSeconds=1`,
    );
    const silent = await kube.watch(`${MAPS}?watch=true&resourceVersion=${from}&timeoutSeconds=1`);
    const bookmark = await watch.until((event) => event.type === 'BOOKMARK');
    expect(bookmark.object.kind).toBe('ConfigMap');
    expect(Number(bookmark.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(from);
    expect(await watch.ended).toBe('end');
    expect(await silent.ended).toBe('end');
    expect(silent.events).toEqual([]);
  });

  it('end with a 410 event when the version is too old', async () => {
    const from = cluster.store.resourceVersion;
    create('forgotten');
    cluster.store.compact('ConfigMap');
    const watch = await kube.watch(`${MAPS}?watch=true&resourceVersion=${from}`);
    expect(await watch.ended).toBe('end');
    expect(watch.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
  });

  it('begin with what is there and a bookmark behind it, where that is asked for', async () => {
    create('first');
    const path = `${MAPS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true`;
    expect((await kube.get(path)).body).toMatchObject({ code: 422, reason: 'Invalid' });
    const watch = await kube.watch(`${path}&resourceVersionMatch=NotOlderThan`);
    const bookmark = await watch.until((event) => event.type === 'BOOKMARK');
    expect(bookmark.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(watch.events.some((event) => named('ADDED', 'first')(event))).toBe(true);
    watch.close();
  });

  it('come as tables, with the columns only once', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const watch = await kube.watch(`${MAPS}?watch=true&resourceVersion=${cluster.store.resourceVersion}`, { accept });
    create('t1');
    create('t2');
    await watch.until((event) => event.object.rows[0].cells[0] === 't2');
    expect(watch.events.map((event) => event.object.columnDefinitions?.length ?? 0)).toEqual([3, 0]);
    watch.close();
  });

  it('can be cut and expired on purpose', async () => {
    const cut = await kube.watch(`${MAPS}?watch=true&resourceVersion=${cluster.store.resourceVersion}`);
    expect((await kube.send('POST', '/simulation/drop-watches?kind=ConfigMap')).body.dropped).toBeGreaterThan(0);
    expect(await cut.ended).toBe('cut');
    const expired = await kube.watch(`${MAPS}?watch=true&resourceVersion=${cluster.store.resourceVersion}`);
    await kube.send('POST', '/simulation/expire-watches');
    expect(await expired.ended).toBe('end');
    expect(expired.events).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
  });

  it('are forgotten when their client leaves', async () => {
    const before = cluster.api.watches.size;
    const watch = await kube.watch(`${MAPS}?watch=true`);
    expect(cluster.api.watches.size).toBe(before + 1);
    watch.close();
    await expect.poll(() => cluster.api.watches.size).toBe(before);
  });
});
