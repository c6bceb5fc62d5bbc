import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import type { Permit } from '../../../kernel/permit.js';
import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { UnavailableCause } from '../../../platform/kubernetes/cluster-unavailable.js';
import type { Pod } from '../../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../../platform/kubernetes/kube-paths.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { ListWatch } from '../../../platform/kubernetes/list-watch.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { type BudgetView, DrainGateway, type PodRemoval, type PodView } from './drain-gateway.port.js';
import { classifyEviction, type EvictionVerdict } from './eviction-response.js';
import { podSnapshotOf } from './kubernetes-snapshot.mapper.js';
import type { PodSnapshot } from './pod-snapshot.js';
import { SharedBudgetWatches } from './shared-budget-watches.adapter.js';

/** How long a look at the pods waits for the proof that they are the cluster's. */
const CONFIRM_MS = 2_000;

@Injectable()
export class KubernetesDrainGateway extends DrainGateway {
  private readonly eviction = new Map<string, boolean>();

  constructor(
    private readonly connections: ClusterConnections,
    private readonly sharedBudgets: SharedBudgetWatches,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async watchPods(
    cluster: string,
    node: string,
    onChange: (uid: string) => void,
    signal: AbortSignal,
  ): Promise<PodView> {
    const watch = new ListWatch<Pod, PodSnapshot>({
      connection: this.connections.get(cluster),
      path: KUBE_PATHS.pods,
      fieldSelector: `spec.nodeName=${node}`,
      project: withoutAffinity,
      onEvent: ({ uid }) => onChange(uid),
      onError: (error) => this.logger.warn({ cluster, node, err: error }, "the watch of a node's pods failed"),
    }).start(signal);
    try {
      await watch.whenSynced(signal);
    } catch (error) {
      await watch.stop();
      throw error;
    }
    const ageMs = async (silenceMs: number) => {
      await watch.confirm(silenceMs, CONFIRM_MS);
      return watch.silentMs;
    };
    return { pods: watch.rows, ageMs, stop: () => watch.stop() };
  }

  override watchBudgets(cluster: string, signal: AbortSignal): Promise<BudgetView> {
    return this.sharedBudgets.open(cluster, signal);
  }

  override async podsIn(cluster: string, namespace: string, signal: AbortSignal): Promise<PodSnapshot[]> {
    const pods: PodSnapshot[] = [];
    const onStart = () => {
      pods.length = 0;
    };
    const onItem = (pod: Pod) => void pods.push(withoutAffinity(pod));
    await this.told((api) => api.connection.list(namespacePods(namespace), { signal, onStart, onItem }), cluster);
    return pods;
  }

  override async remove(
    cluster: string,
    removal: PodRemoval,
    permit: Permit,
    signal: AbortSignal,
  ): Promise<EvictionVerdict> {
    const { namespace, name, uid, method, gracePeriodSeconds, lookFirst } = removal;
    const api = this.connections.api(cluster);
    const known = lookFirst ? await looked(api, removal, signal) : null;
    if (known) return known;
    const options = { uid, permit, signal, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) };
    try {
      if (method === 'EVICT') await api.evictPod(namespace, name, options);
      else await api.deletePod(namespace, name, options);
      return { kind: 'ACCEPTED' };
    } catch (error) {
      return verdictOf(error, isUnsent(error));
    }
  }

  override async daemonSets(cluster: string, signal: AbortSignal): Promise<ReadonlySet<string> | null> {
    const names = new Set<string>();
    try {
      await this.connections.api(cluster).listDaemonSets({
        signal,
        onStart: () => names.clear(),
        onItem: ({ metadata }) => names.add(`${metadata.namespace}/${metadata.name}`),
      });
      return names;
    } catch (error) {
      if (error instanceof KubernetesApiError && error.status === 403) return null;
      throw kubernetesDomainError(error);
    }
  }

  /** Asked once a process: an API server doesn't lose it. */
  override async supportsEviction(cluster: string, signal: AbortSignal): Promise<boolean> {
    const known = this.eviction.get(cluster);
    if (known !== undefined) return known;
    const supported = await this.told((api) => api.supportsEviction({ signal }), cluster);
    if (supported) this.eviction.set(cluster, true);
    return supported;
  }

  override async volumesOf(cluster: string, claims: readonly string[], signal: AbortSignal): Promise<string[]> {
    if (claims.length === 0) return [];
    const wanted = new Set(claims);
    const found = await this.told((api) => api.listPersistentVolumeClaims({ signal }), cluster);
    return found.flatMap(({ metadata, spec }) =>
      wanted.has(`${metadata.namespace}/${metadata.name}`) && spec.volumeName ? [spec.volumeName] : [],
    );
  }

  override async attachedVolumes(
    cluster: string,
    node: string,
    volumes: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]> {
    const wanted = new Set(volumes);
    const attachments = await this.told((api) => api.listVolumeAttachments({ signal }), cluster);
    return attachments
      .filter(({ spec }) => spec.nodeName === node)
      .flatMap(({ spec: { source } }) => {
        const volume = source.persistentVolumeName;
        return volume !== undefined && wanted.has(volume) ? [volume] : [];
      });
  }

  private async told<T>(call: (api: ClusterApi) => Promise<T>, cluster: string): Promise<T> {
    try {
      return await call(this.connections.api(cluster));
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }
}

/** Null: the pod is there and stays, so that it is to be asked (again). The watch may be as late as the answer was. */
async function looked(api: ClusterApi, removal: PodRemoval, signal: AbortSignal): Promise<EvictionVerdict | null> {
  try {
    const { metadata } = await api.getPod(removal.namespace, removal.name, { signal });
    if (metadata.uid !== removal.uid) return { kind: 'REPLACED' };
    return metadata.deletionTimestamp ? { kind: 'ACCEPTED' } : null;
  } catch (error) {
    // Without the right to look, the UID still keeps a second request from hitting another pod.
    if (error instanceof KubernetesApiError && error.status === 403) return null;
    return verdictOf(error, true);
  }
}

const NEVER_SENT = new Set<unknown>([
  'CONNECTION_REFUSED',
  'NAME_NOT_RESOLVED',
  'UNREACHABLE',
  'TLS',
  'CREDENTIALS',
  'CONFIGURATION',
] satisfies UnavailableCause[]);

const isUnsent = (error: unknown): boolean =>
  error instanceof DomainError && NEVER_SENT.has(error.details.extensions?.cause);

function verdictOf(error: unknown, unsent: boolean): EvictionVerdict {
  if (error instanceof KubernetesApiError) {
    const { status, reason, message, causes, retryAfterSeconds, isStatus } = error;
    return classifyEviction({ status, reason, message, causes, retryAfterSeconds, isStatus, isUnsent: unsent });
  }
  // No answer: whether it took place is for the watch, or a look before the next request, to show.
  if (error instanceof DomainError) {
    return classifyEviction({ status: 0, reason: '', message: error.message, causes: [], isUnsent: unsent });
  }
  throw error;
}

const namespacePods = (namespace: string) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;

/** A drain moves nothing to other nodes, so where volumes can be mounted doesn't matter to it. */
const withoutAffinity = (pod: Pod) => podSnapshotOf(pod);
