import type { Node } from '../../platform/kubernetes/kube-objects.js';
import type { ListWatch } from '../../platform/kubernetes/list-watch.js';
import type { OperationPod } from '../operations/model.js';
import type { FleetWatches, ReplacementRow, WorkloadRow } from './fleet-watches.adapter.js';
import type { DepartedPods, FleetNode, FleetView } from './maintenance-gateway.port.js';

/** Controllers that replace a pod by one that stays: of others there is nothing to wait for. */
const REPLACING: Readonly<Record<string, { group: string; resource: string }>> = {
  ReplicaSet: { group: '/apis/apps/v1', resource: 'replicasets' },
  StatefulSet: { group: '/apis/apps/v1', resource: 'statefulsets' },
  ReplicationController: { group: '/api/v1', resource: 'replicationcontrollers' },
};

/** A cluster as a maintenance run sees it, out of its watches. */
export class WatchedFleet implements FleetView {
  constructor(
    private readonly nodeWatch: ListWatch<Node, FleetNode>,
    private readonly watches: FleetWatches,
  ) {}

  get nodes(): ReadonlyMap<string, FleetNode> {
    return this.nodeWatch.rows;
  }

  async etcdMembers(): Promise<ReadonlyMap<string, boolean>> {
    const members = [...(await this.watches.pods('kube-system', 'component=etcd'))];
    return new Map(members.flatMap(({ nodeName, ready }) => (nodeName ? [[nodeName, ready] as const] : [])));
  }

  async pendingPods(): Promise<number> {
    return [...(await this.watches.unplacedPods())].filter(({ terminates }) => !terminates).length;
  }

  async unreadyReplacements(departed: readonly DepartedPods[]): Promise<ReadonlyMap<string, readonly string[]>> {
    // The watch may be behind the drain's own: what the drain has seen leave is not counted as still there.
    const gone = new Set(departed.flatMap(({ pods }) => pods.map(({ uid }) => uid)));
    const entries = await Promise.all(
      departed.map(async ({ nodeUid, since, pods }) => {
        const unready = new Set<string>();
        for (const [key, pod] of workloadsOf(pods)) {
          if (!(await this.isComplete(pod, since, gone))) unready.add(key);
        }
        return [nodeUid, [...unready].sort()] as const;
      }),
    );
    return new Map(entries);
  }

  async stop(): Promise<void> {
    await Promise.all([this.nodeWatch.stop(), this.watches.stop()]);
  }

  /**
   * As many pods of the workload are Ready as it asks for, less those that weren't Ready before the node was touched either.
   * A workload that is gone, or may not be read, can't be waited for.
   */
  private async isComplete(pod: OperationPod, since: Date, gone: ReadonlySet<string>): Promise<boolean> {
    const workload = await this.workloadOf(pod);
    if (!workload) return true;
    let counted = 0;
    for (const row of await this.watches.pods(pod.namespace)) {
      if (row.owner !== workload.uid || row.terminates || gone.has(row.uid)) continue;
      if (row.ready || wasUnready(row, since)) counted += 1;
    }
    return counted >= workload.replicas;
  }

  private async workloadOf({ namespace, controller }: OperationPod): Promise<WorkloadRow | undefined> {
    const kind = REPLACING[kindOf(controller)];
    if (!kind) return undefined;
    const name = nameOf(controller);
    for (const row of (await this.watches.workloads(kind.group, kind.resource, namespace)) ?? []) {
      if (row.name === name) return row;
    }
    return undefined;
  }
}

/** One pod of each workload that replaces its pods, by `namespace/name`. */
function workloadsOf(pods: readonly OperationPod[]): Map<string, OperationPod> {
  const replaced = pods.filter(({ controller }) => kindOf(controller) in REPLACING);
  return new Map(replaced.map((pod) => [`${pod.namespace}/${nameOf(pod.controller)}`, pod]));
}

const kindOf = (controller: string | null): string => controller?.split('/')[0] ?? '';
const nameOf = (controller: string | null): string => controller?.split('/')[1] ?? '';

/** Kubernetes' times are whole seconds, rounded down: what began within that second may have begun after it. */
function wasUnready({ unreadySinceMs }: ReplacementRow, since: Date): boolean {
  return unreadySinceMs !== null && unreadySinceMs < Math.floor(since.getTime() / 1000) * 1000;
}
