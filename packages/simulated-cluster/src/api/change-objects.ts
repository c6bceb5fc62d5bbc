import { ApiError } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import { withDefaults } from '../store/object-defaults.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import type { ApiExchange } from './api-exchange.js';
import { applyJsonPatch } from './apply-json-patch.js';
import { applyMergePatch } from './apply-merge-patch.js';
import { applyStrategicPatch } from './apply-strategic-patch.js';
import { checkDeletable, readDeleteOptions } from './delete-options.js';
import { admitCreation, validate } from './object-admission.js';
import { checkShape } from './object-shape.js';
import { negotiate, presentObject } from './representation.js';

/** Which part of an object a write may change. */
export type Part = 'main' | 'status' | 'approval';

export async function createObject(store: ObjectStore, exchange: ApiExchange, kind: ResourceKind): Promise<void> {
  const body = await exchange.requireBody();
  checkIdentity(exchange, kind, body);
  checkShape(kind.kind, body);
  const { namespace } = exchange.info;
  const object = { ...body, metadata: { ...body.metadata, namespace: namespace || body.metadata?.namespace } };
  admitCreation(store, kind, object, exchange.user);
  const stripped = kind.hasStatus && kind.kind !== 'Node' ? { ...object, status: undefined } : object;
  const prepared = { ...stripped, metadata: clientMetadata(object.metadata) };
  const complete = store.complete(kind, prepared);
  validate(kind, complete);
  const created = exchange.dryRun ? dryRunCreate(store, kind, complete) : store.create(kind.kind, complete);
  reply(exchange, kind, created, 201);
}

function dryRunCreate(store: ObjectStore, kind: ResourceKind, complete: KubeObject): KubeObject {
  const { namespace, name } = complete.metadata;
  if (store.get(kind.kind, namespace, name)) throw ApiError.alreadyExists(kind, name);
  return complete;
}

/** What only the server may set. */
function clientMetadata(metadata: Json): Json {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, resourceVersion, ...rest } = metadata;
  if (resourceVersion)
    throw new ApiError(500, 'InternalError', 'resourceVersion should not be set on objects to be created');
  return { ...rest, generation: undefined };
}

export async function updateObject(
  store: ObjectStore,
  exchange: ApiExchange,
  kind: ResourceKind,
  part: Part,
): Promise<void> {
  const body = await exchange.requireBody();
  checkIdentity(exchange, kind, body);
  const { namespace, name } = exchange.info;
  const current = store.require(kind.kind, namespace, name);
  reply(exchange, kind, write(store, kind, part, current, body, exchange.dryRun));
}

export async function patchObject(
  store: ObjectStore,
  exchange: ApiExchange,
  kind: ResourceKind,
  part: Part,
): Promise<void> {
  const patch = await exchange.body();
  const { namespace, name } = exchange.info;
  const apply = patcher(exchange.contentType);
  const current = store.get(kind.kind, namespace, name);
  if (!current) {
    // Server-side apply is the one patch that may create.
    if (exchange.contentType !== 'application/apply-patch+yaml' || part !== 'main') throw ApiError.notFound(kind, name);
    checkShape(kind.kind, patch);
    const complete = store.complete(kind, { ...patch, metadata: { ...patch.metadata, namespace } });
    admitCreation(store, kind, complete, exchange.user);
    validate(kind, complete);
    reply(exchange, kind, exchange.dryRun ? complete : store.create(kind.kind, complete), 201);
    return;
  }
  const patched = apply(current, patch);
  checkIdentity(exchange, kind, patched);
  reply(exchange, kind, write(store, kind, part, current, patched, exchange.dryRun));
}

function patcher(contentType: string): (target: Json, patch: Json) => Json {
  switch (contentType) {
    case 'application/strategic-merge-patch+json':
      return applyStrategicPatch;
    case 'application/merge-patch+json':
      return applyMergePatch;
    case 'application/json-patch+json':
      return applyJsonPatch;
    case 'application/apply-patch+yaml':
      // Close to server-side apply for one manager: lists with keys merge, the rest is set.
      return applyStrategicPatch;
    default: {
      throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
    }
  }
}

function write(
  store: ObjectStore,
  kind: ResourceKind,
  part: Part,
  current: KubeObject,
  wanted: Json,
  dryRun: boolean,
): KubeObject {
  const { uid, resourceVersion } = wanted.metadata ?? {};
  const { name } = current.metadata;
  if (uid && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw ApiError.conflict(kind, name, why);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw ApiError.staleVersion(kind, name);
  checkShape(kind.kind, wanted);
  // A write may leave out what the controllers rely on, as a status without `allocatable` does.
  const next = withDefaults(kind.kind, limitTo(kind, part, current, wanted)) as KubeObject;
  validate(kind, next, current);
  return dryRun ? next : store.update(kind.kind, next);
}

function limitTo(kind: ResourceKind, part: Part, current: KubeObject, wanted: Json): KubeObject {
  if (part === 'main') return kind.hasStatus ? { ...wanted, status: current.status } : wanted;
  if (part === 'status') {
    const { labels, annotations } = current.metadata;
    // Like the real node and pod strategies, a status write may carry labels and annotations along.
    const metadata = { ...current.metadata, labels: wanted.metadata?.labels ?? labels };
    return {
      ...current,
      metadata: { ...metadata, annotations: wanted.metadata?.annotations ?? annotations },
      status: wanted.status,
    };
  }
  return { ...current, status: { ...current.status, conditions: wanted.status?.conditions } };
}

export async function deleteObject(store: ObjectStore, exchange: ApiExchange, kind: ResourceKind): Promise<void> {
  const options = await readDeleteOptions(exchange);
  const { namespace, name } = exchange.info;
  const current = store.require(kind.kind, namespace, name);
  checkDeletable(kind, current, options);
  const result = exchange.dryRun || options.dryRun ? current : store.delete(kind.kind, namespace, name, options);
  const gone = exchange.dryRun || options.dryRun || !store.get(kind.kind, namespace, name);
  if (kind.kind === 'Pod' || !gone) {
    reply(exchange, kind, result, 200);
    return;
  }
  const details = { name, group: kind.group || undefined, kind: kind.plural, uid: current.metadata.uid };
  exchange.send(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

export async function deleteCollection(store: ObjectStore, exchange: ApiExchange, kind: ResourceKind): Promise<void> {
  const options = await readDeleteOptions(exchange);
  const { query, namespace } = exchange.info;
  const chosen = store.list(kind.kind, {
    namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
  });
  if (!exchange.dryRun && !options.dryRun) {
    for (const { metadata } of chosen) store.delete(kind.kind, metadata.namespace, metadata.name, options);
  }
  const metadata = { resourceVersion: String(store.resourceVersion) };
  exchange.send(200, { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items: chosen });
}

function checkIdentity(exchange: ApiExchange, kind: ResourceKind, body: Json): void {
  const { name, namespace } = exchange.info;
  const metadata = body.metadata ?? {};
  if (body.kind && body.kind !== kind.kind) {
    throw ApiError.badRequest(
      `${body.kind} in version "${body.apiVersion}" cannot be handled as a ${kind.kind}: no kind "${body.kind}" is registered for version "${kind.apiVersion}"`,
    );
  }
  if (name && metadata.name && metadata.name !== name) {
    throw ApiError.badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (namespace && metadata.namespace && metadata.namespace !== namespace) {
    throw ApiError.badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
}

function reply(exchange: ApiExchange, kind: ResourceKind, object: KubeObject, code = 200): void {
  exchange.send(code, presentObject(kind, object, negotiate(exchange.request.headers.accept, exchange.info.query)));
}
