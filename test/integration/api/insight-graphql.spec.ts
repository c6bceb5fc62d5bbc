import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

interface Lines {
  lines: { id: string; text: string }[];
  endCursor: string | null;
  endedBy: string | null;
}

let cluster: SimulatedCluster;
let api: ApiApp;
let pod: { namespace: string; name: string };
const NODE = 'worker-1';
const LINES = '{ lines { id: cursor at text } endCursor endedBy }';
const numbers = ({ lines }: Lines) => lines.map(({ text }) => Number(/seq=(\d+)/.exec(text)?.[1]));
const journal = (text: string) => text.trimEnd().split('\n');

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  const running = cluster.store.list('Pod').find(({ status }) => status?.phase === 'Running');
  pod = { namespace: running?.metadata.namespace as string, name: running?.metadata.name as string };
  await cluster.kubelets.control(NODE, { logRate: { unit: 'kubelet', linesPerSecond: 1000 } });
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

describe('logs through GraphQL', () => {
  it('gives the lines of a node as REST does', async () => {
    const query = `{ nodeLog(cluster: "demo", node: "${NODE}", service: ["containerd"], tail: 5) ${LINES} }`;
    const { nodeLog } = (await api.client.graphql<{ nodeLog: Lines }>(query)).data ?? {};
    expect(nodeLog?.lines).toHaveLength(5);
    expect(nodeLog?.endedBy).toBe('COMPLETE');
    const path = `/api/v1/clusters/demo/nodes/${NODE}/logs?service=containerd&tail=20`;
    const { body } = await api.client.rest<string>('GET', path);
    for (const { text } of nodeLog?.lines ?? []) expect(journal(body)).toContain(text);
  });

  it('goes on behind the cursor where a limit ended it', async () => {
    const query = `query ($after: String) {
      nodeLog(cluster: "demo", node: "${NODE}", tail: 500, limitLines: 100, after: $after) ${LINES} }`;
    const last = query.replace('limitLines: 100,', '');
    // Until the fast log is long enough that the tail holds none of the lines before it.
    await eventually(async () => {
      const { data } = await api.client.graphql<{ nodeLog: Lines }>(last);
      return data && numbers(data.nodeLog).length === 500 && numbers(data.nodeLog).every(Number.isFinite);
    });
    const first = (await api.client.graphql<{ nodeLog: Lines }>(query)).data?.nodeLog as Lines;
    const second = (await api.client.graphql<{ nodeLog: Lines }>(query, { after: first.endCursor })).data?.nodeLog;
    expect([first.endedBy, second?.endedBy]).toEqual(['LIMIT_LINES', 'LIMIT_LINES']);
    const seen = [...numbers(first), ...numbers(second as Lines)];
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => (seen[0] as number) + index));
  });

  it('gives the lines of a pod, and refuses those who may not read them', async () => {
    const { namespace, name } = pod;
    const query = `{ podLog(cluster: "demo", namespace: "${namespace}", pod: "${name}", tail: 3) ${LINES} }`;
    expect((await api.client.graphql<{ podLog: Lines }>(query)).data?.podLog.lines).toHaveLength(3);
    for (const token of [api.tokens.viewer, api.tokens.operator]) {
      const { data, errors } = await api.client.as(token).graphql(query);
      expect([data, errors[0]?.extensions.code]).toEqual([{ podLog: null }, 'FORBIDDEN']);
    }
  });

  it('follows the log of a pod by subscription', async () => {
    const { namespace, name } = pod;
    const query = `subscription { podLogLines(cluster: "demo", namespace: "${namespace}", pod: "${name}", tail: 3) ${LINES} }`;
    const seen: string[] = [];
    for await (const { data } of api.client.subscribe<{ podLogLines: Lines }>(query)) {
      seen.push(...(data?.podLogLines.lines ?? []).map(({ id }) => id));
      if (seen.length >= 3) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('follows by subscription, and ends the reading when the subscriber leaves', async () => {
    const query = `subscription { nodeLogLines(cluster: "demo", node: "${NODE}", tail: 10) ${LINES} }`;
    const seen: number[] = [];
    for await (const { data } of api.client.subscribe<{ nodeLogLines: Lines }>(query)) {
      seen.push(...numbers(data?.nodeLogLines as Lines));
      if (seen.length >= 2500) break;
    }
    expect(seen).toEqual(seen.map((_, index) => (seen[0] as number) + index));
    const outcome = await eventually(async () => {
      const trail = await api.client.rest('GET', '/api/v1/audit-events?action=node.logs.read&first=5');
      return trail.body.items.find(
        ({ kind, after }: { kind: string; after?: { lines?: number } }) =>
          kind === 'OUTCOME' && (after?.lines ?? 0) >= 2500,
      );
    });
    expect(outcome.after.endedBy).toBe('CLIENT_LEFT');
  });

  it('leaves a quiet log at once too', async () => {
    const query = `subscription { nodeLogLines(cluster: "demo", node: "${NODE}", service: ["sshd"], tail: 1) ${LINES} }`;
    for await (const _ of api.client.subscribe(query)) break;
    await eventually(async () => {
      const trail = await api.client.rest('GET', '/api/v1/audit-events?action=node.logs.read&first=5');
      const of = (wanted: string) => trail.body.items.filter(({ kind }: { kind: string }) => kind === wanted).length;
      return trail.body.items[0]?.kind === 'OUTCOME' && of('OUTCOME') >= of('INTENT') ? true : null;
    });
  });

  it('refuses a subscription out of the caller scope', async () => {
    const query = `subscription { nodeLogLines(cluster: "demo", node: "${NODE}") ${LINES} }`;
    const told = async () => {
      for await (const { errors } of api.client.subscribe(query, {}, { token: api.tokens.viewer })) return errors;
      return undefined;
    };
    const refused = await told().catch((error: unknown) => error);
    expect(JSON.stringify(refused)).toContain('FORBIDDEN');
  });
});

describe('metrics through GraphQL', () => {
  it('gives parsed samples, those of the names only', async () => {
    const query = `{ kubeletMetrics(cluster: "demo", node: "${NODE}", names: ["kubelet_running_pods", "kubelet_node_name"]) {
      samples { name labels value } truncated } }`;
    const { kubeletMetrics } = (await api.client.graphql(query)).data;
    expect(kubeletMetrics.samples).toContainEqual({ name: 'kubelet_node_name', labels: { node: NODE }, value: 1 });
    expect(kubeletMetrics.samples).toHaveLength(2);
    const few = `{ kubeletMetrics(cluster: "demo", node: "${NODE}", page: cadvisor, limit: 2) { samples { name } truncated } }`;
    expect((await api.client.graphql(few)).data.kubeletMetrics).toMatchObject({ truncated: true });
  });

  it('gives the latency of runtime operations, the same as REST', async () => {
    const query = `{ kubeletStats(cluster: "demo", node: "${NODE}") {
      figures { runtimeErrors runtimeOperations { operation errors meanSeconds p99Seconds } } } }`;
    const { figures } = (await api.client.graphql(query)).data.kubeletStats;
    const version = figures.runtimeOperations.find(({ operation }: { operation: string }) => operation === 'version');
    expect(version.p99Seconds).toBeGreaterThan(version.meanSeconds);
    const rest = await api.client.rest('GET', `/api/v1/clusters/demo/nodes/${NODE}/stats`);
    const names = (list: { operation: string }[]) => list.map(({ operation }) => operation);
    expect(names(rest.body.figures.runtimeOperations)).toEqual(names(figures.runtimeOperations));
  });
});
