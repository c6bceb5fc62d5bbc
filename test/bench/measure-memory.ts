import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient } from '../support/http-client.js';
import type { Comparison } from './comparison.js';

const TARGET_MB = 700;
const GIVE_UP_MS = 180_000;

/** Waits until the caches hold the whole cluster. */
export async function measureWarmUp(api: HttpClient, size: { nodes: number; pods: number }): Promise<Comparison> {
  const start = performance.now();
  for (;;) {
    const { body } = await api.rest('GET', '/api/v1/clusters/demo');
    const { state, nodeCount, podCount } = body.cache;
    if (state === 'LIVE') {
      if (nodeCount !== size.nodes || podCount !== size.pods) throw new Error(`${nodeCount} nodes, ${podCount} pods`);
      break;
    }
    if (performance.now() - start > GIVE_UP_MS) throw new Error('the caches did not fill');
    await sleep(50);
  }
  const seconds = (performance.now() - start) / 1000;
  const what = 'warm-up: API is ready until its caches are full';
  return { what, unit: 's', ours: seconds, peer: null, ratio: null, target: '', met: true };
}

/** Resident memory of the process, as the system counts it. */
export function measureMemory(pid: number, when: string): Comparison {
  const kilobytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
  const megabytes = kilobytes / 1024;
  return {
    what: `resident memory of the API process, ${when}`,
    unit: 'MB',
    ours: megabytes,
    peer: null,
    ratio: null,
    target: `< ${TARGET_MB}`,
    met: megabytes < TARGET_MB,
  };
}
