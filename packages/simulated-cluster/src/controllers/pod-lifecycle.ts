import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import type { HostCommandRunner } from './host-command-runner.js';
import { kubeTime } from './kube-time.js';
import type { Node, Pod } from './kube-types.js';
import type { KubeletPresence } from './kubelet-presence.js';
import { isFinished, isReady, isTerminating } from './pod-state.js';
import { finishedStatus, runningStatus, waitingStatus } from './pod-status-builder.js';
import { behaviourOf } from './simulation-annotations.js';

type Step = 'start' | 'ready' | 'finish' | 'terminate';

/**
 * The kubelets' part of a pod's life: start containers, report readiness, run jobs to their end, and stop containers when
 * the pod is deleted. Each pod has at most one step ahead of it. Where no kubelet runs nothing happens to the node's pods.
 */
export class PodLifecycle {
  /** Step that is due by pod uid, with what cancels it. */
  private readonly due = new Map<string, { step: Step; cancel: () => void }>();
  private readonly hostCommands = new Set<string>();
  private readonly outputs = new Map<string, string>();

  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly presence: KubeletPresence,
    private readonly events: EventRecorder,
    private readonly hostRunner?: HostCommandRunner,
  ) {
    const { client } = runtime;
    for (const pod of client.list('Pod')) this.consider(pod);
    runtime.onStop(
      client.subscribe('Pod', ({ type, object, previous }) => {
        if (type === 'DELETED') this.forget(object);
        else this.consider(object, previous);
      }),
    );
    runtime.onStop(
      presence.onChange((nodeName) => {
        for (const pod of client.podsOnNode(nodeName)) {
          this.cancel(pod);
          this.consider(pod);
        }
      }),
    );
  }

  /** What a pod's host command wrote, for its log. */
  hostOutputOf(uid: string): string | undefined {
    return this.outputs.get(uid);
  }

  private consider(pod: Pod, previous?: Pod): void {
    const { nodeName } = pod.spec;
    if (!nodeName || !this.presence.isRunning(nodeName)) return;
    if (isTerminating(pod)) {
      const shortened = previous?.metadata.deletionGracePeriodSeconds !== pod.metadata.deletionGracePeriodSeconds;
      if (shortened || !previous) this.planTermination(pod);
      return;
    }
    if (isFinished(pod) || isMirror(pod)) return;
    const behaviour = behaviourOf(pod);
    if (pod.status.startTime === undefined) this.plan(pod, 'start', behaviour.startSeconds);
    else if (pod.status.phase === 'Running' && !isReady(pod) && !behaviour.neverReady && !behaviour.crashLoop) {
      this.plan(pod, 'ready', behaviour.readinessSeconds);
    } else if (runsToCompletion(pod) && pod.status.phase === 'Running') this.planFinish(pod, behaviour.runSeconds);
  }

  private plan(pod: Pod, step: Step, seconds: number): void {
    const uid = pod.metadata.uid as string;
    if (this.due.get(uid)?.step === step) return;
    this.cancel(pod);
    const { namespace, name } = pod.metadata;
    const cancel = this.runtime.after(seconds * 1000, `pod-${step}/${uid}`, () => {
      this.due.delete(uid);
      const current = this.runtime.client.get('Pod', namespace, name);
      if (current?.metadata.uid === uid && this.presence.isRunning(current.spec.nodeName ?? ''))
        this.take(step, current);
    });
    this.due.set(uid, { step, cancel });
  }

  private planFinish(pod: Pod, seconds: number): void {
    if (!this.hostCommands.has(pod.metadata.uid as string)) this.plan(pod, 'finish', seconds);
  }

  private planTermination(pod: Pod): void {
    const behaviour = behaviourOf(pod);
    const grace = pod.metadata.deletionGracePeriodSeconds ?? 0;
    this.cancel(pod);
    if (pod.status.startTime) this.reportKilling(pod);
    if (behaviour.neverTerminates) return;
    this.plan(pod, 'terminate', isFinished(pod) ? 0 : Math.min(behaviour.terminationSeconds, grace));
  }

  private take(step: Step, pod: Pod): void {
    if (step === 'terminate') {
      const { namespace, name, uid } = pod.metadata;
      this.runtime.client.store.finalizeDelete('Pod', namespace, name, { uid });
    } else if (isTerminating(pod) || isFinished(pod)) return;
    else if (step === 'start') this.start(pod);
    else if (step === 'ready') this.setStatus(pod, (current, node, now) => runningStatus(current, node, true, now));
    else this.finish(pod, behaviourOf(pod).exitCode);
  }

  private start(pod: Pod): void {
    const behaviour = behaviourOf(pod);
    if (behaviour.neverReady) {
      this.setStatus(pod, (current, node, now) => waitingStatus(current, node, behaviour.neverReady as string, now));
      this.report(pod, 'Warning', 'Failed', `Failed to pull image "${pod.spec.containers[0]?.image}": not found`);
      return;
    }
    for (const { image, name } of pod.spec.containers) {
      this.report(pod, 'Normal', 'Pulled', `Container image "${image}" already present on machine`, name);
      this.report(pod, 'Normal', 'Created', `Container created`, name);
      this.report(pod, 'Normal', 'Started', `Container started`, name);
    }
    if (behaviour.crashLoop) {
      this.setStatus(pod, (current, node, now) => waitingStatus(current, node, 'CrashLoopBackOff', now));
      const message = `Back-off restarting failed container ${pod.spec.containers[0]?.name} in pod ${pod.metadata.name}`;
      this.report(pod, 'Warning', 'BackOff', message);
      return;
    }
    const ready = behaviour.readinessSeconds === 0 || this.runtime.isBootstrapping;
    this.setStatus(pod, (current, node, now) => runningStatus(current, node, ready, now));
    this.runOnHost(pod);
  }

  private runOnHost(pod: Pod): void {
    const privileged = pod.spec.hostPID && pod.spec.containers.some((item) => item.securityContext?.privileged);
    const running = privileged ? this.hostRunner?.run(pod, pod.spec.nodeName as string) : undefined;
    if (!running) return;
    const uid = pod.metadata.uid as string;
    this.hostCommands.add(uid);
    this.cancel(pod);
    const ended = (exitCode: number, output = '') => {
      this.outputs.set(uid, output);
      // The process ended now, whenever its kubelet gets to report it.
      const endedAt = kubeTime();
      this.runtime.enqueue(`pod-finish/${uid}`, () => this.finishHostCommand(pod, exitCode, endedAt));
    };
    running.then(
      (result) => ended(result.exitCode, result.output),
      (error: unknown) => ended(1, String(error)),
    );
  }

  /** Its kubelet may be down just now, restarted by the very command: the end is reported once it is back. */
  private finishHostCommand(pod: Pod, exitCode: number, endedAt: string): void {
    const uid = pod.metadata.uid as string;
    if (!this.presence.isRunning(pod.spec.nodeName as string)) {
      this.runtime.after(200, `pod-finish/${uid}`, () => this.finishHostCommand(pod, exitCode, endedAt));
      return;
    }
    const current = this.runtime.client.get('Pod', pod.metadata.namespace, pod.metadata.name);
    this.hostCommands.delete(uid);
    if (current?.metadata.uid === uid && !isTerminating(current)) {
      this.finish(current, exitCode, endedAt);
    }
  }

  private finish(pod: Pod, exitCode: number, endedAt?: string): void {
    const output = this.outputs.get(pod.metadata.uid as string);
    this.setStatus(pod, (current, _node, now) => finishedStatus(current, exitCode, endedAt ?? now, output));
  }

  private setStatus(pod: Pod, build: (pod: Pod, node: Node | undefined, now: string) => Pod['status']): void {
    const { client, isBootstrapping } = this.runtime;
    const node = client.get('Node', undefined, pod.spec.nodeName ?? '');
    const now = isBootstrapping ? (pod.metadata.creationTimestamp ?? kubeTime()) : kubeTime();
    client.change('Pod', pod, (current) => ({ ...current, status: build(current, node, now) }));
  }

  private reportKilling(pod: Pod): void {
    if (isFinished(pod)) return;
    for (const { name } of pod.spec.containers)
      this.report(pod, 'Normal', 'Killing', `Stopping container ${name}`, name);
  }

  private report(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    const fieldPath = container ? `spec.containers{${container}}` : undefined;
    this.events.record(pod, { type, reason, message, component: 'kubelet', host: pod.spec.nodeName, fieldPath });
  }

  private cancel(pod: Pod): void {
    const uid = pod.metadata.uid as string;
    this.due.get(uid)?.cancel();
    this.due.delete(uid);
  }

  private forget(pod: Pod): void {
    this.cancel(pod);
    this.hostCommands.delete(pod.metadata.uid as string);
    this.outputs.delete(pod.metadata.uid as string);
  }
}

const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;

/** Job pods and other pods that do not restart come to an end; those that restart on failure only end well. */
const runsToCompletion = (pod: Pod): boolean =>
  pod.spec.restartPolicy === 'Never' || pod.spec.restartPolicy === 'OnFailure';
