import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import { kubeMicroTime, kubeTime } from './kube-time.js';
import type { Node } from './kube-types.js';
import type { KubeletPresence } from './kubelet-presence.js';
import { conditionOf, isFinished, withCondition } from './pod-state.js';

const LEASES = 'kube-node-lease';
/** Status without change is reported this often; leases tell that the node lives in between. */
const STATUS_REPORT_MS = 300_000;
const STARTUP_NOT_READY_MS = 800;

export interface NodeHeartbeatOptions {
  /** 10 s as the kubelet's default; big profiles renew less often to stay cheap. */
  leaseRenewMs?: number;
}

/** The kubelets' signs of life: leases and condition heartbeats, and what a kubelet reports when it starts. */
export class NodeHeartbeat {
  private position = 0;
  private statusPosition = 0;

  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly presence: KubeletPresence,
    private readonly events: EventRecorder,
    options: NodeHeartbeatOptions = {},
  ) {
    // Nodes take turns, so that leases renew evenly and no tick does the work of all.
    const leaseRenewMs = options.leaseRenewMs ?? 10_000;
    const tickMs = leaseRenewMs / 10;
    runtime.every(tickMs, 'leases', () => this.renewSome(0.1));
    runtime.every(tickMs, 'heartbeats', () => this.reportSome(tickMs / STATUS_REPORT_MS));
    runtime.onStop(
      runtime.client.subscribe('Node', ({ type, object }) => {
        const { name } = object.metadata;
        if (type === 'ADDED') runtime.enqueue(`lease/${name}`, () => this.renew(name));
        if (type === 'DELETED') this.dropLease(name);
      }),
    );
    for (const node of runtime.client.list('Node')) this.renew(node.metadata.name);
    runtime.onStop(
      presence.onChange((nodeName, running) => {
        if (running) this.kubeletStarted(nodeName);
      }),
    );
  }

  renew(nodeName: string): void {
    const { client } = this.runtime;
    const node = client.get('Node', undefined, nodeName);
    if (!node || !this.presence.isRunning(nodeName)) return;
    const renewTime = kubeMicroTime();
    const lease = client.get('Lease', LEASES, nodeName);
    if (lease) {
      client.change('Lease', lease, (current) => ({ ...current, spec: { ...current.spec, renewTime } }));
      return;
    }
    client.create('Lease', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: nodeName,
        namespace: LEASES,
        ...(node.metadata.creationTimestamp ? { creationTimestamp: node.metadata.creationTimestamp } : {}),
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid as string }],
      },
      spec: { holderIdentity: nodeName, leaseDurationSeconds: 40, renewTime },
    });
  }

  private renewSome(share: number): void {
    const nodes = this.runtime.client.list('Node');
    const count = Math.ceil(nodes.length * share);
    for (let i = 0; i < count; i += 1) {
      this.position = (this.position + 1) % nodes.length;
      this.renew((nodes[this.position] as Node).metadata.name);
    }
  }

  private reportSome(share: number): void {
    const nodes = this.runtime.client.list('Node');
    this.statusPosition += nodes.length * share;
    for (; this.statusPosition >= 1; this.statusPosition -= 1) {
      const node = nodes[this.runtime.random.below(nodes.length)] as Node;
      if (this.presence.isRunning(node.metadata.name)) this.postStatus(node, true);
    }
  }

  private dropLease(nodeName: string): void {
    const lease = this.runtime.client.get('Lease', LEASES, nodeName);
    if (lease) this.runtime.client.delete('Lease', lease);
  }

  /** A kubelet that starts reports not ready until its runtime has answered, then ready. */
  private kubeletStarted(nodeName: string): void {
    const node = this.runtime.client.get('Node', undefined, nodeName);
    if (!node) return;
    this.renew(nodeName);
    this.postStatus(node, false);
    this.recordStart(node);
    this.runtime.after(STARTUP_NOT_READY_MS, `kubelet-ready/${nodeName}`, () => {
      const current = this.runtime.client.get('Node', undefined, nodeName);
      if (!current || !this.presence.isRunning(nodeName)) return;
      this.postStatus(current, true);
      this.restorePods(nodeName);
    });
  }

  private postStatus(node: Node, ready: boolean): void {
    const now = kubeTime();
    const set = (type: string, status: string, reason: string, message: string) => ({
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: now,
    });
    const pressure = [
      set('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      set('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      set('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    ];
    const notReady = 'container runtime status check may not have completed yet';
    const state = ready
      ? set('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : set('Ready', 'False', 'KubeletNotReady', notReady);
    this.runtime.client.change('Node', node, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: [...pressure, state].reduce(
          // A pressure that a test or an operator set stays; only the silence of the kubelet is undone.
          (all, next) => {
            const before = conditionOf(all, next.type);
            const keep = next.type !== 'Ready' && before && before.status === 'True';
            return withCondition(all, keep ? { ...before, lastHeartbeatTime: now } : next, now);
          },
          current.status.conditions,
        ),
      },
    }));
  }

  /** Pods that were called not ready while nobody heard from their node. */
  private restorePods(nodeName: string): void {
    for (const pod of this.runtime.client.podsOnNode(nodeName)) {
      const ready = conditionOf(pod.status.conditions, 'Ready');
      const containers = conditionOf(pod.status.conditions, 'ContainersReady');
      if (isFinished(pod) || ready?.status !== 'False' || containers?.status !== 'True') continue;
      this.runtime.client.change('Pod', pod, (current) => ({
        ...current,
        status: {
          ...current.status,
          conditions: withCondition(current.status.conditions, { type: 'Ready', status: 'True', lastProbeTime: null }),
        },
      }));
    }
  }

  private recordStart(node: Node): void {
    const host = node.metadata.name;
    const involvedUid = host;
    const report = (reason: string, message: string) =>
      this.events.record(node, { type: 'Normal', reason, message, component: 'kubelet', host, involvedUid });
    report('Starting', 'Starting kubelet.');
    report('NodeHasSufficientMemory', `Node ${host} status is now: NodeHasSufficientMemory`);
    report('NodeHasNoDiskPressure', `Node ${host} status is now: NodeHasNoDiskPressure`);
    report('NodeHasSufficientPID', `Node ${host} status is now: NodeHasSufficientPID`);
    report('NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
  }
}
