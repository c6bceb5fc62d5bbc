import { birthTime } from './birth-time.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import type { DaemonSet, Node, Pod, PodSpec, Toleration } from './kube-types.js';
import { matchesNodeAffinity, untolerated } from './node-fit.js';
import type { PodIndex } from './pod-index.js';
import { controllerOf, isFinished, isReady, isTerminating, podFromTemplate } from './pod-state.js';

/** The tolerations that the real controller adds, so that node agents outlive what evicts others. */
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

/** One pod on each node that the template fits; cordoning a node changes nothing. */
export class DaemonSetController {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly pods: PodIndex,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    for (const set of client.list('DaemonSet')) this.enqueue(set);
    runtime.onStop(client.subscribe('DaemonSet', ({ object }) => this.enqueue(object)));
    runtime.onStop(
      client.subscribe('Node', ({ type, object, previous }) => {
        // Heartbeats change nothing here, and there are many of them.
        const same =
          type === 'MODIFIED' && object.metadata.labels === previous?.metadata.labels && object.spec === previous?.spec;
        if (!same) for (const set of client.list('DaemonSet')) this.enqueue(set);
      }),
    );
    runtime.onStop(
      client.subscribe('Pod', ({ object }) => {
        const owner = controllerOf(object);
        if (owner?.kind !== 'DaemonSet') return;
        const set = client.get('DaemonSet', object.metadata.namespace, owner.name);
        if (set) this.enqueue(set);
      }),
    );
  }

  private enqueue({ metadata: { namespace, name } }: DaemonSet): void {
    this.runtime.enqueue(`daemonset/${namespace}/${name}`, () => this.sync(namespace as string, name));
  }

  private sync(namespace: string, name: string): void {
    const set = this.runtime.client.get('DaemonSet', namespace, name);
    if (!set) return;
    const nodes = this.runtime.client.list('Node');
    const spec = podSpec(set);
    const wanted = new Set(nodes.filter((node) => shouldRun(spec, node)).map((node) => node.metadata.name));
    if (!set.metadata.deletionTimestamp) this.reconcile(set, spec, wanted);
    this.updateStatus(set, wanted);
  }

  private reconcile(set: DaemonSet, spec: PodSpec, wanted: Set<string>): void {
    const { client } = this.runtime;
    const covered = new Set<string>();
    for (const pod of this.pods.ownedBy(set.metadata.uid)) {
      const nodeName = targetOf(pod);
      if (isTerminating(pod)) {
        if (nodeName) covered.add(nodeName);
        continue;
      }
      if (isFinished(pod) || !nodeName || !wanted.has(nodeName) || covered.has(nodeName)) client.delete('Pod', pod);
      else covered.add(nodeName);
    }
    for (const nodeName of wanted) if (!covered.has(nodeName)) this.createPod(set, spec, nodeName);
  }

  private createPod(set: DaemonSet, spec: PodSpec, nodeName: string): void {
    const terms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    const pod = this.runtime.client.create(
      'Pod',
      podFromTemplate(
        set,
        set.spec.template,
        { generateName: `${set.metadata.name}-` },
        {
          creationTimestamp: birthTime(this.runtime, set),
          labels: { 'pod-template-generation': String(set.metadata.generation ?? 1) },
          spec: { ...spec, affinity },
        },
      ),
    );
    this.events.record(set, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata.name}`,
      component: 'daemonset-controller',
    });
  }

  private updateStatus(set: DaemonSet, wanted: Set<string>): void {
    const pods = this.pods.ownedBy(set.metadata.uid).filter((pod) => !isTerminating(pod));
    const placed = pods.filter((pod) => wanted.has(pod.spec.nodeName ?? ''));
    const ready = placed.filter(isReady).length;
    this.runtime.client.change('DaemonSet', set, (current) => ({
      ...current,
      status: {
        currentNumberScheduled: placed.length,
        desiredNumberScheduled: wanted.size,
        numberMisscheduled: pods.filter((pod) => pod.spec.nodeName && !wanted.has(pod.spec.nodeName)).length,
        numberReady: ready,
        numberAvailable: ready,
        updatedNumberScheduled: placed.length,
        ...(wanted.size > ready ? { numberUnavailable: wanted.size - ready } : {}),
        observedGeneration: set.metadata.generation,
      },
    }));
  }
}

function podSpec(set: DaemonSet): PodSpec {
  const own = set.spec.template.spec;
  return { ...own, tolerations: [...(own.tolerations ?? []), ...TOLERATIONS] };
}

const shouldRun = (spec: PodSpec, node: Node): boolean => matchesNodeAffinity(spec, node) && !untolerated(spec, node);

/** The node a pod runs on, or the one it is meant for while it waits for the scheduler. */
function targetOf(pod: Pod): string | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return pod.spec.nodeName ?? required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}
