import type { ClusterClient } from '../support/cluster-client.js';
import type { HttpClient } from '../support/http-client.js';
import type { Comparison } from './comparison.js';
import { median, percentile } from './statistics.js';

const TARGET_MS = 250;
const GIVE_UP_MS = 10_000;
const LABEL = 'bench.node-steward.dev/round';

/** From sending a change of a node to the API server until a caller of the service sees it. */
export async function measureFreshness(api: HttpClient, cluster: ClusterClient, changes: number): Promise<Comparison> {
  const { body } = await api.rest('GET', '/api/v1/clusters/demo/nodes?first=1');
  const node = body.items[0].name as string;
  const times: number[] = [];
  for (let round = 1; round <= changes; round++) {
    const start = performance.now();
    await cluster.call('PATCH', `/api/v1/nodes/${node}`, { metadata: { labels: { [LABEL]: String(round) } } });
    while (!(await isSeen(api, round))) {
      if (performance.now() - start > GIVE_UP_MS) throw new Error(`change ${round} was not seen`);
    }
    times.push(performance.now() - start);
  }
  return {
    what: 'watch event until visible through the API, p50',
    unit: 'ms',
    ours: median(times),
    peer: null,
    ratio: null,
    target: `< ${TARGET_MS}`,
    met: median(times) < TARGET_MS,
    more: { p95: percentile(times, 95) },
  };
}

async function isSeen(api: HttpClient, round: number): Promise<boolean> {
  const selector = encodeURIComponent(`${LABEL}=${round}`);
  const { status, body } = await api.rest('GET', `/api/v1/clusters/demo/nodes?first=1&labelSelector=${selector}`);
  if (status !== 200) throw new Error(`nodes: ${status} ${JSON.stringify(body)}`);
  return body.totalCount === 1;
}
