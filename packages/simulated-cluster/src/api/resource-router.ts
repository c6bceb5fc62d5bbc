import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { RESOURCE_KINDS, type ResourceKind } from '../store/resource-kinds.js';
import { answerReview, REVIEWS } from './access-reviews.js';
import type { ApiExchange } from './api-exchange.js';
import {
  createObject,
  deleteCollection,
  deleteObject,
  type Part,
  patchObject,
  updateObject,
} from './change-objects.js';
import type { ClusterAccess } from './cluster-access.js';
import { evictPod } from './evict-pod.js';
import type { KubeletForwarder } from './forward-to-kubelet.js';
import { listObjects } from './list-objects.js';
import { ListSnapshots } from './list-snapshots.js';
import { answerMetrics, METRICS_GROUP } from './metrics-api.js';
import { checkNamespace } from './object-admission.js';
import type { OpenWatches } from './open-watches.js';
import type { PodLogSource } from './pod-log-source.js';
import { readPodLog } from './read-pod-log.js';
import { negotiate, presentObject } from './representation.js';
import type { RequestLog } from './request-log.js';
import { answerScale } from './scale-subresource.js';
import { watchObjects } from './watch-objects.js';

const kinds = new Map(RESOURCE_KINDS.map((kind) => [`${kind.apiVersion}/${kind.plural}`, kind]));

/** Sends each request for a resource to what answers it. */
export class ResourceRouter {
  readonly snapshots = new ListSnapshots();
  podLogs?: PodLogSource;

  constructor(
    private readonly store: ObjectStore,
    private readonly access: ClusterAccess,
    private readonly watches: OpenWatches,
    private readonly log: RequestLog,
    private readonly kubelets: KubeletForwarder,
  ) {}

  async answer(exchange: ApiExchange): Promise<void> {
    const { group, version, resource, subresource } = exchange.info;
    const review = REVIEWS[resource];
    if (review?.group === group && exchange.info.verb === 'create') return answerReview(this.access, exchange);
    if (group === METRICS_GROUP) return answerMetrics(this.store, exchange);
    const kind = kinds.get(`${group ? `${group}/` : ''}${version}/${resource}`);
    if (!kind) throw notServed();
    if (!subresource) return this.answerObject(exchange, kind);
    if (!kind.subresources.includes(subresource)) throw notServed();
    return this.answerSubresource(exchange, kind);
  }

  private async answerObject(exchange: ApiExchange, kind: ResourceKind): Promise<void> {
    switch (exchange.info.verb) {
      case 'list':
        return listObjects(this.store, this.snapshots, exchange, kind);
      case 'watch':
        return watchObjects(this.store, this.watches, exchange, kind);
      case 'get':
        return this.get(exchange, kind);
      case 'create':
        return createObject(this.store, exchange, kind);
      case 'update':
        return updateObject(this.store, exchange, kind, 'main');
      case 'patch':
        return patchObject(this.store, exchange, kind, 'main');
      case 'delete':
        return deleteObject(this.store, exchange, kind);
      case 'deletecollection':
        return deleteCollection(this.store, exchange, kind);
      default:
        throw notAllowed();
    }
  }

  private async answerSubresource(exchange: ApiExchange, kind: ResourceKind): Promise<void> {
    const { subresource, verb, namespace, name, rest } = exchange.info;
    switch (subresource) {
      case 'status':
      case 'approval':
        return this.answerPart(exchange, kind, subresource);
      case 'scale':
        return answerScale(this.store, exchange, kind);
      case 'eviction':
        requireVerb(verb, 'create');
        return evictPod(this.store, this.log, exchange);
      case 'binding':
        requireVerb(verb, 'create');
        return this.bind(exchange);
      case 'log':
        requireVerb(verb, 'get');
        return readPodLog(this.store, this.kubelets, this.podLogs, exchange);
      case 'proxy': {
        // `name:port` selects a port in the real API; there is only the kubelet's here.
        const node = this.store.require(kind.kind, namespace, name.replace(/^https?:/, '').split(':')[0] as string);
        const query = exchange.info.query.toString();
        return this.kubelets.forward(node, `/${encodeURI(rest)}${query ? `?${query}` : ''}`, exchange);
      }
      case 'finalize':
        return this.finalizeNamespace(exchange, kind);
      case 'token':
        requireVerb(verb, 'create');
        return this.issueToken(exchange);
      default:
        throw notServed();
    }
  }

  private async answerPart(exchange: ApiExchange, kind: ResourceKind, part: Part): Promise<void> {
    switch (exchange.info.verb) {
      case 'get':
        return this.get(exchange, kind);
      case 'update':
        return updateObject(this.store, exchange, kind, part);
      case 'patch':
        return patchObject(this.store, exchange, kind, part);
      default:
        throw notAllowed();
    }
  }

  private get(exchange: ApiExchange, kind: ResourceKind): void {
    const { namespace, name, query } = exchange.info;
    const as = negotiate(exchange.request.headers.accept, query);
    exchange.send(200, presentObject(kind, this.store.require(kind.kind, namespace, name), as));
  }

  private async bind(exchange: ApiExchange): Promise<void> {
    const { namespace, name } = exchange.info;
    const body = await exchange.requireBody();
    const pod = this.store.require('Pod', namespace, name);
    checkNamespace(this.store, kinds.get('v1/pods') as ResourceKind, namespace, name);
    const target = body.target?.name;
    if (!target) throw ApiError.badRequest('a binding needs target.name');
    if (pod.spec.nodeName) {
      const message = `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "${pod.spec.nodeName}"`;
      throw new ApiError(409, 'Conflict', message, { name, kind: 'pods/binding' });
    }
    if (!exchange.dryRun) this.store.update('Pod', { ...pod, spec: { ...pod.spec, nodeName: target } });
    exchange.send(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
  }

  private async finalizeNamespace(exchange: ApiExchange, kind: ResourceKind): Promise<void> {
    const { name } = exchange.info;
    const body: Json = await exchange.requireBody();
    const current = this.store.require(kind.kind, undefined, name);
    const finalizers = body.spec?.finalizers;
    const next = { ...current, spec: { ...current.spec, finalizers } };
    exchange.send(200, exchange.dryRun ? next : this.store.update(kind.kind, next));
  }

  private async issueToken(exchange: ApiExchange): Promise<void> {
    const { namespace, name } = exchange.info;
    const body: Json = await exchange.requireBody();
    this.store.require('ServiceAccount', namespace, name);
    const seconds = body.spec?.expirationSeconds ?? 3600;
    const token = this.access.issueToken(`system:serviceaccount:${namespace}:${name}`);
    const timer = setTimeout(() => this.access.revoke(token), Math.min(seconds, 86_400) * 1000);
    timer.unref();
    const expirationTimestamp = new Date(Date.now() + seconds * 1000).toISOString();
    exchange.send(201, {
      ...body,
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace },
      status: { token, expirationTimestamp },
    });
  }
}

function requireVerb(verb: string, wanted: string): void {
  if (verb !== wanted) throw notAllowed();
}

function notServed(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource');
}

function notAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}
