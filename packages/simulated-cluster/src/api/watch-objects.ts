import type { ServerResponse } from 'node:http';
import { ApiError } from '../store/api-error.js';
import type { StoreEvent, StoreEventType } from '../store/event-ring.js';
import { fieldMatcher, type ObjectMatcher, parseFieldSelector } from '../store/field-selector.js';
import type { KubeObject } from '../store/kube-object.js';
import { parseLabelSelector } from '../store/label-selector.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import type { ApiExchange } from './api-exchange.js';
import { wholeNumber } from './list-objects.js';
import type { OpenWatches } from './open-watches.js';
import { negotiate, type Representation } from './representation.js';
import { bookmarkFrame, eventFrame, objectFrame } from './watch-frames.js';

/** A reader that lags by this much is cut off, as the real server does; it then lists again. */
const MOST_BUFFERED_BYTES = 32 * 1024 * 1024;

export function watchObjects(
  store: ObjectStore,
  watches: OpenWatches,
  exchange: ApiExchange,
  kind: ResourceKind,
): void {
  const { query, namespace } = exchange.info;
  const initial = initialEventsOf(query);
  const as = negotiate(exchange.request.headers.accept, query);
  const matches = matcher(kind, namespace, query);
  const seconds = wholeNumber(query, 'timeoutSeconds');
  const from = wholeNumber(query, 'resourceVersion') ?? 0;
  const { response } = exchange;
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const stream = new WatchStream(response, kind, as, matches);

  if (from > 0 && initial !== true) {
    const missed = store.eventsSince(kind.kind, from);
    if (!missed) {
      watches.expire(response, `too old resource version: ${from} (${store.resourceVersion})`);
      return;
    }
    for (const event of missed) stream.send(event);
  } else if (initial !== false) {
    const options = { namespace, fieldSelector: query.get('fieldSelector') ?? undefined };
    for (const object of store.list(kind.kind, options)) stream.sendInitial(object);
    if (initial) stream.bookmark(store.resourceVersion, true);
  }
  const unsubscribe = store.subscribe(kind.kind, (event) => stream.send(event));
  const bookmark = () => stream.bookmark(store.resourceVersion);
  const wantsBookmarks = ['true', '1'].includes(query.get('allowWatchBookmarks') ?? '');
  watches.add({
    kind: kind.kind,
    response,
    bookmark: wantsBookmarks ? bookmark : undefined,
    seconds: seconds || 1800 + Math.floor(store.random.next() * 1800),
    close: unsubscribe,
  });
}

/** Whether the objects that are there come first, with a bookmark behind them; undefined where the version decides. */
function initialEventsOf(query: URLSearchParams): boolean | undefined {
  const value = query.get('sendInitialEvents');
  if (value === null) return undefined;
  if (query.get('resourceVersionMatch') !== 'NotOlderThan') {
    const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    const cause = { reason: 'FieldValueForbidden', message, field: 'resourceVersionMatch' };
    const text = `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: ${message}`;
    throw new ApiError(422, 'Invalid', text, { group: 'meta.k8s.io', kind: 'ListOptions', causes: [cause] });
  }
  return value === 'true' || value === '1';
}

function matcher(kind: ResourceKind, namespace: string, query: URLSearchParams): ObjectMatcher {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = fieldMatcher(parseFieldSelector(kind, query.get('fieldSelector') ?? ''));
  return (object) =>
    (!namespace || object.metadata.namespace === namespace) && labels(object.metadata.labels) && fields(object);
}

class WatchStream {
  private headed = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly kind: ResourceKind,
    private readonly as: Representation,
    private readonly matches: ObjectMatcher,
  ) {}

  sendInitial(object: KubeObject): void {
    if (this.matches(object)) this.write(this.frameOf('ADDED', object));
  }

  send(event: StoreEvent): void {
    const type = this.typeFor(event);
    if (!type) return;
    if (this.as.form === 'table' && !this.headed) this.write(this.frameOf(type, event.object));
    else this.write(eventFrame(this.kind, event, type, this.as));
  }

  bookmark(resourceVersion: number, endsInitial = false): void {
    this.write(bookmarkFrame(this.kind, resourceVersion, this.as, endsInitial));
  }

  private frameOf(type: StoreEventType, object: KubeObject): string {
    const withColumns = !this.headed;
    this.headed = true;
    return objectFrame(this.kind, type, object, this.as, withColumns);
  }

  /** What the change means to someone who only sees what matches. */
  private typeFor(event: StoreEvent): StoreEventType | undefined {
    const before = event.previous !== undefined && this.matches(event.previous);
    const after = event.type !== 'DELETED' && this.matches(event.object);
    if (after) return before ? 'MODIFIED' : 'ADDED';
    return before ? 'DELETED' : undefined;
  }

  private write(frame: string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    this.response.write(frame);
    if (this.response.writableLength > MOST_BUFFERED_BYTES) this.response.destroy();
  }
}
