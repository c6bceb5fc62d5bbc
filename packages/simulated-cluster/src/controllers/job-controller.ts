import { podSecurityViolation } from '../store/pod-security.js';
import { birthTime } from './birth-time.js';
import type { ControllerRuntime } from './controller-runtime.js';
import type { EventRecorder } from './event-recorder.js';
import { kubeTime } from './kube-time.js';
import type { Condition, Job, Pod } from './kube-types.js';
import type { PodIndex } from './pod-index.js';
import { conditionOf, controllerOf, isActive, isReady, isTerminating, podFromTemplate } from './pod-state.js';

const REFUSED_AGAIN_MS = 5_000;

/** Runs pods to completion; gives up after the backoff limit or the deadline. Pods under the job keep their logs. */
export class JobController {
  constructor(
    private readonly runtime: ControllerRuntime,
    private readonly pods: PodIndex,
    private readonly events: EventRecorder,
  ) {
    const { client } = runtime;
    for (const job of client.list('Job')) this.enqueue(job);
    runtime.onStop(client.subscribe('Job', ({ type, object }) => type !== 'DELETED' && this.enqueue(object)));
    runtime.onStop(
      client.subscribe('Pod', ({ object }) => {
        const owner = controllerOf(object);
        if (owner?.kind !== 'Job') return;
        const job = client.get('Job', object.metadata.namespace, owner.name);
        if (job) this.enqueue(job);
      }),
    );
  }

  private enqueue({ metadata: { namespace, name } }: Job): void {
    this.runtime.enqueue(`job/${namespace}/${name}`, () => this.sync(namespace as string, name));
  }

  private sync(namespace: string, name: string): void {
    const job = this.runtime.client.get('Job', namespace, name);
    if (!job || job.metadata.deletionTimestamp) return;
    const finished = finishedAs(job);
    const failure = finished ? undefined : this.failureOf(job);
    if (!finished && !failure && !job.spec.suspend) this.startPods(job);
    if (failure) for (const pod of this.podsOf(job).filter(isActive)) this.runtime.client.delete('Pod', pod);
    const updated = this.updateStatus(job, failure);
    if (updated) this.planNextLook(updated);
  }

  private podsOf(job: Job): Pod[] {
    return this.pods.ownedBy(job.metadata.uid);
  }

