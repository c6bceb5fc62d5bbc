import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import type { Node, NodeSelector, Pod } from './kube-types.js';
import { loadAfter, unfitReasons } from './node-fit.js';
import { NodeUsageIndex } from './node-usage-index.js';
import type { PodIndex } from './pod-index.js';
import { PodNeighbours } from './pod-neighbours.js';
import { controllerOf, isFinished, isTerminating, withCondition } from './pod-state.js';
import { stableHash } from './stable-hash.js';
import type { VolumeBinder } from './volume-binder.js';

const ZONE = 'topology.kubernetes.io/zone';
/** In big clusters the search ends after so many nodes that fit, as the real scheduler's does. */
const ENOUGH_CANDIDATES = 100;
const TOO_MANY_VOLUMES = 'node(s) exceed max volume count';

/** Places pods one at a time on the node that fits best: least loaded, and spread over nodes and zones per workload. */
export class Scheduler {
  private readonly usage: NodeUsageIndex;
  private readonly neighbours: PodNeighbours;
  private readonly unschedulable = new Map<string, Pod>();
  private nextStart = 0;

  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly pods: PodIndex,
    private readonly volumes: VolumeBinder,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    this.usage = new NodeUsageIndex(runtime);
    this.neighbours = new PodNeighbours(runtime);
    for (const pod of client.list('Pod')) this.consider(pod);
    runtime.onStop(
      client.subscribe('Pod', ({ type, object, previous }) => {
        if (type === 'DELETED') this.unschedulable.delete(object.metadata.uid as string);
        else this.consider(object);
        const freed = type === 'DELETED' || (isFinished(object) && previous && !isFinished(previous));
        if (freed && object.spec.nodeName) this.retrySoon();
      }),
    );
    runtime.onStop(
      client.subscribe('Node', ({ type, object, previous }) => {
        const changed =
          type === 'ADDED' ||
          object.spec !== previous?.spec ||
          object.metadata.labels !== previous?.metadata.labels ||
          object.status?.allocatable !== previous?.status?.allocatable;
        if (changed) this.retrySoon();
      }),
    );
    for (const kind of ['PersistentVolumeClaim', 'PersistentVolume', 'CSINode'] as const) {
      runtime.onStop(client.subscribe(kind, () => this.retrySoon()));
    }
  }

  private consider(pod: Pod): void {
    if (pod.spec.nodeName || isFinished(pod) || isTerminating(pod) || !isOurs(pod)) return;
    const uid = pod.metadata.uid as string;
    if (!this.unschedulable.has(uid)) this.runtime.enqueue(`schedule/${uid}`, () => this.schedule(pod));
  }

  private retrySoon(): void {
    if (this.unschedulable.size === 0) return;
    this.runtime.enqueue('schedule-retry', () => {
      const waiting = [...this.unschedulable.values()];
      this.unschedulable.clear();
      for (const pod of waiting) this.schedule(pod);
    });
  }

  private schedule({ metadata: { namespace, name, uid } }: Pod): void {
    const pod = this.runtime.client.get('Pod', namespace, name);
    if (!pod || pod.metadata.uid !== uid || pod.spec.nodeName || isTerminating(pod)) return;
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length > 0) {
      this.holdBack(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates');
      return;
    }
    const nodes = this.runtime.client.list('Node');
    const volumes = this.volumes.affinitiesOf(pod);
    if (typeof volumes === 'string') {
      this.refuse(
        pod,
        `0/${nodes.length} nodes are available: ${volumes}. preemption: 0/${nodes.length} nodes are available: ${nodes.length} Preemption is not helpful for scheduling.`,
      );
      return;
    }
    const { fitting, reasons } = this.findNodes(pod, nodes, volumes);
    if (fitting.length === 0) this.refuse(pod, explain(nodes.length, reasons));
    else this.bind(pod, this.best(pod, fitting));
  }

  private findNodes(
    pod: Pod,
    nodes: Node[],
    volumes: NodeSelector[],
  ): { fitting: Node[]; reasons: Map<string, number> } {
    const fitting: Node[] = [];
    const reasons = new Map<string, number>();
    const rules = this.neighbours.rulesFor(pod);
    for (let i = 0; i < nodes.length && fitting.length < ENOUGH_CANDIDATES; i += 1) {
      const node = nodes[(this.nextStart + i) % nodes.length] as Node;
      const why = unfitReasons(pod.spec, node, this.usage.of(node.metadata.name), volumes);
      // Pods are looked at where the node itself would do, as in the scheduler: its first refusal ends the search.
      const neighbours = why.length === 0 ? rules.map((rule) => rule(node)).find(Boolean) : undefined;
      if (neighbours) why.push(neighbours);
      if (why.length === 0 && this.volumes.exceedsLimit(pod, node.metadata.name)) why.push(TOO_MANY_VOLUMES);
      if (why.length === 0) fitting.push(node);
      for (const reason of why) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    if (nodes.length > ENOUGH_CANDIDATES) this.nextStart = (this.nextStart + ENOUGH_CANDIDATES) % nodes.length;
    return { fitting, reasons };
  }

  private best(pod: Pod, fitting: Node[]): Node {
    const onNode = new Map<string, number>();
    const inZone = new Map<string, number>();
    for (const sibling of this.pods.ownedBy(controllerOf(pod)?.uid)) {
      const { nodeName } = sibling.spec;
      if (!nodeName || isTerminating(sibling)) continue;
      onNode.set(nodeName, (onNode.get(nodeName) ?? 0) + 1);
      const zone = this.runtime.client.get('Node', undefined, nodeName)?.metadata.labels?.[ZONE] ?? '';
      inZone.set(zone, (inZone.get(zone) ?? 0) + 1);
    }
    const score = (node: Node) =>
      loadAfter(pod.spec, node, this.usage.of(node.metadata.name)) +
      (onNode.get(node.metadata.name) ?? 0) +
      (inZone.get(node.metadata.labels?.[ZONE] ?? '') ?? 0) / 2 +
      // A node that would rather not (PreferNoSchedule) comes last; ties break the same way in each run.
      (node.spec.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule').length * 10 +
      stableHash(node.metadata.name + pod.metadata.name) / 2 ** 32 / 1e6;
    return fitting.reduce((best, node) => (score(node) < score(best) ? node : best));
  }

  private bind(pod: Pod, node: Node): void {
    this.volumes.bind(pod, node);
    const nodeName = node.metadata.name;
    this.runtime.client.change('Pod', pod, (current) => ({
      ...current,
      spec: { ...current.spec, nodeName },
      status: {
        ...current.status,
        conditions: withCondition(
          current.status.conditions,
          { type: 'PodScheduled', status: 'True', lastProbeTime: null },
          this.runtime.isBootstrapping ? current.metadata.creationTimestamp : undefined,
        ),
      },
    }));
    const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${nodeName}`;
    this.events.record(pod, { type: 'Normal', reason: 'Scheduled', message, component: 'default-scheduler' });
  }

  private refuse(pod: Pod, message: string): void {
    this.unschedulable.set(pod.metadata.uid as string, pod);
    this.holdBack(pod, 'Unschedulable', message);
    this.events.record(pod, { type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' });
  }

  private holdBack(pod: Pod, reason: string, message: string): void {
    this.runtime.client.change('Pod', pod, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: withCondition(current.status.conditions, {
          type: 'PodScheduled',
          status: 'False',
          reason,
          message,
          lastProbeTime: null,
        }),
      },
    }));
  }
}

/** Others are placed by their own scheduler, or wait for devices that no driver here has: nothing is said of them. */
const isOurs = ({ spec: { schedulerName = 'default-scheduler', resourceClaims = [] } }: Pod): boolean =>
  schedulerName === 'default-scheduler' && resourceClaims.length === 0;

function explain(total: number, reasons: Map<string, number>): string {
  if (total === 0) return 'no nodes available to schedule pods';
  const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return (
    `0/${total} nodes are available: ${parts.join(', ')}. ` +
    `preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`
  );
}
