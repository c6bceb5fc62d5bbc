import { ApiError } from './api-error.js';
import { deepFreeze } from './deep-freeze.js';
import { checkPreconditions, gracePeriodOf, isReleased, type Preconditions } from './deletion-rules.js';
import { EventRing, type StoreEvent } from './event-ring.js';
import { type FieldTerm, fieldMatcher, parseFieldSelector } from './field-selector.js';
import type { KubeObject, NewKubeObject, ObjectMeta } from './kube-object.js';
import { parseLabelSelector } from './label-selector.js';
import { withDefaults } from './object-defaults.js';
import { ObjectTable } from './object-table.js';
import { reportMistake } from './report-mistake.js';
import { RESOURCE_KINDS, type ResourceKind, resourceKind } from './resource-kinds.js';
import { sameJson } from './same-json.js';
import { SeededRandom } from './seeded-random.js';

export interface ObjectStoreOptions {
  readonly seed?: number;
  /** Milliseconds since the epoch; for creation and deletion timestamps. */
  readonly now?: () => number;
  /** Versions must never run backwards for a client that outlives a restart. */
  readonly startVersion?: number;
  /** Events kept per kind for watches to resume from. */
  readonly eventsKept?: number;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface DeleteOptions extends Preconditions {
  readonly gracePeriodSeconds?: number;
}

export type StoreListener = (event: StoreEvent) => void;

/**
 * The simulated cluster's etcd and registry in one: frozen objects by kind, replaced as a whole on each change, under one
 * counter of resource versions. Listeners run at once and in order; an event raised inside a listener comes after it.
 */
export class ObjectStore {
  readonly random: SeededRandom;
  private readonly tables = new Map<string, ObjectTable>();
  private readonly rings = new Map<string, EventRing>();
  private readonly listeners = new Map<string, Set<StoreListener>>();
  private readonly pending: { readonly kind: string; readonly event: StoreEvent }[] = [];
  private readonly now: () => number;
  private dispatching = false;
  private version: number;

  constructor(options: ObjectStoreOptions = {}) {
    this.random = new SeededRandom(options.seed);
    this.now = options.now ?? Date.now;
    this.version = options.startVersion ?? 1;
    for (const { kind } of RESOURCE_KINDS) {
      this.tables.set(kind, new ObjectTable());
      this.rings.set(kind, new EventRing(options.eventsKept ?? 10_000, this.version));
      this.listeners.set(kind, new Set());
    }
  }

  /** The version of the last change to any object. */
  get resourceVersion(): number {
    return this.version;
  }

