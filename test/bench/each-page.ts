import type { ClusterClient } from '../support/cluster-client.js';

interface List {
  readonly metadata: { readonly continue?: string };
  // biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects as they come
  readonly items: any[];
}

const PAGE = 500;

/** All objects of a path from the API server as JSON in pages of 500, as kubectl lists them. */
export async function eachPage(
  cluster: ClusterClient,
  path: string,
  take: (items: List['items']) => void,
): Promise<void> {
  let next: string | undefined;
  do {
    const token = next ? `&continue=${encodeURIComponent(next)}` : '';
    const list: List = await cluster.call('GET', `${path}?limit=${PAGE}${token}`);
    take(list.items);
    next = list.metadata.continue;
  } while (next);
}
