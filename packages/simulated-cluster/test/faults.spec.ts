import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KubeRequests } from '../../../test/support/kube-requests.js';
import { startTestCluster } from '../../../test/support/simulated-cluster.js';
import type { SimulatedCluster } from '../src/start-simulated-cluster.js';

const MAPS = '/api/v1/namespaces/default/configmaps';

describe('faults of the simulated API server', () => {
  let cluster: SimulatedCluster;
  let kube: KubeRequests;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    kube = new KubeRequests(cluster.kubeconfigPath);
  });
  afterEach(() => cluster.faults.clear());
  afterAll(async () => {
    kube.close();
    await cluster.close();
  });

  const create = (name: string) => kube.send('POST', MAPS, { body: { metadata: { name } } });
  const exists = (name: string) => cluster.store.get('ConfigMap', 'default', name) !== undefined;

  it('answers 429 as priority and fairness does, so often as asked, over HTTP too', async () => {
    const fault = {
      id: 'apf',
      match: { verb: 'create', resource: 'configmaps' },
      effect: { status: 429, retryAfterSeconds: 3 },
      remaining: 1,
    };
    expect((await kube.send('PUT', '/simulation/faults', { body: fault })).body.faults).toHaveLength(1);
    const refused = await create('throttled');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('3');
    expect(refused.body.details.causes).toBeUndefined();
    expect((await create('throttled')).status).toBe(201);
    expect(cluster.faults.struck('apf')).toBe(1);
    await kube.send('DELETE', '/simulation/faults?id=apf');
    expect(cluster.faults.list()).toEqual([]);
  });

  it.each([500, 503])('answers %d and does nothing', async (status) => {
    cluster.faults.set({ id: 'x', match: { resource: 'configmaps' }, effect: { status } });
    expect((await create(`refused-${status}`)).body).toMatchObject({ kind: 'Status', code: status });
    expect(exists(`refused-${status}`)).toBe(false);
  });

  it('rejects as an admission webhook does', async () => {
    const effect = { status: 403, message: 'admission webhook "guard.example" denied the request: not on Fridays' };
    cluster.faults.set({ id: 'friday', match: { verb: 'create' }, effect });
    expect((await create('friday')).body).toMatchObject({ code: 403, reason: 'Forbidden', message: effect.message });
    expect(exists('friday')).toBe(false);
  });

  it('makes users with limited rights over HTTP', async () => {
    const rules = [{ verbs: ['list'], resources: ['configmaps'], namespaces: ['default'] }];
    const made = await kube.send('POST', '/simulation/users', { body: { username: 'limited', rules } });
    const { token } = made.body;
    expect((await kube.get(MAPS, { token })).status).toBe(200);
    expect((await kube.get('/api/v1/configmaps', { token })).status).toBe(403);
    expect((await kube.send('POST', MAPS, { token, body: {} })).status).toBe(403);
  });

  it('drops the connection before or after doing it', async () => {
    cluster.faults.set({ id: 'x', match: { verb: 'create' }, effect: { dropConnection: true }, remaining: 1 });
    await expect(create('before')).rejects.toThrow();
    expect(exists('before')).toBe(false);
    cluster.faults.set({ id: 'x', match: { verb: 'create' }, effect: { dropAfter: true }, remaining: 1 });
    await expect(create('after')).rejects.toThrow();
    expect(exists('after')).toBe(true);
  });

  it('never answers, until the server goes away', async () => {
    const other = await startTestCluster({ profile: 'empty', kubelets: false });
    const client = new KubeRequests(other.kubeconfigPath);
    other.faults.set({ id: 'dead', effect: { neverAnswer: true } });
    const outcome = client.get('/version').then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => other.faults.struck('dead')).toBe(1);
    await other.close();
    expect(await outcome).toBe('cut');
    client.close();
  });

  it('delays, and breaks watches after a while', async () => {
    cluster.faults.set({
      id: 'slow',
      match: { verb: 'watch' },
      effect: { delayMs: 20, dropWatchAfterMs: 30 },
      remaining: 1,
    });
    expect(await (await kube.watch(`${MAPS}?watch=1`)).ended).toBe('cut');
    cluster.faults.set({ id: 'gone', match: { verb: 'watch' }, effect: { expireWatchAfterMs: 10 }, remaining: 1 });
    const expired = await kube.watch(`${MAPS}?watch=1`);
    expect(await expired.ended).toBe('end');
    expect(expired.events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('counts requests by verb and resource', async () => {
    cluster.api.requests.reset();
    await kube.get(MAPS);
    await kube.get(`${MAPS}/absent`);
    const { counts, requests } = (await kube.get('/simulation/requests')).body;
    expect(counts).toEqual({ 'list configmaps': 1, 'get configmaps': 1 });
    expect(requests.map((entry: { user: string }) => entry.user)).toEqual(['kubernetes-admin', 'kubernetes-admin']);
  });
});
