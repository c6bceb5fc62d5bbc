import { deepStrictEqual } from 'node:assert';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ClusterClient } from '../support/cluster-client.js';
import type { HttpClient } from '../support/http-client.js';
import type { Comparison } from './comparison.js';
import type { GraphqlLoad, LoadResult } from './graphql-load.js';
import { median } from './statistics.js';

const TARGET = 1.5;
const CONNECTIONS = 20;
const QUERY = `{ nodes(cluster: "demo", first: 50) { totalCount nodes {
  name uid status ready schedulable zone kubeletVersion osImage podCount createdAt
} } }`;

/** Of 5,000 nodes, each of which reports its status every five minutes, so many do each second. */
const REPORTS_PER_SECOND = 17;

export interface GraphqlSubject {
  readonly api: HttpClient;
  readonly cluster: ClusterClient;
  readonly token: string;
  readonly repetitions: number;
  readonly seconds: number;
}

/**
 * 50 nodes x 10 fields: the service with all it checks while nodes go on reporting, against a bare server that answers
 * with the same constant.
 */
export async function measureGraphql({
  api,
  cluster,
  token,
  repetitions,
  seconds,
}: GraphqlSubject): Promise<Comparison> {
  const { data, errors } = await api.graphql<{ nodes: { nodes: { name: string }[] } }>(QUERY);
  if (!data) throw new Error(`no nodes: ${JSON.stringify(errors)}`);
  const peer = start('apollo-peer.js');
  const reports = new NodeReports(cluster, data.nodes.nodes);
  try {
    peer.send(data);
    const [{ url: peerUrl }] = (await once(peer, 'message')) as [{ url: string }];
    const headers = { 'content-type': 'application/json' };
    const given = await fetch(peerUrl, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) });
    deepStrictEqual(((await given.json()) as { data: unknown }).data, data);
    const load = { query: QUERY, connections: CONNECTIONS, minimumLength: JSON.stringify(data).length };
    const ours = { ...load, url: `${api.url}/graphql`, authorization: `Bearer ${token}` };
    const theirs = { ...load, url: peerUrl };
    const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    // The first pair compiles the code of both and is not counted.
    for (let repetition = 0; repetition <= repetitions; repetition++) {
      const one = await loadWith({ ...ours, seconds });
      const other = await loadWith({ ...theirs, seconds });
      if (repetition === 0) continue;
      rates.ours.push(one);
      rates.theirs.push(other);
    }
    const ratio = median(rates.ours) / median(rates.theirs);
    return {
      what: 'GraphQL, 50 nodes x 10 fields, against a bare Apollo Server with constant data',
      unit: 'requests/s',
      ours: median(rates.ours),
      peer: median(rates.theirs),
      ratio,
      target: `>= ${TARGET}`,
      met: ratio >= TARGET,
      more: rates,
    };
  } finally {
    peer.kill();
    await reports.stop();
  }
}

/** What kubelets say all the time: a new heartbeat of a node that is shown, which changes nothing that was asked for. */
class NodeReports {
  private ended = false;
  private readonly running: Promise<void>;

  constructor(cluster: ClusterClient, nodes: readonly { name: string }[]) {
    this.running = this.run(cluster, nodes);
  }

  async stop(): Promise<void> {
    this.ended = true;
    await this.running;
  }

  private async run(cluster: ClusterClient, nodes: readonly { name: string }[]): Promise<void> {
    for (let count = 0; !this.ended; count++) {
      const name = nodes[count % nodes.length]?.name;
      const annotations = { 'node-steward.dev/bench-report': String(count) };
      await Promise.all([
        sleep(1000 / REPORTS_PER_SECOND),
        cluster.call('PATCH', `/api/v1/nodes/${name}`, { metadata: { annotations } }),
      ]);
    }
  }
}

async function loadWith(load: GraphqlLoad): Promise<number> {
  const child = start('graphql-load.js');
  child.send(load);
  const [result] = (await once(child, 'message')) as [LoadResult];
  if (result.failures > 0) throw new Error(`${result.failures} answers of ${load.url} were not what was asked for`);
  return result.requestsPerSecond;
}

function start(script: string): ChildProcess {
  const env = { ...process.env, NODE_ENV: 'production' };
  return fork(fileURLToPath(new URL(script, import.meta.url)), { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}
