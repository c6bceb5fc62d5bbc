import { Injectable } from '@nestjs/common';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { KubeObject, Node, Pod } from '../../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../../platform/kubernetes/kube-paths.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { ListWatch } from '../../../platform/kubernetes/list-watch.js';
import { platformOfNode } from '../../../platform/kubernetes/platform-of-node.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import type { OperationPod } from '../application/operation-pod.js';
import {
  type DepartedPods,
  type FleetNode,
  type FleetView,
  MaintenanceGateway,
} from '../application/ports/maintenance-gateway.port.js';

/** Controllers that replace a pod by one that stays: of others there is nothing to wait for. */
const REPLACING: Readonly<Record<string, string>> = {
  ReplicaSet: '/apis/apps/v1',
  StatefulSet: '/apis/apps/v1',
  ReplicationController: '/api/v1',
};

interface Workload extends KubeObject {
  spec: { replicas?: number };
}

@Injectable()
export class KubernetesMaintenanceGateway extends MaintenanceGateway {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async listNodes(cluster: string): Promise<FleetNode[]> {
    return this.told(async () => (await this.connections.api(cluster).listNodes()).items.map(fleetNode));
  }

  override async watchNodes(cluster: string, onChange: () => void, signal: AbortSignal): Promise<FleetView> {
    const watch = new ListWatch<Node, FleetNode>({
      connection: this.connections.get(cluster),
      path: KUBE_PATHS.nodes,
      project: fleetNode,
      // Heartbeats of kubelets are changes too: only what a run looks at wakes it.
      onEvent: ({ type, row, previous }) => {
        if (type !== 'MODIFIED' || !previous || isNews(previous, row)) onChange();
      },
      onError: (error) => this.logger.warn({ cluster, err: error }, 'the watch of nodes failed'),
    }).start(signal);
    try {
      await watch.whenSynced(signal);
    } catch (error) {
      await watch.stop();
      throw error;
    }
    return { nodes: watch.rows, stop: () => watch.stop() };
  }

  override async etcdMembers(cluster: string, signal: AbortSignal): Promise<ReadonlyMap<string, boolean>> {
    const found = await this.pods(cluster, '/api/v1/namespaces/kube-system/pods', signal, {
      labelSelector: 'component=etcd',
    });
    return new Map(found.flatMap((pod) => (pod.spec.nodeName ? [[pod.spec.nodeName, isReady(pod)] as const] : [])));
  }

  override async pendingPods(cluster: string, signal: AbortSignal): Promise<number> {
    const found = await this.pods(cluster, KUBE_PATHS.pods, signal, { fieldSelector: 'status.phase=Pending' });
    return found.filter((pod) => !pod.spec.nodeName && !pod.metadata.deletionTimestamp).length;
  }

  override async unreadyReplacements(
    cluster: string,
    departed: readonly DepartedPods[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const workloads = new Map<string, Promise<boolean>>();
    const look = (pod: OperationPod, since: Date): Promise<boolean> => {
      const key = `${pod.namespace}/${pod.controller}/${since.getTime()}`;
      const known = workloads.get(key) ?? this.isComplete(cluster, pod, since, signal);
      workloads.set(key, known);
      return known;
    };
    const entries = await Promise.all(
      departed.map(async ({ nodeUid, since, pods }) => {
        const unready = new Set<string>();
        for (const pod of pods.filter(({ controller }) => kindOf(controller) in REPLACING)) {
          if (!(await look(pod, since))) unready.add(`${pod.namespace}/${nameOf(pod.controller)}`);
        }
        return [nodeUid, [...unready].sort()] as const;
      }),
    );
    return new Map(entries);
  }

  /**
   * As many pods of the workload are Ready as it asks for, less those that weren't Ready before the node was touched either.
   * A workload that is gone, or may not be read, can't be waited for.
   */
  private async isComplete(
    cluster: string,
    { namespace, controller }: OperationPod,
    since: Date,
    signal: AbortSignal,
  ): Promise<boolean> {
    const kind = kindOf(controller);
    const name = nameOf(controller);
    const path = `${REPLACING[kind]}/namespaces/${encodeURIComponent(namespace)}/${kind.toLowerCase()}s/${encodeURIComponent(name)}`;
    const { connection } = this.connections.api(cluster);
    const workload = await connection.request<Workload>('GET', path, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      const { status } = error as { status?: number };
      if (status === 404 || status === 403) return null;
      throw kubernetesDomainError(error);
    });
    if (!workload) return true;
    const pods = await this.pods(cluster, `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, signal, {});
    const counted = pods.filter(
      (pod) =>
        (isReady(pod) || wasUnready(pod, since)) &&
        !pod.metadata.deletionTimestamp &&
        pod.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === workload.metadata.uid),
    );
    return counted.length >= (workload.spec.replicas ?? 1);
  }

  private pods(
    cluster: string,
    path: string,
    signal: AbortSignal,
    selectors: { labelSelector?: string; fieldSelector?: string },
  ): Promise<Pod[]> {
    return this.told(async () => {
      const { connection } = this.connections.api(cluster);
      return (await connection.list<Pod>(path, { ...selectors, signal })).items;
    });
  }

  private async told<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }
}

const kindOf = (controller: string | null): string => controller?.split('/')[0] ?? '';
const nameOf = (controller: string | null): string => controller?.split('/')[1] ?? '';

const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;

/** Kubernetes' times are whole seconds, rounded down: what began within that second may have begun after it. */
function wasUnready({ metadata, status }: Pod, since: Date): boolean {
  const ready = status.conditions?.find((each) => each.type === 'Ready');
  if (ready?.status === 'True') return false;
  const unreadySince = new Date(ready?.lastTransitionTime ?? metadata.creationTimestamp ?? since);
  return unreadySince.getTime() < Math.floor(since.getTime() / 1000) * 1000;
}

function fleetNode({ metadata, spec, status }: Node): FleetNode {
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    ready: status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false,
    unschedulable: spec.unschedulable === true,
    platform: platformOfNode({ metadata, spec, status }),
  };
}

const isNews = (a: FleetNode, b: FleetNode): boolean =>
  a.ready !== b.ready || a.unschedulable !== b.unschedulable || JSON.stringify(a.labels) !== JSON.stringify(b.labels);
