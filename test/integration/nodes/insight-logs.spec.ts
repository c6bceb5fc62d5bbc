import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

interface PodLike {
  metadata: { name: string; namespace: string };
  spec: { nodeName?: string; containers: { name: string }[] };
  status: { phase: string };
}

let cluster: SimulatedCluster;
let api: ApiApp;
let node: string;
let pod: PodLike;

const RATE = 'simulation.node-steward.dev/log-lines-per-second';
const nodePath = (path: string) => `/api/v1/clusters/demo/nodes/${node}/${path}`;
const podLogs = (query = '') =>
  `/api/v1/clusters/demo/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/logs${query}`;
const seqs = (lines: string[]) => lines.map((line) => Number(/seq=(\d+)/.exec(line)?.[1])).filter(Number.isFinite);

async function tokenFor(role: string, nodeSelector?: string): Promise<HttpClient> {
  const binding = { role, clusters: ['demo'], ...(nodeSelector ? { nodeSelector } : {}) };
  const made = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'logs', bindings: [binding] } });
  return api.client.as(made.body.token);
}

/** Lines of a follow until one is beyond `until`. */
async function follow(path: string, enough: (count: number) => boolean, lastEventId?: string) {
  const found: { id?: string; text: string }[] = [];
  for await (const { id, event, data } of api.client.sse(path, { lastEventId })) {
    if (event === 'error') throw new Error(data);
    if (event !== 'line') break;
    found.push({ id, text: JSON.parse(data).text });
    if (enough(found.length)) break;
  }
  return found;
}

function expectUnbroken(numbers: number[]): void {
  expect(numbers.length).toBeGreaterThan(0);
  // Only the breaks: a difference of thousands of lines tells nobody anything.
  const breaks = numbers.flatMap((number, index) => {
    const before = numbers[index - 1];
    return before === undefined || number === before + 1 ? [] : [`${before} then ${number} at ${index}`];
  });
  expect(breaks).toEqual([]);
}

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath, { LOG_REDACTION: 'quick brown \\w+' });
  const pods = cluster.store.list('Pod') as unknown as PodLike[];
  pod = pods.find(({ status, spec }) => status.phase === 'Running' && spec.nodeName?.startsWith('worker')) as PodLike;
  pod ??= pods.find(({ status }) => status.phase === 'Running') as PodLike;
  node = pod.spec.nodeName as string;
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

