import { ApiError } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import type { ApiExchange } from './api-exchange.js';
import { applyJsonPatch } from './apply-json-patch.js';
import { applyMergePatch } from './apply-merge-patch.js';

/** `deployments/scale` and its like: the replica count as an object of its own. */
export async function answerScale(store: ObjectStore, exchange: ApiExchange, kind: ResourceKind): Promise<void> {
  const { namespace, name, verb } = exchange.info;
  const current = store.require(kind.kind, namespace, name);
  if (verb === 'get') {
    exchange.send(200, scaleOf(current));
    return;
  }
  const body = await exchange.requireBody();
  const wanted = verb === 'patch' ? patched(scaleOf(current), body, exchange.contentType) : body;
  const replicas = wanted.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw ApiError.invalid(kind, name, [{ reason: 'FieldValueInvalid', message, field: 'spec.replicas' }]);
  }
  const { resourceVersion } = wanted.metadata ?? {};
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw ApiError.staleVersion(kind, name);
  const next = { ...current, spec: { ...current.spec, replicas } };
  exchange.send(200, scaleOf(exchange.dryRun ? next : store.update(kind.kind, next)));
}

function patched(scale: Json, patch: Json, contentType: string): Json {
  return contentType === 'application/json-patch+json' ? applyJsonPatch(scale, patch) : applyMergePatch(scale, patch);
}

function scaleOf({ metadata, spec, status }: KubeObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const selector = Object.entries(spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selector.join(',') },
  };
}
