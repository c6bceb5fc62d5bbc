import { deepStrictEqual } from 'node:assert';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { HttpClient } from '../support/http-client.js';
import type { Comparison } from './comparison.js';
import type { GraphqlLoad, LoadResult } from './graphql-load.js';
import { median } from './statistics.js';

const TARGET = 1.5;
const CONNECTIONS = 20;
const QUERY = `{ nodes(cluster: "demo", first: 50) { totalCount nodes {
  name uid status ready schedulable zone kubeletVersion osImage podCount createdAt
} } }`;

export interface GraphqlSubject {
  readonly api: HttpClient;
  readonly token: string;
  readonly repetitions: number;
  readonly seconds: number;
}

/** 50 nodes x 10 fields: the service with all it checks, against a bare server that answers with the same constant. */
export async function measureGraphql({ api, token, repetitions, seconds }: GraphqlSubject): Promise<Comparison> {
  const { data, errors } = await api.graphql<{ nodes: object }>(QUERY);
  if (!data) throw new Error(`no nodes: ${JSON.stringify(errors)}`);
  const peer = start('apollo-peer.js');
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
