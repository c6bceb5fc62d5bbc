import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { ApiError } from '../store/api-error.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import type { ApiExchange } from './api-exchange.js';
import type { ListPage, ListSnapshots } from './list-snapshots.js';
import { negotiate, presentItem, type Representation, tableHead } from './representation.js';
import { tableFor } from './tables/table-registry.js';

/** Text gathered before it is handed to the socket; a list of 150,000 pods never exists as one string. */
const CHUNK_CHARS = 128 * 1024;

export async function listObjects(
  store: ObjectStore,
  snapshots: ListSnapshots,
  exchange: ApiExchange,
  kind: ResourceKind,
): Promise<void> {
  const { query, namespace } = exchange.info;
  const as = negotiate(exchange.request.headers.accept, query);
  const limit = wholeNumber(query, 'limit') ?? 0;
  const token = query.get('continue');
  if (token) {
    await sendPage(exchange.response, kind, as, snapshots.next(token, limit), isFiltered(query));
    return;
  }
  checkVersion(store, query);
  const objects = store.list(kind.kind, {
    namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
  });
  await sendPage(
    exchange.response,
    kind,
    as,
    snapshots.first(objects, store.resourceVersion, limit),
    isFiltered(query),
  );
}

function checkVersion(store: ObjectStore, query: URLSearchParams): void {
  const wanted = wholeNumber(query, 'resourceVersion') ?? 0;
  if (wanted > store.resourceVersion) {
    throw new ApiError(
      504,
      'Timeout',
      `Timeout: Too large resource version: ${wanted}, current: ${store.resourceVersion}`,
      {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    );
  }
  if (query.get('resourceVersionMatch') === 'Exact' && wanted !== store.resourceVersion) {
    throw ApiError.expired(`The resourceVersion for the provided list is too old.`);
  }
}

export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw ApiError.badRequest(`${name}: Invalid value: "${text}": must be a whole number`);
  return Number(text);
}

/** The real server does not count what is left of a filtered list. */
function isFiltered(query: URLSearchParams): boolean {
  return query.has('labelSelector') || query.has('fieldSelector');
}

async function sendPage(
  response: ServerResponse,
  kind: ResourceKind,
  as: Representation,
  page: ListPage,
  filtered: boolean,
): Promise<void> {
  const metadata = {
    resourceVersion: String(page.resourceVersion),
    continue: page.next,
    remainingItemCount: page.next && !filtered ? page.remaining : undefined,
  };
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  let text = listHead(kind, as, metadata);
  for (const [index, object] of page.objects.entries()) {
    text += (index === 0 ? '' : ',') + JSON.stringify(presentItem(kind, object, as));
    if (text.length < CHUNK_CHARS) continue;
    if (response.destroyed) return;
    // Between chunks others get their turn: watches must not wait for a long list.
    if (response.write(text)) await turn();
    else await drained(response);
    text = '';
  }
  response.end(`${text}]}\n`);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function listHead(kind: ResourceKind, as: Representation, metadata: object): string {
  if (as.form === 'table') {
    const head = { ...tableHead(as, undefined, tableFor(kind.kind).columns), metadata };
    return `${JSON.stringify(head).slice(0, -1)},"rows":[`;
  }
  const names =
    as.form === 'metadata'
      ? { kind: 'PartialObjectMetadataList', apiVersion: as.apiVersion }
      : { kind: `${kind.kind}List`, apiVersion: kind.apiVersion };
  return `${JSON.stringify({ ...names, metadata }).slice(0, -1)},"items":[`;
}