  timestamp(): string {
    return `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
  }

  create(kindName: string, object: NewKubeObject): KubeObject {
    const kind = resourceKind(kindName);
    const created = this.complete(kind, object);
    const key = keyOf(created);
    if (this.table(kindName).get(key)) throw ApiError.alreadyExists(kind, created.metadata.name);
    return this.commit(kindName, 'ADDED', created);
  }

  /** What `create` would store, without storing it; also the answer to a dry run. */
  complete(kind: ResourceKind, object: NewKubeObject): KubeObject {
    const { metadata, ...rest } = object;
    const name = metadata.name || (metadata.generateName ? metadata.generateName + this.random.suffix() : undefined);
    if (!name) {
      const message = 'Required value: name or generateName is required';
      throw ApiError.invalid(kind, '', [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }]);
    }
    const complete: ObjectMeta = {
      ...metadata,
      name,
      namespace: kind.namespaced ? metadata.namespace || 'default' : undefined,
      uid: metadata.uid ?? this.random.uuid(),
      creationTimestamp: metadata.creationTimestamp ?? this.timestamp(),
      generation: kind.hasGeneration ? (metadata.generation ?? 1) : metadata.generation,
    };
    const typed = { ...rest, apiVersion: kind.apiVersion, kind: kind.kind, metadata: complete };
    return withDefaults(kind.kind, typed);
  }

  /** Undefined when there is none. `namespace` is ignored for cluster-wide kinds. */
  get(kindName: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.table(kindName).get(keyFor(resourceKind(kindName), namespace, name));
  }

  /** Like `get`, but throws the API's 404. */
  require(kindName: string, namespace: string | undefined, name: string): KubeObject {
    const found = this.get(kindName, namespace, name);
    if (!found) throw ApiError.notFound(resourceKind(kindName), name);
    return found;
  }

  /** In key order. Reads by node and by namespace use an index. */
  list(kindName: string, options: ListOptions = {}): KubeObject[] {
    const kind = resourceKind(kindName);
    const terms = options.fieldSelector ? parseFieldSelector(kind, options.fieldSelector) : [];
    let found = this.candidates(kindName, options.namespace, terms);
    if (terms.length > 0) found = found.filter(fieldMatcher(terms));
    if (options.labelSelector) {
      const matches = parseLabelSelector(options.labelSelector);
      found = found.filter((object) => matches(object.metadata.labels));
    }
    return found;
  }

  podsOnNode(nodeName: string): KubeObject[] {
    return this.table('Pod').onNode(nodeName);
  }

  count(kindName: string): number {
    return this.table(kindName).size;
  }

  /**
   * Replaces an object. A resource version in `object` that is not the current one is a 409. With `status` only the status
   * is taken from `object`. An update that changes nothing makes no event. Identity fields cannot be changed.
   */
  update(kindName: string, object: KubeObject, options: { readonly status?: boolean } = {}): KubeObject {
    const { namespace, name, resourceVersion } = object.metadata;
    const kind = resourceKind(kindName);
    const current = this.require(kindName, namespace, name);
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
      throw ApiError.staleVersion(kind, name);
    const next = this.merged(kind, current, options.status ? { ...current, status: object.status } : object);
    if (sameJson(current, next)) return current;
    if (isReleased(next)) return this.remove(kindName, next);
    return this.commit(kindName, 'MODIFIED', next, current);
  }

  /** Read, change and write in one step; for controllers, which need no optimistic locking within one process. */
  modify(
    kindName: string,
    namespace: string | undefined,
    name: string,
    change: (current: KubeObject) => KubeObject,
  ): KubeObject {
    return this.update(kindName, change(this.require(kindName, namespace, name)));
  }

  /**
   * Deletes, or marks as terminating what must wait: a pod with a grace period (for its kubelet, which calls
   * `finalizeDelete`), a namespace (for its controller), and whatever has finalizers. Gives back the object's last state.
   */
  delete(kindName: string, namespace: string | undefined, name: string, options: DeleteOptions = {}): KubeObject {
    const kind = resourceKind(kindName);
    const current = this.require(kindName, namespace, name);
    checkPreconditions(kind, current, options);
    const grace = gracePeriodOf(kind, current, options.gracePeriodSeconds);
    const waits =
      grace > 0 || Boolean(current.metadata.finalizers?.length) || Boolean(current.spec?.finalizers?.length);
    return waits ? this.markTerminating(kindName, current, grace) : this.remove(kindName, current);
  }

  /** Ends a graceful deletion. An object with finalizers stays until they are gone; returns whether it is gone now. */
  finalizeDelete(
    kindName: string,
    namespace: string | undefined,
    name: string,
    options: { uid?: string } = {},
  ): boolean {
    const current = this.get(kindName, namespace, name);
    if (!current || (options.uid && current.metadata.uid !== options.uid)) return true;
    if (current.metadata.finalizers?.length) {
      this.markTerminating(kindName, current, 0);
      return false;
    }
    this.remove(kindName, current);
    return true;
  }

  /** Returns the function that ends the subscription. */
  subscribe(kindName: string, listener: StoreListener): () => void {
    const listeners = this.listeners.get(resourceKind(kindName).kind) as Set<StoreListener>;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Undefined when the events after that version are no longer known (410 Expired). */
  eventsSince(kindName: string, resourceVersion: number): readonly StoreEvent[] | undefined {
    return this.rings.get(kindName)?.since(resourceVersion);
  }

  /** Forgets old events, as etcd's compaction does: watches from before then get a 410. */
  compact(kindName: string, keep = 0): void {
    this.rings.get(kindName)?.trim(keep);
  }

  private table(kindName: string): ObjectTable {
    return this.tables.get(resourceKind(kindName).kind) as ObjectTable;
  }

  private candidates(kindName: string, namespace: string | undefined, terms: readonly FieldTerm[]): KubeObject[] {
    const table = this.table(kindName);
    const node = kindName === 'Pod' && terms.find((term) => term.path === 'spec.nodeName' && term.equal && term.value);
    if (node) {
      const pods = table.onNode(node.value);
      return namespace ? pods.filter((pod) => pod.metadata.namespace === namespace) : pods;
    }
    return namespace && resourceKind(kindName).namespaced ? table.inNamespace(namespace) : table.all();
  }

  private merged(kind: ResourceKind, current: KubeObject, next: KubeObject): KubeObject {
    const specChanged = kind.hasGeneration && next.spec !== current.spec && !sameJson(next.spec, current.spec);
    const metadata: ObjectMeta = {
      ...next.metadata,
      namespace: current.metadata.namespace,
      uid: current.metadata.uid,
      creationTimestamp: current.metadata.creationTimestamp,
      deletionTimestamp: current.metadata.deletionTimestamp,
      deletionGracePeriodSeconds: current.metadata.deletionGracePeriodSeconds,
      generation: specChanged ? (current.metadata.generation ?? 0) + 1 : current.metadata.generation,
      resourceVersion: current.metadata.resourceVersion,
    };
    return { ...next, apiVersion: current.apiVersion, kind: current.kind, metadata };
  }

  private markTerminating(kindName: string, current: KubeObject, grace: number): KubeObject {
    const { deletionTimestamp, deletionGracePeriodSeconds: before } = current.metadata;
    // A second deletion can only shorten the grace period.
    if (deletionTimestamp && before !== undefined && grace >= before) return current;
    const metadata: ObjectMeta = {
      ...current.metadata,
      deletionTimestamp: `${new Date(this.now() + grace * 1000).toISOString().slice(0, 19)}Z`,
      deletionGracePeriodSeconds: grace,
      generation: current.metadata.generation === undefined ? undefined : current.metadata.generation + 1,
    };
    const status = kindName === 'Namespace' ? { ...current.status, phase: 'Terminating' } : current.status;
    return this.commit(kindName, 'MODIFIED', { ...current, metadata, status }, current);
  }

  private remove(kindName: string, current: KubeObject): KubeObject {
    return this.commit(kindName, 'DELETED', current, this.table(kindName).get(keyOf(current)));
  }

  private commit(kindName: string, type: StoreEvent['type'], next: KubeObject, previous?: KubeObject): KubeObject {
    const resourceVersion = ++this.version;
    const metadata = { ...next.metadata, resourceVersion: String(resourceVersion) };
    const object = deepFreeze({ ...next, metadata });
    const table = this.table(kindName);
    if (type === 'DELETED') table.delete(keyOf(object));
    else table.set(keyOf(object), object);
    const event: StoreEvent = { type, object, previous, resourceVersion };
    this.rings.get(kindName)?.push(event);
    this.pending.push({ kind: kindName, event });
    this.dispatch();
    return object;
  }

  private dispatch(): void {
    if (this.dispatching) return;
    this.dispatching = true;
    try {
      for (let next = this.pending.shift(); next; next = this.pending.shift()) {
        for (const listener of [...(this.listeners.get(next.kind) ?? [])]) notify(listener, next.event);
      }
    } finally {
      this.dispatching = false;
    }
  }
}

/** A listener that can't take an object keeps it from no other, and the write that raised the event stands. */
function notify(listener: StoreListener, event: StoreEvent): void {
  try {
    listener(event);
  } catch (error) {
    reportMistake(`${event.object.kind} ${event.object.metadata.name}`, error);
  }
}

function keyFor(kind: ResourceKind, namespace: string | undefined, name: string): string {
  return ObjectTable.key(kind.namespaced ? namespace : undefined, name);
}

function keyOf(object: KubeObject): string {
  return ObjectTable.key(object.metadata.namespace, object.metadata.name);
}
