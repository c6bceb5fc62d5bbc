import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import {
  type Answer,
  expectLike,
  expectSameHead,
  RawServer,
  type RecordedRequest,
  recorded,
} from '../../support/recorded-requests.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const { REAL_KUBECONFIG } = process.env;
const POD = /\/namespaces\/(rec\w*)\/pods\/([a-z]+)-[a-z0-9]+-[a-z0-9]+/;
/** Pods that the requests are about, by the first part of their names, with the labels that budgets select. */
const PODS = ['closed', 'two', 'free', 'open', 'pending', 'pct'];
/** Need a state of their own: `own-state.spec.ts`. */
const OWN_STATE =
  /^(admission-|job-|terminating-|token-review-service|evict-in-term|pod-log-(previous-none|kubelet-without))/;

let cluster: SimulatedCluster | undefined;
let server: RawServer;
let node: string;

const manifest = (name: string, app: string, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'rec', labels: { app } },
  spec: {
    containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10.1' }],
    terminationGracePeriodSeconds: 1,
    ...spec,
  },
});

const budget = (name: string, app: string) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'rec' },
  spec: { minAvailable: 2, selector: { matchLabels: { app } } },
});

const post = (path: string, body: unknown) => server.must({ method: 'POST', path, body });

/** The objects that stood there when the requests were recorded, under names that need no controller. */
async function arrange(): Promise<void> {
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rec' } });
  const pods = '/api/v1/namespaces/rec/pods';
  for (const app of PODS) {
    const nowhere = app === 'pending' ? { nodeSelector: { 'rec.example/nowhere': 'x' } } : {};
    for (const n of app === 'open' ? [0, 1, 2] : [0, 1]) await post(pods, manifest(`${app}-${n}`, app, nowhere));
  }
  const budgets = [
    ...['closed', 'open', 'pending'].map((app) => budget(app, app)),
    budget('two-a', 'two'),
    budget('two-b', 'two'),
  ];
  for (const item of budgets) await post('/apis/policy/v1/namespaces/rec/poddisruptionbudgets', item);
  await until(async () => {
    const { items } = await server.must({ method: 'GET', path: '/apis/policy/v1/namespaces/rec/poddisruptionbudgets' });
    const allowed = (name: string) =>
      items.find((item: { metadata: { name: string } }) => item.metadata.name === name)?.status;
    return allowed('closed')?.currentHealthy === 2 && allowed('open')?.disruptionsAllowed === 1;
  });
}

async function until(reached: () => Promise<boolean>, withinMs = 90_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await reached())) {
    if (Date.now() > end) throw new Error('what the requests are about did not come to be');
    await sleep(100);
  }
}