describe('node logs', () => {
  it('shows the last lines as text, redacted', async () => {
    await cluster.kubelets.control(node, { logRate: { unit: 'kubelet', linesPerSecond: 5000 } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { status, body, headers } = await api.client.rest<string>('GET', nodePath('logs?tail=20'));
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const lines = body.trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toContain('the [REDACTED] jumps');
  });

  it('follows thousands of lines a second through cut connections, and resumes by id, without gap or double', async () => {
    await cluster.kubelets.control(node, { logRate: { unit: 'kubelet', linesPerSecond: 5000 } });
    const cut = setTimeout(
      () =>
        void cluster.kubelets.control(node, {
          fault: { kind: 'drop', pathPrefix: '/logs', afterBytes: 100_000, remaining: 1 },
        }),
      1500,
    );
    const first = await follow(nodePath('logs?follow=true&tail=10'), (count) => count >= 20_000);
    clearTimeout(cut);
    const second = await follow(nodePath('logs?follow=true'), (count) => count >= 8000, first.at(-1)?.id);
    expectUnbroken(seqs([...first, ...second].map(({ text }) => text)));
    await cluster.kubelets.control(node, { logRate: { unit: 'kubelet', linesPerSecond: 1 } });
  });

  it('says in a problem what the journal can not answer', async () => {
    const boot = await api.client.rest('GET', nodePath('logs?boot=-7'));
    expect([boot.status, boot.body.code]).toEqual([422, 'KUBELET_REFUSED']);
    await cluster.kubelets.control(node, { logQuery: false });
    const off = await api.client.rest('GET', nodePath('logs'));
    await cluster.kubelets.control(node, { logQuery: true });
    expect([off.status, off.body.fields]).toEqual([501, ['enableSystemLogQuery']]);
  });

  it.each([
    'service=a%20b',
    'service=..%2F..%2Fetc',
    'service=-rf',
    'service=a,b,c,d,e',
    'service=kubelet%26query=x',
    'tail=-1',
    'tail=100001',
    'boot=1',
    'path=/etc/passwd',
  ])('refuses %s before any kubelet is asked', async (query) => {
    await cluster.kubelets.control(node, { fault: { kind: 'error', status: 500 } });
    const { status, body } = await api.client.rest('GET', nodePath(`logs?${query}`));
    await cluster.kubelets.control(node, { fault: null });
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  it.each(['..%2f..%2fhealthz', '%2e%2e', 'a%2fproxy%2fexec', 'x%3Fquery=y'])('finds no node at %s', async (name) => {
    const { status } = await api.client.rest('GET', `/api/v1/clusters/demo/nodes/${name}/logs`);
    expect(status).toBe(404);
  });

  it('ends at the byte limit and audits who read how much', async () => {
    const { body } = await api.client.rest<string>('GET', nodePath('logs?tail=50&limitBytes=1000'));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1000);
    const trail = await api.client.rest('GET', '/api/v1/audit-events?action=node.logs.read&first=20');
    const outcome = trail.body.items.find(({ kind }: { kind: string }) => kind === 'OUTCOME');
    expect(outcome).toMatchObject({ outcome: 'SUCCEEDED', resource: { name: node } });
    expect(outcome.after.bytes).toBe(Buffer.byteLength(body));
  });
});

describe('10.13 callers without trailers', () => {
  const asked = (method: string, version: string, path: string) =>
    `${method} ${path} HTTP/${version}\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer ${api.tokens.admin}\r\n\r\n`;

  it.each([
    ['GET', '1.0'],
    ['HEAD', '1.1'],
    ['HEAD', '1.0'],
  ])('%s of HTTP/%s reads logs of nodes and pods', async (method, version) => {
    for (const path of [nodePath('logs?service=kubelet&tail=2'), podLogs('?tail=2')]) {
      const socket = connect(Number(new URL(api.client.url).port), '127.0.0.1');
      socket.write(asked(method, version, path));
      const [head, body] = (await text(socket)).split('\r\n\r\n', 2);
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      expect(head).not.toMatch(/^trailer:/im);
      if (method === 'GET') expect(body?.trimEnd().split('\n')).toHaveLength(2);
      else expect(body).toBe('');
    }
  });
});

describe('pod logs', () => {
  it('follows through a dropped connection and resumes by id without gap or double', async () => {
    const { name, namespace } = pod.metadata;
    await api.client.rest('GET', podLogs('?tail=1'));
    const annotated = cluster.store.get('Pod', namespace, name);
    if (!annotated) throw new Error('the pod is gone');
    cluster.store.update('Pod', { ...annotated, metadata: { ...annotated.metadata, annotations: { [RATE]: '5000' } } });
    const first = await follow(podLogs('?follow=true&tail=10'), (count) => count >= 15_000);
    const second = await follow(podLogs('?follow=true'), (count) => count >= 5000, first.at(-1)?.id);
    expectUnbroken(seqs([...first, ...second].map(({ text }) => text)));
  });

  it('takes kubectl options', async () => {
    const { body } = await api.client.rest<string>('GET', podLogs('?tail=3&timestamps=true'));
    const lines = body.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\S+Z level=info/);
    const previous = await api.client.rest('GET', podLogs('?previous=true'));
    expect([200, 409]).toContain(previous.status);
    expect((await api.client.rest('GET', podLogs('?container=nope'))).status).toBe(404);
  });
});

describe('who may read', () => {
  const reads = ['health', 'kubelet-config', 'kubelet-flags', 'stats', 'metrics/kubelet', 'metrics/resource'];

  it.each(reads)('%s: viewers within their scope', async (read) => {
    expect((await (await tokenFor('viewer')).rest('GET', nodePath(read))).status).toBe(200);
    const outside = await (await tokenFor('viewer', 'no-such-label=x')).rest('GET', nodePath(read));
    expect([outside.status, outside.body.code]).toEqual([404, 'NODE_NOT_FOUND']);
    expect((await api.client.as(null).rest('GET', nodePath(read))).status).toBe(401);
  });

  it.each([
    ['viewer', 403, 403],
    ['operator', 200, 403],
    ['log-reader', 200, 200],
    ['auditor', 403, 403],
  ])('logs: %s', async (role, ofNode, ofPod) => {
    const caller = await tokenFor(role);
    expect((await caller.rest('GET', nodePath('logs?tail=1'))).status).toBe(ofNode);
    expect((await caller.rest('GET', podLogs('?tail=1'))).status).toBe(ofPod);
  });

  it('logs: there are none outside of the scope', async () => {
    const outside = await tokenFor('log-reader', 'no-such-label=x');
    expect((await outside.rest('GET', nodePath('logs'))).status).toBe(404);
    expect((await outside.rest('GET', podLogs())).status).toBe(404);
  });

  it('knows no other metrics pages', async () => {
    expect((await api.client.rest('GET', nodePath('metrics/..%2fconfigz'))).status).toBe(404);
  });
});

describe('kubelet reads', () => {
  it('gives figures and health, the same over GraphQL', async () => {
    const { body } = await api.client.rest('GET', nodePath('stats'));
    expect(body.figures.cpuCores).toBeGreaterThan(0);
    expect(Date.parse(body.figures.servingCertificateExpiresAt)).toBeGreaterThan(Date.now());
    const query = `query ($node: String!) { kubeletHealth(cluster: "demo", node: $node) { healthy ready kubeletVersion }
      kubeletConfig(cluster: "demo", node: $node) { config } }`;
    const { data } = await api.client.graphql(query, { node });
    const { healthy, ready, kubeletVersion } = (await api.client.rest('GET', nodePath('health'))).body;
    expect(data.kubeletHealth).toEqual({ healthy, ready, kubeletVersion });
    expect(healthy).toBe(true);
    expect(data.kubeletConfig.config).toEqual((await api.client.rest('GET', nodePath('kubelet-config'))).body.config);
  });

  it('still tells the health when the kubelet is stopped', async () => {
    await cluster.kubelets.control(node, { kubelet: 'stop' });
    const { status, body } = await api.client.rest('GET', nodePath('health'));
    await cluster.kubelets.control(node, { kubelet: 'start' });
    expect([status, body.healthy, body.error.code]).toEqual([200, false, 'KUBELET_UNAVAILABLE']);
  });
});
