import { deepStrictEqual } from 'node:assert';
import type { ClusterClient } from '../support/cluster-client.js';
import type { HttpClient } from '../support/http-client.js';
import type { Comparison } from './comparison.js';
import { directNodePage, type PageNode, ZONE } from './direct-node-page.js';
import { median } from './statistics.js';

const TARGET = 50;
const PATH = `/api/v1/clusters/demo/nodes?first=50&status=Ready&zone=${ZONE}&sort=-cpuRequests`;

/** The first page of nodes with the sums of their pods, filtered and sorted; both ways must give the same. */
export async function measureNodePage(
  api: HttpClient,
  cluster: ClusterClient,
  repetitions: number,
): Promise<Comparison> {
  const ours: number[] = [];
  const direct: number[] = [];
  // The first pair is not counted.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const [byService, serviceMs] = await timed(() => servicePage(api));
    const [byClient, clientMs] = await timed(() => directNodePage(cluster));
    deepStrictEqual(byService, byClient);
    if (repetition === 0) continue;
    ours.push(serviceMs);
    direct.push(clientMs);
  }
  const ratio = median(direct) / median(ours);
  return {
    what: 'first page of 50 nodes with pod sums, against listing nodes and pods',
    unit: 'ms',
    ours: median(ours),
    peer: median(direct),
    ratio,
    target: `>= ${TARGET}`,
    met: ratio >= TARGET,
    more: { ours, direct },
  };
}

async function servicePage(api: HttpClient): Promise<PageNode[]> {
  const { status, body } = await api.rest('GET', PATH);
  if (status !== 200) throw new Error(`${PATH}: ${status} ${JSON.stringify(body)}`);
  // biome-ignore lint/suspicious/noExplicitAny: an answer as it comes
  return body.items.map(({ name, podCount, allocated }: any) => {
    const of = (resource: string): number =>
      allocated.find((each: { resource: string }) => each.resource === resource).requestsValue;
    return { name, podCount, cpuRequests: Math.round(of('cpu') * 1000), memoryRequests: of('memory') };
  });
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}