/** A cluster that is not thrown away is left as it was found. */
async function cleanUp(): Promise<void> {
  const path = '/api/v1/namespaces/rec';
  const remove = async (one: string, body: object = {}) => {
    const { status, text } = await server.send({ method: 'DELETE', path: one, body });
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${one}: ${status} ${text}`);
  };
  const removeAll = async (list: string, body?: object) => {
    const { items } = await server.must({ method: 'GET', path: list });
    for (const { metadata } of items) await remove(`${list}/${metadata.name}`, body);
  };
  // At once, since no kubelet may be there to say that a pod has ended.
  await removeAll(`${path}/pods`, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 });
  await removeAll('/apis/policy/v1/namespaces/rec/poddisruptionbudgets');
  await remove(path);
  const isGone = async () => (await server.send({ method: 'GET', path })).status === 404;
  await until(isGone, 30_000).catch(async () => {
    // Nobody finalizes namespaces there: by now this one is empty.
    const namespace = await server.must({ method: 'GET', path });
    await server.must({ method: 'PUT', path: `${path}/finalize`, body: { ...namespace, spec: { finalizers: [] } } });
    await until(isGone);
  });
}

async function begin(): Promise<void> {
  cluster = REAL_KUBECONFIG ? undefined : await startTestCluster();
  server = new RawServer(REAL_KUBECONFIG ?? (cluster as SimulatedCluster).kubeconfigPath);
  const { items } = await server.must({ method: 'GET', path: '/api/v1/nodes' });
  node = items[0].metadata.name;
  await arrange();
}

async function end(): Promise<void> {
  if (REAL_KUBECONFIG) await cleanUp();
  await server?.close();
  await cluster?.close();
}

/** Names of the recorded cluster to names of this one. */
function namesIn({ request, name }: RecordedRequest): (text: string) => string {
  const [, , app] = POD.exec(request.path) ?? [];
  const recordedPod = /\/pods\/([a-z]+-[a-z0-9]+-[a-z0-9]+)/.exec(request.path)?.[1];
  const number = name === 'evict-budget-just-used' ? 1 : name.startsWith('pod-log') ? 1 : 0;
  return (text) => {
    const own = recordedPod && app ? text.replaceAll(recordedPod, `${app}-${number}`) : text;
    // Versions of the simulated cluster are microseconds.
    return own.replaceAll(/\bnode-[1-6]\b/g, node).replaceAll('999999999', '9007199254740000');
  };
}

type Check = (body: unknown, wanted: RecordedRequest['response']['body']) => void;
// biome-ignore lint/suspicious/noExplicitAny: bodies of any kind
type Body = any;

const byName = (items: Body[]) => new Map(items.map((item) => [item.name, item]));

/** Where clusters differ in what is in them, what both have is compared. */
const CHECKS: Record<string, Check> = {
  version: (body: Body, wanted: Body) => {
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(wanted).toSorted());
    expect(body.gitVersion).toMatch(/^v\d+\.\d+\.\d+/);
  },
  'core-resources': (body: Body, wanted: Body) => {
    const found = byName(body.resources);
    for (const { storageVersionHash: _, ...resource } of wanted.resources)
      expectLike(found.get(resource.name), resource);
  },
  'api-groups': (body: Body, wanted: Body) => {
    const known = byName(wanted.groups);
    for (const { name, versions } of body.groups.filter((group: Body) => group.name !== 'metrics.k8s.io'))
      expect(known.get(name)?.versions, name).toEqual(
        expect.arrayContaining(versions.map((item: Body) => item.version)),
      );
  },
  'list-first-page': (body: Body, wanted: Body) => {
    expectLike({ ...body, items: body.items.length }, wanted);
  },
  'table-nodes': (body: Body, wanted: Body) => {
    const columns = (table: Body) =>
      table.columnDefinitions.map(({ name, type, format, priority }: Body) => ({ name, type, format, priority }));
    expect(columns(body)).toEqual(columns(wanted));
    expect(body.rows).toHaveLength(1);
    expect(body.rows[0].cells).toHaveLength(wanted.rows[0].cells.length);
    expect(body.rows[0].cells[8]).toMatch(/ \(\w+\)$/);
  },
  'budget-status': (body: Body, wanted: Body) => {
    expectLike(body.status, { ...wanted.status, conditions: null });
    expectLike(body.status.conditions[0], { ...wanted.status.conditions[0], lastTransitionTime: null });
  },
  'patch-cordon-dry-run': (body: Body, wanted: Body) => {
    expect([body.kind, body.spec.unschedulable]).toEqual([wanted.kind, true]);
  },
  'patch-null-removes': (body: Body) => {
    expect(body.spec.unschedulable).toBeUndefined();
  },
};

describe.each(['1.36', '1.37'])('12: an API server answers as the recorded one of %s', (version) => {
  // Evictions use up what was arranged: each version finds a cluster of its own.
  beforeAll(begin, 120_000);
  afterAll(end, 150_000);
  const used = recorded(`real-api-server-${version}.json`).filter(({ name }) => !OWN_STATE.test(name));

  it.each(used.filter(({ response }) => !response.events))('$name', async (wanted) => {
    const here = namesIn(wanted);
    const { body, headers, ...request } = wanted.request;
    const asked = {
      ...request,
      headers,
      path: here(request.path),
      body: body && JSON.parse(here(JSON.stringify(body))),
    };
    const answer: Answer = await server.send(asked);
    expectSameHead(answer, wanted);
    const expected = JSON.parse(here(JSON.stringify(wanted.response.body)));
    (CHECKS[wanted.name] ?? expectLike)(JSON.parse(answer.text), expected);
  });

  it.each(used.filter(({ response }) => response.events))('$name', async (wanted) => {
    const events = await server.watch(wanted.request.path, (found) =>
      found.some(({ type }) => type === 'BOOKMARK' || type === 'ERROR'),
    );
    const last = (list: Body[] = []) => list.at(-1);
    const expected = last(wanted.response.events);
    if (expected === undefined) expect(events).toEqual([]);
    else expectLike(last(events), expected);
    if (expected?.type === 'BOOKMARK') expect(events[0].type).toBe('ADDED');
  });
});
