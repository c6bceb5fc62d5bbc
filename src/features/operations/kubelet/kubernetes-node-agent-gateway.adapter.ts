import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import { DomainError } from '../../../kernel/domain-error.js';
import type { Permit } from '../../../kernel/permit.js';
import { printable } from '../../../kernel/printable.js';
import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Job, Pod } from '../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { agentJobManifest } from './agent-job-manifest.mapper.js';
import { type AgentOrder, type AgentRun, NodeAgentGateway } from './node-agent-gateway.port.js';

const LOG_BYTES = 4096;
const NO_POD = 'it has no pod yet';

@Injectable()
export class KubernetesNodeAgentGateway extends NodeAgentGateway {
  constructor(
    private readonly connections: ClusterConnections,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    super();
  }

  override nameOf(operationId: string) {
    return { namespace: this.config.kubernetes.namespace, name: `node-steward-agent-${operationId}` };
  }

  override async launch(order: AgentOrder, permit: Permit, signal?: AbortSignal): Promise<AgentRun> {
    const place = this.nameOf(order.operationId);
    const manifest = agentJobManifest(order, place, this.config.nodeAgent.image);
    const api = this.connections.api(order.cluster);
    try {
      return runOf(await api.createJob(place.namespace, manifest, { permit, ...signalled(signal) }), []);
    } catch (error) {
      if (!(error instanceof KubernetesApiError)) throw error;
      if (error.status === 409) {
        // The answer of an earlier attempt was lost, or its worker was.
        const known = await this.find(order.cluster, order.operationId, signal);
        if (known) return known;
      }
      if (error.status === 404) throw withoutNamespace(order.cluster, place.namespace, error);
      throw kubernetesDomainError(error);
    }
  }

  override find(cluster: string, operationId: string, signal?: AbortSignal): Promise<AgentRun | null> {
    return told(async () => {
      const api = this.connections.api(cluster);
      const { namespace, name } = this.nameOf(operationId);
      const job = await api.getJob(namespace, name, signalled(signal));
      const pods = await api.listPodsOfJob(namespace, name, signalled(signal));
      if (!job) return runWithoutJob(pods, namespace, name);
      const run = runOf(job, pods);
      if (run.phase !== 'WAITING' || run.message !== NO_POD) return run;
      return { ...run, message: (await refusalOf(api, job, signal)) ?? NO_POD };
    });
  }

  override output(cluster: string, operationId: string, signal?: AbortSignal): Promise<string | null> {
    return told(async () => {
      const api = this.connections.api(cluster);
      const { namespace, name } = this.nameOf(operationId);
      const [pod] = await api.listPodsOfJob(namespace, name, signalled(signal));
      if (!pod) return null;
      const text = await api.readPodLog(namespace, pod.metadata.name, LOG_BYTES, signalled(signal));
      return text.trim() || null;
    });
  }

  override remove(cluster: string, operationId: string, permit: Permit, signal?: AbortSignal): Promise<void> {
    const { namespace, name } = this.nameOf(operationId);
    return told(() => this.connections.api(cluster).deleteJob(namespace, name, { permit, ...signalled(signal) }));
  }
}

const signalled = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw kubernetesDomainError(error);
  }
}

/** Admission refuses the pod to the Job's controller, not to us: its Event alone says why. */
async function refusalOf(api: ClusterApi, { metadata }: Job, signal: AbortSignal | undefined): Promise<string | null> {
  const fieldSelector = `involvedObject.uid=${metadata.uid},reason=FailedCreate`;
  try {
    const events = await api.listEvents({ fieldSelector, ...signalled(signal) });
    const words = events.at(-1)?.message;
    return words ? `the cluster refuses to make its pod: ${printable(words).replaceAll(/\s+/g, ' ')}` : null;
  } catch (error) {
    // Without the right to read Events the operation still knows that there is no pod.
    if (error instanceof KubernetesApiError && error.status === 403) return null;
    throw error;
  }
}

function withoutNamespace(cluster: string, namespace: string, cause: unknown): DomainError {
  return new DomainError(
    'CLUSTER_FORBIDDEN',
    `Cluster "${cluster}" has no namespace "${namespace}" for the node agent: create it, with privileged pods allowed.`,
    { extensions: { cluster, namespace }, cause },
  );
}

type AnyJob = Pick<Job, 'status'> & { readonly metadata: Pick<Job['metadata'], 'namespace' | 'name' | 'uid'> };

/** Its pods go after the Job. */
function runWithoutJob(pods: readonly Pod[], namespace: string, name: string): AgentRun | null {
  const [owner] = pods.flatMap(({ metadata }) => metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Job');
  return owner ? { ...runOf({ metadata: { namespace, name, uid: owner.uid } }, pods), hasJob: false } : null;
}

function runOf({ metadata, status }: AnyJob, pods: readonly Pod[]): AgentRun {
  const { namespace = '', name, uid } = metadata;
  const own = pods.filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === uid));
  // The controller may make a second pod in the place of one that was lost; the last one says how things stand.
  const pod = own.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1)).at(-1);
  const container = pod?.status.containerStatuses?.[0];
  const terminated = container?.state?.terminated;
  const ended = terminated?.finishedAt ?? status?.completionTime;
  const is = (type: string) => status?.conditions?.find((each) => each.type === type && each.status === 'True');
  const failed = is('Failed');
  const place = {
    namespace,
    name,
    uid,
    hasJob: true,
    hasPod: pod !== undefined,
    finishedAt: ended ? new Date(ended) : null,
  };
  if (is('Complete') || terminated?.exitCode === 0) return { ...place, phase: 'SUCCEEDED', message: null };
  if (failed || terminated) {
    const code = terminated ? `exit code ${terminated.exitCode}` : undefined;
    const message = terminated?.message?.trim() || pod?.status.message || failed?.message || code || null;
    return { ...place, phase: 'FAILED', message };
  }
  if (container?.state?.running) return { ...place, phase: 'RUNNING', message: null };
  const waiting = container?.state?.waiting;
  const why = [waiting?.reason, waiting?.message].filter(Boolean).join(': ') || pod?.status.message;
  const nothing = pod ? 'its kubelet has not taken it up' : NO_POD;
  return { ...place, phase: 'WAITING', message: why || nothing };
}