  private startPods(job: Job): void {
    const pods = this.podsOf(job);
    const succeeded = pods.filter((pod) => pod.status.phase === 'Succeeded').length;
    const active = pods.filter(isActive).length;
    const wanted = Math.min(job.spec.parallelism ?? 1, (job.spec.completions ?? 1) - succeeded);
    for (let i = active; i < wanted; i += 1) {
      const uid = job.metadata.uid as string;
      const refusal = this.refusalOf(job);
      if (refusal) {
        const refused = `${job.metadata.name}-${this.runtime.client.store.random.suffix()}`;
        this.report(job, 'Warning', 'FailedCreate', `Error creating: pods "${refused}" is forbidden: ${refusal}`);
        // The real one tries again too, later each time.
        this.runtime.after(REFUSED_AGAIN_MS, `job-refused/${uid}`, () => this.enqueue(job));
        return;
      }
      const pod = this.runtime.client.create(
        'Pod',
        podFromTemplate(
          job,
          job.spec.template,
          { generateName: `${job.metadata.name}-` },
          {
            creationTimestamp: birthTime(this.runtime, job),
            labels: {
              'batch.kubernetes.io/controller-uid': uid,
              'batch.kubernetes.io/job-name': job.metadata.name,
              'controller-uid': uid,
              'job-name': job.metadata.name,
            },
          },
        ),
      );
      this.report(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
  }

  private refusalOf({ metadata, spec }: Job): string | null {
    return podSecurityViolation(
      this.runtime.client.store,
      metadata.namespace ?? 'default',
      spec.template.spec as never,
    );
  }

  private failureOf(job: Job): { reason: string; message: string } | undefined {
    const failed = this.podsOf(job).filter((pod) => pod.status.phase === 'Failed').length;
    if (failed > (job.spec.backoffLimit ?? 6)) {
      return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    }
    if (this.remainingMs(job) <= 0) {
      return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    }
    return undefined;
  }

  private remainingMs(job: Job): number {
    if (!job.spec.activeDeadlineSeconds || !job.status?.startTime) return Number.POSITIVE_INFINITY;
    const elapsed = (Date.now() - Date.parse(job.status.startTime)) * this.runtime.timeScale;
    return job.spec.activeDeadlineSeconds * 1000 - elapsed;
  }

  private updateStatus(job: Job, failure: { reason: string; message: string } | undefined): Job | undefined {
    const pods = this.podsOf(job);
    const count = (phase: string) => pods.filter((pod) => pod.status.phase === phase).length;
    const active = pods.filter(isActive);
    const succeeded = Math.max(count('Succeeded'), job.status?.succeeded ?? 0);
    const failed = Math.max(count('Failed'), job.status?.failed ?? 0);
    const done = !finishedAs(job) && succeeded >= (job.spec.completions ?? 1);
    const now = kubeTime();
    const added: Omit<Condition, 'lastTransitionTime'>[] = [];
    if (done) {
      const message = 'Reached expected number of succeeded pods';
      added.push({ type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached', message });
      added.push({ type: 'Complete', status: 'True', reason: 'CompletionsReached', message });
      this.report(job, 'Normal', 'Completed', 'Job completed');
    } else if (failure) {
      added.push({ type: 'FailureTarget', status: 'True', ...failure });
      added.push({ type: 'Failed', status: 'True', ...failure });
      this.report(job, 'Warning', failure.reason, failure.message);
    }
    return this.runtime.client.change('Job', job, (current) => ({
      ...current,
      status: {
        startTime: current.status?.startTime ?? current.metadata.creationTimestamp ?? now,
        ...(active.length > 0 && !failure ? { active: active.length } : {}),
        ready: failure ? 0 : active.filter(isReady).length,
        terminating: pods.filter(isTerminating).length,
        uncountedTerminatedPods: {},
        ...(succeeded > 0 ? { succeeded } : {}),
        ...(failed > 0 ? { failed } : {}),
        ...(current.status?.completionTime ? { completionTime: current.status.completionTime } : {}),
        ...(done ? { completionTime: now } : {}),
        conditions: added.reduce(
          (conditions, condition) => withProbe(conditions, condition, now),
          current.status?.conditions ?? [],
        ),
      },
    }));
  }

  private planNextLook(job: Job): void {
    const { namespace, name } = job.metadata;
    const finished = finishedAs(job);
    if (finished && job.spec.ttlSecondsAfterFinished !== undefined) {
      const age = (Date.now() - Date.parse(finished.lastTransitionTime ?? kubeTime())) * this.runtime.timeScale;
      const wait = Math.max(1, job.spec.ttlSecondsAfterFinished * 1000 - age);
      this.runtime.after(wait, `job-ttl/${job.metadata.uid}`, () => this.runtime.client.delete('Job', job));
      return;
    }
    const remaining = this.remainingMs(job);
    if (!finished && Number.isFinite(remaining)) {
      this.runtime.after(Math.max(10, remaining), `job/${namespace}/${name}`, () =>
        this.sync(namespace as string, name),
      );
    }
  }

  private report(job: Job, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.events.record(job, { type, reason, message, component: 'job-controller' });
  }
}

function finishedAs(job: Job): Condition | undefined {
  const conditions = job.status?.conditions;
  const found = conditionOf(conditions, 'Complete') ?? conditionOf(conditions, 'Failed');
  return found?.status === 'True' ? found : undefined;
}

const withProbe = (
  conditions: Condition[],
  condition: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): Condition[] => [
  ...conditions.filter((item) => item.type !== condition.type),
  { ...condition, lastProbeTime: now, lastTransitionTime: now },
];
