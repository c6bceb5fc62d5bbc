import type { Permit } from '../../kernel/permit.js';
import type { ClusterConnection, ListOptions } from './cluster-connection.js';
import type { KubeVersion } from './kube-answers.js';
import type {
  CsiNode,
  DaemonSet,
  Job,
  KubeEvent,
  KubeObject,
  Lease,
  Namespace,
  Node,
  NodeMetrics,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ResourceSlice,
  VolumeAttachment,
} from './kube-objects.js';
import { KUBE_PATHS } from './kube-paths.js';
import { KubernetesApiError } from './kubernetes-api-error.js';
import { objectName as name } from './object-name.js';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly requestId?: string;
}

/** Of a call that changes something. */
export interface ChangeCallOptions extends CallOptions {
  readonly permit: Permit;
}

export interface RemovePodOptions extends ChangeCallOptions {
  /** Only the pod with this uid is removed: a replacement under the same name is a 409. */
  readonly uid: string;
  /** Absent: the pod's own. */
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}

/** What a lease write gives; the rest of the object is the server's. */
export interface LeaseWrite {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
  readonly spec: Lease['spec'];
}

const NODE_METRICS = '/apis/metrics.k8s.io/v1beta1/nodes';
const DRY_RUN_ALL = 'All';

/** The Kubernetes calls of this product on one cluster, by name. Failures are those of ClusterConnection. */
export class ClusterApi {
  constructor(readonly connection: ClusterConnection) {}

  version(options: CallOptions = {}): Promise<KubeVersion> {
    return this.connection.request('GET', '/version', options);
  }

  getNode(node: string, options: CallOptions = {}): Promise<Node> {
    return this.connection.request('GET', `/api/v1/nodes/${name(node)}`, options);
  }

  listNodes(options: ListOptions<Node> = {}): Promise<{ items: Node[]; resourceVersion: string }> {
    return this.connection.list('/api/v1/nodes', options);
  }

  /** Of all nodes at once; a 404 where the cluster has no metrics API. */
  async listNodeMetrics(options: CallOptions = {}): Promise<NodeMetrics[]> {
    const list = await this.connection.request<{ items: NodeMetrics[] }>('GET', NODE_METRICS, options);
    return list.items;
  }

  /** Strategic merge patch; the content type is explicit, since client libraries default to others. */
  patchNode(node: string, patch: unknown, options: ChangeCallOptions & { dryRun?: boolean }): Promise<Node> {
    const { dryRun, ...call } = options;
    return this.connection.change('PATCH', `/api/v1/nodes/${name(node)}`, {
      ...call,
      body: patch,
      contentType: 'application/strategic-merge-patch+json',
      query: { dryRun: dryRun ? DRY_RUN_ALL : undefined },
    });
  }

  getPod(namespace: string, pod: string, options: CallOptions = {}): Promise<Pod> {
    return this.connection.request('GET', podPath(namespace, pod), options);
  }

  async listPodsOnNode(node: string, options: ListOptions<Pod> = {}): Promise<Pod[]> {
    const found = await this.connection.list<Pod>('/api/v1/pods', {
      ...options,
      fieldSelector: `spec.nodeName=${name(node)}`,
    });
    return found.items;
  }

  /** Says whether the API server offers `pods/eviction`; without it pods can only be deleted. */
  async supportsEviction(options: CallOptions = {}): Promise<boolean> {
    const list = await this.connection.request<{ resources: { name: string; kind: string }[] }>(
      'GET',
      '/api/v1',
      options,
    );
    return list.resources.some((resource) => resource.name === 'pods/eviction' && resource.kind === 'Eviction');
  }

