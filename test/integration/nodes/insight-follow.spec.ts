import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

interface PodLike {
  metadata: { name: string; namespace: string };
  spec: { nodeName?: string };
  status: { phase: string };
}

const LINES_A_SECOND = 5000;
const SECONDS = 60;
const LINES = LINES_A_SECOND * SECONDS;
const RATE = 'simulation.node-steward.dev/log-lines-per-second';

let cluster: SimulatedCluster;
let api: ApiApp;
let node: string;
let pod: PodLike;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  const pods = cluster.store.list('Pod') as unknown as PodLike[];
  pod = pods.find(({ status, spec }) => status.phase === 'Running' && spec.nodeName?.startsWith('worker')) as PodLike;
  node = pod.spec.nodeName as string;
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** Counts lines of a follow by their numbers, without keeping them. */
class Tally {
  lines = 0;
  first?: number;
  last?: number;
  readonly breaks: string[] = [];

  take(text: string): void {
    const number = Number(/seq=(\d+)/.exec(text)?.[1]);
    if (!Number.isFinite(number)) return;
    if (this.last !== undefined && number !== this.last + 1) this.breaks.push(`${this.last} then ${number}`);
    this.first ??= number;
    this.last = number;
    this.lines += 1;
  }
}

/** Follows for so many lines; twice the client leaves and resumes by id. */
async function follow(path: string, midway: () => void): Promise<Tally> {
  const tally = new Tally();
  let lastEventId: string | undefined;
  for (const until of [LINES / 4, LINES / 2, LINES]) {
    // The first lines stand in for the tail; a reconnect names its place instead.
    const query = lastEventId === undefined ? '&tail=1' : '';
    for await (const { id, event, data } of api.client.sse(`${path}?follow=true${query}`, { lastEventId })) {
      if (event !== 'line') throw new Error(`${event}: ${data}`);
      lastEventId = id;
      tally.take(JSON.parse(data).text);
      if (tally.lines === LINES / 4 + 5000) midway();
      if (tally.lines >= until) break;
    }
  }
  return tally;
}

describe('a node log and a pod log, followed together for a minute', () => {
  it('give 5,000 lines a second each, none lost or doubled, although connections are cut on both sides', async () => {
    const { name, namespace } = pod.metadata;
    await cluster.kubelets.control(node, { logRate: { unit: 'kubelet', linesPerSecond: LINES_A_SECOND } });
    const known = cluster.store.get('Pod', namespace, name);
    if (!known) throw new Error('the pod is gone');
    const annotations = { ...known.metadata.annotations, [RATE]: String(LINES_A_SECOND) };
    cluster.store.update('Pod', { ...known, metadata: { ...known.metadata, annotations } });
    // A while into the first connection to the API server it is cut; the kubelet's in the midst of an answer.
    const match = { resource: 'pods', subresource: 'log' };
    cluster.faults.set({ id: 'log cut', match, effect: { dropWatchAfterMs: 8000 }, remaining: 1 });
    const cutNode = () => {
      const fault = { kind: 'drop', pathPrefix: '/logs', afterBytes: 100_000, remaining: 1 } as const;
      void cluster.kubelets.control(node, { fault });
    };
    const [ofNode, ofPod] = await Promise.all([
      follow(`/api/v1/clusters/demo/nodes/${node}/logs`, cutNode),
      follow(`/api/v1/clusters/demo/namespaces/${namespace}/pods/${name}/logs`, () => undefined),
    ]);
    for (const tally of [ofNode, ofPod]) {
      expect(tally.breaks).toEqual([]);
      expect(tally.lines).toBe(LINES);
      expect((tally.last as number) - (tally.first as number) + 1).toBe(LINES);
    }
    expect(cluster.faults.struck('log cut')).toBe(1);
    expect(cluster.kubelets.server(node)?.fault).toBeUndefined();
  }, 180_000);
});
