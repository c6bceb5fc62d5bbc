import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeRequests } from '../../../test/support/kube-requests.js';
import { startTestCluster } from '../../../test/support/simulated-cluster.js';
import type { SimulatedCluster } from '../src/start-simulated-cluster.js';
import type { KubeObject } from '../src/store/kube-object.js';

const DENIED = "Cannot evict pod as it would violate the pod's disruption budget.";

describe('pods/eviction of the simulated API server', () => {
  let cluster: SimulatedCluster;
  let kube: KubeRequests;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    // Budgets are set by hand here, so that each case is exactly what it says.
    cluster.controllers.stop();
    kube = new KubeRequests(cluster.kubeconfigPath);
    cluster.store.create('Namespace', { metadata: { name: 'web' } });
  });
  afterAll(async () => {
    kube.close();
    await cluster.close();
  });

  interface PodShape {
    ready?: boolean;
    phase?: string;
    app?: string;
    namespace?: string;
  }
  const pod = (
    name: string,
    { ready = true, phase = 'Running', app = name, namespace = 'web' }: PodShape = {},
  ): KubeObject =>
    cluster.store.create('Pod', {
      metadata: { name, namespace, labels: { app } },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
      status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    });
  const budget = (name: string, app: string, status: object, spec: object = {}): KubeObject =>
    cluster.store.create('PodDisruptionBudget', {
      metadata: { name, namespace: 'web' },
      spec: { selector: { matchLabels: { app } }, ...spec },
      status: {
        observedGeneration: 1,
        currentHealthy: 3,
        desiredHealthy: 3,
        expectedPods: 3,
        disruptionsAllowed: 0,
        ...status,
      },
    });
  const evict = (name: string, deleteOptions?: object, query = '', namespace = 'web') =>
    kube.send('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction${query}`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions },
    });
  const isTerminating = (name: string) => Boolean(cluster.store.get('Pod', 'web', name)?.metadata.deletionTimestamp);

  it('evicts without a budget, marks the pod and counts it', async () => {
    const { metadata } = pod('free');
    const answer = await evict('free', { gracePeriodSeconds: 7 });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Success' });
    const after = cluster.store.require('Pod', 'web', 'free');
    expect(after.metadata.deletionGracePeriodSeconds).toBe(7);
    expect(after.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
    );
    expect(cluster.api.requests.evictionsByUid.get(metadata.uid as string)).toBe(1);
  });

  it('spends the budget, then refuses with its cause and without Retry-After', async () => {
    pod('one', { app: 'pair' });
    pod('two', { app: 'pair' });
    budget('pair', 'pair', { disruptionsAllowed: 1, desiredHealthy: 1, currentHealthy: 2 });
    expect((await evict('one')).status).toBe(201);
    const { status } = cluster.store.require('PodDisruptionBudget', 'web', 'pair');
    expect(status.disruptionsAllowed).toBe(0);
    expect(Object.keys(status.disruptedPods)).toEqual(['one']);
    const refused = await evict('two');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBeUndefined();
    expect(refused.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: DENIED,
      reason: 'TooManyRequests',
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget pair needs 1 healthy pods and has 2 currently',
          },
        ],
      },
      code: 429,
    });
    expect(isTerminating('two')).toBe(false);
  });

  it('asks to wait while the budget has not been looked at', async () => {
    pod('fresh');
    budget('fresh', 'fresh', { observedGeneration: 0, disruptionsAllowed: 1 });
    const refused = await evict('fresh');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('10');
    expect(refused.body.details).toEqual({
      causes: [
        { reason: 'DisruptionBudget', message: 'The disruption budget fresh is still being processed by the server.' },
      ],
      retryAfterSeconds: 10,
    });
  });

  it('cannot work with two budgets', async () => {
    pod('twice');
    budget('twice-a', 'twice', { disruptionsAllowed: 1 });
    budget('twice-b', 'twice', { disruptionsAllowed: 1 });
    expect((await evict('twice')).body).toMatchObject({
      code: 500,
      message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    });
  });

  it.each(['Pending', 'Succeeded', 'Failed'])('lets a pod that is %s go past any budget', async (phase) => {
    const name = `phase-${phase.toLowerCase()}`;
    pod(name, { phase });
    budget(`${name}-a`, name, {});
    budget(`${name}-b`, name, {});
    expect((await evict(name)).status).toBe(201);
  });

  it('lets a terminating pod go past any budget', async () => {
    pod('leaving');
    budget('leaving', 'leaving', {});
    cluster.store.delete('Pod', 'web', 'leaving');
    expect((await evict('leaving')).status).toBe(201);
  });

  it.each([
    ['enough healthy', undefined, { currentHealthy: 2, desiredHealthy: 2 }, 201],
    ['too few healthy', undefined, { currentHealthy: 1, desiredHealthy: 2 }, 429],
    ['nothing desired', 'IfHealthyBudget', { currentHealthy: 0, desiredHealthy: 0 }, 429],
    ['always allowed', 'AlwaysAllow', { currentHealthy: 0, desiredHealthy: 2 }, 201],
  ])('an unready pod, %s', async (title, unhealthyPodEvictionPolicy, status, code) => {
    const name = title.replaceAll(' ', '-');
    pod(name, { ready: false });
    budget(name, name, status, { unhealthyPodEvictionPolicy });
    expect((await evict(name)).status).toBe(code);
    // Nothing is spent on a pod that did not count as healthy.
    expect(cluster.store.require('PodDisruptionBudget', 'web', name).status.disruptedPods).toBeUndefined();
  });

  it('refuses another uid with 409 and spends nothing', async () => {
    pod('replaced');
    budget('replaced', 'replaced', { disruptionsAllowed: 1 });
    expect((await evict('replaced', { preconditions: { uid: 'of-the-old-one' } })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect(cluster.store.require('PodDisruptionBudget', 'web', 'replaced').status.disruptionsAllowed).toBe(1);
    expect(isTerminating('replaced')).toBe(false);
  });

  it('changes nothing in a dry run', async () => {
    pod('dry');
    budget('dry', 'dry', { disruptionsAllowed: 1 });
    expect((await evict('dry', undefined, '?dryRun=All')).status).toBe(201);
    expect((await evict('dry', { dryRun: ['All'] })).status).toBe(201);
    expect(isTerminating('dry')).toBe(false);
    expect(cluster.store.require('PodDisruptionBudget', 'web', 'dry').status.disruptionsAllowed).toBe(1);
  });

  it('is 404 for an absent pod, and 403 with its cause in a namespace that goes away', async () => {
    expect((await evict('absent')).body).toMatchObject({ code: 404, message: 'pods "absent" not found' });
    cluster.store.create('Namespace', { metadata: { name: 'ending' } });
    pod('last', { namespace: 'ending' });
    cluster.store.delete('Namespace', undefined, 'ending');
    const refused = await evict('last', undefined, '', 'ending');
    expect(refused.status).toBe(403);
    expect(refused.body.details.causes).toEqual([
      { reason: 'NamespaceTerminating', message: 'namespace ending is being terminated', field: 'metadata.namespace' },
    ]);
  });
});