  /** Asks the API server to evict, within disruption budgets. A refusal is a KubernetesApiError with its causes. */
  async evictPod(namespace: string, pod: string, options: RemovePodOptions): Promise<void> {
    const { uid, gracePeriodSeconds, dryRun, ...call } = options;
    await this.connection.change('POST', `${podPath(namespace, pod)}/eviction`, {
      ...call,
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod, namespace },
        deleteOptions: { preconditions: { uid }, gracePeriodSeconds, dryRun: dryRun ? [DRY_RUN_ALL] : undefined },
      },
    });
  }

  async deletePod(namespace: string, pod: string, options: RemovePodOptions): Promise<void> {
    const { uid, gracePeriodSeconds, dryRun, ...call } = options;
    await this.connection.change('DELETE', podPath(namespace, pod), {
      ...call,
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid },
        gracePeriodSeconds,
        dryRun: dryRun ? [DRY_RUN_ALL] : undefined,
      },
    });
  }

  async listPodDisruptionBudgets(options: ListOptions<PodDisruptionBudget> = {}): Promise<PodDisruptionBudget[]> {
    return (await this.connection.list<PodDisruptionBudget>(KUBE_PATHS.podDisruptionBudgets, options)).items;
  }

  async listDaemonSets(options: ListOptions<DaemonSet> = {}): Promise<DaemonSet[]> {
    return (await this.connection.list<DaemonSet>('/apis/apps/v1/daemonsets', options)).items;
  }

  /** Undefined when it doesn't exist. */
  getNamespace(namespace: string, options: CallOptions = {}): Promise<Namespace | undefined> {
    return this.find(`/api/v1/namespaces/${name(namespace)}`, options);
  }

  async listCsiNodes(options: ListOptions<CsiNode> = {}): Promise<CsiNode[]> {
    return (await this.connection.list<CsiNode>('/apis/storage.k8s.io/v1/csinodes', options)).items;
  }

  async listVolumeAttachments(options: ListOptions<VolumeAttachment> = {}): Promise<VolumeAttachment[]> {
    return (await this.connection.list<VolumeAttachment>(KUBE_PATHS.volumeAttachments, options)).items;
  }

  async listPersistentVolumeClaims(options: ListOptions<PersistentVolumeClaim> = {}): Promise<PersistentVolumeClaim[]> {
    return (await this.connection.list<PersistentVolumeClaim>('/api/v1/persistentvolumeclaims', options)).items;
  }

  async listPersistentVolumes(options: ListOptions<PersistentVolume> = {}): Promise<PersistentVolume[]> {
    return (await this.connection.list<PersistentVolume>('/api/v1/persistentvolumes', options)).items;
  }

  /** Empty in clusters that don't have the API. */
  async listResourceSlices(options: ListOptions<ResourceSlice> = {}): Promise<ResourceSlice[]> {
    try {
      return (await this.connection.list<ResourceSlice>('/apis/resource.k8s.io/v1/resourceslices', options)).items;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  async listEvents(options: ListOptions<KubeEvent> = {}): Promise<KubeEvent[]> {
    return (await this.connection.list<KubeEvent>('/api/v1/events', options)).items;
  }

  createEvent(
    namespace: string,
    event: Omit<KubeEvent, 'metadata'> & { metadata: object },
    options: ChangeCallOptions,
  ): Promise<KubeEvent> {
    return this.connection.change('POST', `/api/v1/namespaces/${name(namespace)}/events`, { ...options, body: event });
  }

  /** Undefined when it doesn't exist. */
  getLease(namespace: string, lease: string, options: CallOptions = {}): Promise<Lease | undefined> {
    return this.find(`${leasesPath(namespace)}/${name(lease)}`, options);
  }

  async listLeases(namespace: string, options: ListOptions<Lease> = {}): Promise<Lease[]> {
    return (await this.connection.list<Lease>(leasesPath(namespace), options)).items;
  }

  /** A 409 when it already exists. */
  createLease(namespace: string, lease: LeaseWrite, options: ChangeCallOptions): Promise<Lease> {
    const { spec, ...metadata } = lease;
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...metadata, namespace }, spec };
    return this.connection.change('POST', leasesPath(namespace), { ...options, body });
  }

  /** Replaces the lease at the version that was read: a 409 when another holder was quicker. */
  updateLease(lease: Lease, options: ChangeCallOptions): Promise<Lease> {
    const body = { ...lease, apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    const path = `${leasesPath(lease.metadata.namespace as string)}/${name(lease.metadata.name)}`;
    return this.connection.change('PUT', path, { ...options, body });
  }

  /** Deletes that very lease; nothing happens when it is gone or replaced. */
  async deleteLease(lease: Lease, options: ChangeCallOptions): Promise<void> {
    const path = `${leasesPath(lease.metadata.namespace as string)}/${name(lease.metadata.name)}`;
    const { uid, resourceVersion } = lease.metadata;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
    try {
      await this.connection.change('DELETE', path, { ...options, body });
    } catch (error) {
      if (!(error instanceof KubernetesApiError) || (error.status !== 404 && error.status !== 409)) throw error;
    }
  }

  /** A 409 when it already exists. */
  createJob(namespace: string, job: object, options: ChangeCallOptions): Promise<Job> {
    return this.connection.change('POST', jobsPath(namespace), { ...options, body: job });
  }

  /** Undefined when it doesn't exist. */
  getJob(namespace: string, job: string, options: CallOptions = {}): Promise<Job | undefined> {
    return this.find(`${jobsPath(namespace)}/${name(job)}`, options);
  }

  /** Deletes it with its pods; nothing happens when it is gone. */
  async deleteJob(namespace: string, job: string, options: ChangeCallOptions): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
    try {
      await this.connection.change('DELETE', `${jobsPath(namespace)}/${name(job)}`, { ...options, body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async listPodsOfJob(namespace: string, job: string, options: ListOptions<Pod> = {}): Promise<Pod[]> {
    const labelSelector = `batch.kubernetes.io/job-name=${name(job)}`;
    const path = `/api/v1/namespaces/${name(namespace)}/pods`;
    return (await this.connection.list<Pod>(path, { ...options, labelSelector })).items;
  }

  readPodLog(namespace: string, pod: string, limitBytes: number, options: CallOptions = {}): Promise<string> {
    const query = { limitBytes };
    return this.connection.request('GET', `${podPath(namespace, pod)}/log`, {
      ...options,
      query,
      accept: 'text/plain, */*',
    });
  }

  private async find<T extends KubeObject>(path: string, options: CallOptions): Promise<T | undefined> {
    try {
      return await this.connection.request<T>('GET', path, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

const podPath = (namespace: string, pod: string) => `/api/v1/namespaces/${name(namespace)}/pods/${name(pod)}`;
const jobsPath = (namespace: string) => `/apis/batch/v1/namespaces/${name(namespace)}/jobs`;
const leasesPath = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${name(namespace)}/leases`;

function isNotFound(error: unknown): boolean {
  return error instanceof KubernetesApiError && error.status === 404;
}
