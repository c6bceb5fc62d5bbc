import type { ControllerRuntime } from './controller-runtime.js';
import type { Pod } from './kube-types.js';
import type { NodeUsage } from './node-fit.js';
import { podRequests } from './pod-requests.js';
import { isFinished } from './pod-state.js';

const EMPTY: NodeUsage = { pods: 0, requests: {} };

/** What the pods of each node hold of it, kept up to date by pod events. Finished pods hold nothing. */
export class NodeUsageIndex {
  private readonly usage = new Map<string, NodeUsage>();

  constructor(runtime: ControllerRuntime) {
    for (const pod of runtime.client.list('Pod')) this.count(pod, 1);
    runtime.onStop(
      runtime.client.subscribe('Pod', ({ type, object, previous }) => {
        if (previous) this.count(previous, -1);
        if (type !== 'DELETED') this.count(object, 1);
      }),
    );
  }

  of(nodeName: string): NodeUsage {
    return this.usage.get(nodeName) ?? EMPTY;
  }

  private count(pod: Pod, sign: 1 | -1): void {
    const { nodeName } = pod.spec;
    if (!nodeName || isFinished(pod)) return;
    let usage = this.usage.get(nodeName);
    if (!usage) {
      usage = { pods: 0, requests: {} };
      this.usage.set(nodeName, usage);
    }
    usage.pods += sign;
    for (const [name, amount] of Object.entries(podRequests(pod.spec))) {
      usage.requests[name] = (usage.requests[name] ?? 0) + sign * amount;
    }
  }
}
