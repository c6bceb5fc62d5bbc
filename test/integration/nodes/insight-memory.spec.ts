import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/cluster-client.js';
import type { HttpClient } from '../../support/http-client.js';
import { Installation } from '../../support/installation.js';

const MIB = 1024 * 1024;
const LINES_A_SECOND = 100_000;
const PRODUCED_BYTES = 300 * MIB;
const RATE = 'simulation.node-steward.dev/log-lines-per-second';
const NODE = 'worker-1';

let installation: Installation;
let api: HttpClient;
let paths: { node: string; pod: string };
const open: ClientRequest[] = [];

beforeAll(async () => {
  installation = await Installation.start();
  api = await installation.api();
  const { cluster } = installation;
  const pod = (await cluster.podsOn(NODE)).find(({ status }) => status.phase === 'Running');
  const { namespace, name } = pod.metadata;
  await cluster.call('PUT', `/simulation/kubelets/${NODE}`, {
    logRate: { unit: 'kubelet', linesPerSecond: LINES_A_SECOND },
  });
  await cluster.call('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}`, {
    metadata: { annotations: { [RATE]: String(LINES_A_SECOND) } },
  });
  paths = {
    node: `/api/v1/clusters/demo/nodes/${NODE}/logs`,
    pod: `/api/v1/clusters/demo/namespaces/${namespace}/pods/${name}/logs`,
  };
});
afterAll(async () => {
  for (const each of open) each.destroy();
  await installation?.stop();
});

/** Opens a follow, takes its first bytes, and never reads again. */
async function openAndStall(path: string, accept: string): Promise<void> {
  const headers = { authorization: `Bearer ${installation.adminToken}`, accept };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(`${api.url}${path}?follow=true&tail=10`, { headers }, resolve);
    sent.on('error', reject);
    sent.end();
    open.push(sent);
  });
  // It is cut off in the end, which is what is wanted.
  answer.on('error', () => undefined);
  await new Promise((resolve) => answer.once('data', resolve));
  answer.pause();
}

async function memory(): Promise<{ rss: number; heap: number; external: number }> {
  const { body } = await api.rest<string>('GET', '/metrics');
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(body)?.[1]);
  return {
    rss: value('process_resident_memory_bytes'),
    heap: value('nodejs_heap_size_used_bytes'),
    external: value('nodejs_external_memory_bytes'),
  };
}

describe('a client that stops reading', () => {
  it('holds the source back, costs no memory, and is cut off with a reason, for text and events of nodes and pods', async () => {
    // The same for clients that do read, first: what is measured is the stalling and not the first use.
    await Promise.all(
      [paths.node, paths.pod].flatMap((path) =>
        ['text/plain', 'text/event-stream'].map((accept) =>
          api.rest('GET', `${path}?follow=true&tail=10&limitBytes=${24 * MIB}`, { headers: { accept } }),
        ),
      ),
    );
    const before = await memory();
    const begun = Date.now();
    await Promise.all(
      [paths.node, paths.pod].flatMap((path) => [
        openAndStall(path, 'text/plain'),
        openAndStall(path, 'text/event-stream'),
      ]),
    );
    const most = { rss: before.rss };
    let last = before;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        const now = await memory();
        last = now;
        most.rss = Math.max(most.rss, now.rss);
        await sleep(2000, undefined, { signal: watching.signal }).catch(() => undefined);
      }
    })();
    // Not asked all the time: that would be more work for the process than what is measured.
    await sleep(62_000);
    const ends = await eventually(
      async () => {
        const { body } = await api.rest('GET', '/api/v1/audit-events?first=100');
        const outcomes = body.items.filter(
          ({ kind, action, after }: { kind: string; action: string; after?: { endedBy?: string } }) =>
            kind === 'OUTCOME' && action.endsWith('.logs.read') && after?.endedBy !== 'LIMIT_BYTES',
        );
        return outcomes.length >= 4 && outcomes;
      },
      'the end of four stalled readings',
      120_000,
    );
    watching.abort();
    await watch;
    // A line has more than 100 bytes.
    expect(((Date.now() - begun) / 1000) * LINES_A_SECOND * 100).toBeGreaterThan(PRODUCED_BYTES);
    for (const { action, after } of ends) {
      expect([action, after.endedBy]).toEqual([action, 'CLIENT_STALLED']);
      // Socket buffers take some; the rest was never asked of the source.
      expect(after.bytes).toBeLessThan(32 * MIB);
    }
    expect(most.rss - before.rss).toBeLessThan(64 * MIB);
    // The heap in use holds garbage for a while: what counts is what is left of it.
    expect(last.heap - before.heap).toBeLessThan(64 * MIB);
    expect(last.external - before.external).toBeLessThan(32 * MIB);
  }, 200_000);
});
