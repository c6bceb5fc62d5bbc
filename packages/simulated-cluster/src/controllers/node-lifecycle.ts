import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import { kubeTime } from './kube-time.js';
import type { Node, Taint } from './kube-types.js';
import type { KubeletPresence } from './kubelet-presence.js';
import { tolerates, UNSCHEDULABLE_TAINT } from './node-fit.js';
import { conditionOf, isFinished, isTerminating, withCondition } from './pod-state.js';

const UNREACHABLE = 'node.kubernetes.io/unreachable';
const NOT_READY = 'node.kubernetes.io/not-ready';
const TOLERATION_MS = 300_000;

export interface NodeLifecycleOptions {
  /** How long a silent kubelet is trusted, in simulated milliseconds. */
  gracePeriodMs?: number;
}

/**
 * The node controller: taints that follow `unschedulable` and the Ready condition, conditions that become Unknown when a
 * kubelet has been silent for the grace period, and eviction of pods that do not tolerate it.
 */
export class NodeLifecycle {
  private readonly gracePeriodMs: number;

  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly presence: KubeletPresence,
    private readonly events: EventRecorder,
    options: NodeLifecycleOptions = {},
  ) {
    this.gracePeriodMs = options.gracePeriodMs ?? 40_000;
    const { client } = runtime;
    runtime.onStop(
      client.subscribe('Node', ({ type, object, previous }) => {
        if (type === 'DELETED') return;
        const same = previous && previous.spec === object.spec && readyOf(previous) === readyOf(object);
        if (!same) runtime.enqueue(`node-taints/${object.metadata.name}`, () => this.syncTaints(object.metadata.name));
      }),
    );
    runtime.onStop(
      presence.onChange((nodeName, running) => {
        if (!running) this.watchSilence(nodeName);
      }),
    );
  }

  private watchSilence(nodeName: string): void {
    this.runtime.after(this.gracePeriodMs, `node-silence/${nodeName}`, () => {
      const node = this.runtime.client.get('Node', undefined, nodeName);
      if (!node || this.presence.isRunning(nodeName) || readyOf(node) === 'Unknown') return;
      this.markUnknown(node);
    });
  }

  private markUnknown(node: Node): void {
    const message = 'Kubelet stopped posting node status.';
    this.runtime.client.change('Node', node, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: current.status.conditions.reduce(
          (all, { type, lastHeartbeatTime }) =>
            withCondition(all, { type, status: 'Unknown', reason: 'NodeStatusUnknown', message, lastHeartbeatTime }),
          current.status.conditions,
        ),
      },
    }));
    this.events.record(node, {
      type: 'Normal',
      reason: 'NodeNotReady',
      message: `Node ${node.metadata.name} status is now: NodeNotReady`,
      component: 'node-controller',
    });
    for (const pod of this.runtime.client.podsOnNode(node.metadata.name)) {
      if (isFinished(pod)) continue;
      this.runtime.client.change('Pod', pod, (current) => ({
        ...current,
        status: {
          ...current.status,
          conditions: withCondition(current.status.conditions, {
            type: 'Ready',
            status: 'False',
            lastProbeTime: null,
          }),
        },
      }));
    }
  }

  private syncTaints(nodeName: string): void {
    const node = this.runtime.client.get('Node', undefined, nodeName);
    if (!node) return;
    const ready = readyOf(node);
    const managed = [UNSCHEDULABLE_TAINT.key, UNREACHABLE, NOT_READY];
    const wanted: Taint[] = [
      ...(node.spec.unschedulable ? [UNSCHEDULABLE_TAINT] : []),
      ...(ready === 'Unknown' ? both(UNREACHABLE) : ready === 'False' ? both(NOT_READY) : []),
    ];
    const before = node.spec.taints ?? [];
    const keep = before.filter(
      (taint) => !managed.includes(taint.key) || wanted.some((item) => sameTaint(item, taint)),
    );
    const added = wanted.filter((taint) => !before.some((item) => sameTaint(item, taint)));
    if (added.length === 0 && keep.length === before.length) return;
    const taints = [...keep, ...added.map((taint) => ({ ...taint, timeAdded: kubeTime() }))];
    this.runtime.client.change('Node', node, (current) => {
      const { taints: _old, ...spec } = current.spec;
      return { ...current, spec: taints.length > 0 ? { ...spec, taints } : spec };
    });
    const evicting = added.find((taint) => taint.effect === 'NoExecute');
    if (evicting) this.evictLater(nodeName, evicting);
  }

  private evictLater(nodeName: string, taint: Taint): void {
    this.runtime.after(TOLERATION_MS, `node-evict/${nodeName}`, () => {
      const node = this.runtime.client.get('Node', undefined, nodeName);
      if (!node?.spec.taints?.some((item) => sameTaint(item, taint))) return;
      for (const pod of this.runtime.client.podsOnNode(nodeName)) {
        const forever = (pod.spec.tolerations ?? []).filter((item) => item.tolerationSeconds === undefined);
        if (isTerminating(pod) || isFinished(pod) || tolerates(forever, taint)) continue;
        const message = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
        this.events.record(pod, {
          type: 'Normal',
          reason: 'TaintManagerEviction',
          message,
          component: 'taint-eviction-controller',
        });
        this.runtime.client.delete('Pod', pod);
      }
    });
  }
}

const both = (key: string): Taint[] => [
  { key, effect: 'NoSchedule' },
  { key, effect: 'NoExecute' },
];

const sameTaint = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

const readyOf = (node: Node): string | undefined => conditionOf(node.status.conditions, 'Ready')?.status;
