import { monotonicNow } from '../../../kernel/monotonic.js';
import type { AuditOutcome } from '../../audit/index.js';
import type { DrainPodState } from '../engine/operation.js';
import { isPodSettled } from '../engine/operation.js';
import type { NewOperationEvent } from '../engine/operation-event.js';
import type { OperationPod } from '../engine/operation-pod.js';
import type { OperationProgress } from '../engine/operation-record.js';
import type { AuditClosing, SessionChange } from '../engine/session-change.js';
import { decideDrainPod } from './drain-pod.machine.js';
import type { DrainPodEvent } from './drain-pod-event.js';
import { isPodFinal } from './drain-pod-status.js';

/** The pods of a drain in memory, and what of them is still to be written. */
export class DrainProgress {
  private readonly pods = new Map<string, OperationPod>();
  private readonly dirty = new Set<string>();
  private closings: AuditClosing[] = [];
  private events: NewOperationEvent[] = [];
  private readonly startedAt = monotonicNow();

  constructor(
    pods: readonly OperationPod[],
    private readonly estimateSeconds: number | null,
  ) {
    for (const pod of pods) this.pods.set(pod.uid, pod);
  }

  get(uid: string): OperationPod | undefined {
    return this.pods.get(uid);
  }

  /** Pods that are to be removed, in order. */
  all(): OperationPod[] {
    return [...this.pods.values()];
  }

  unsettled(): OperationPod[] {
    return this.all().filter(({ status }) => !isPodSettled(status.state));
  }

  in(...states: DrainPodState[]): OperationPod[] {
    return this.all().filter(({ status }) => states.includes(status.state));
  }

  /** Decides by the machine. Returns false when the event means nothing to the pod any more. */
  apply(uid: string, event: DrainPodEvent, now: Date): boolean {
    const pod = this.pods.get(uid);
    if (!pod) return false;
    const decision = decideDrainPod(pod.status, event, { now, namespace: pod.namespace });
    if (decision.rejection !== undefined) return false;
    if (decision.next === pod.status) return true;
    const next = { ...pod, status: decision.next };
    this.pods.set(uid, next);
    this.dirty.add(uid);
    if (next.status.state !== pod.status.state || next.status.budget !== pod.status.budget) {
      this.events.push(podEvent(next));
    }
    this.closeIntent(pod, next);
    return true;
  }

  /** Replaces audit intents, for pods that are removed by other means from here on. */
  setIntents(uids: readonly string[], intentIds: readonly string[]): OperationPod[] {
    return uids.flatMap((uid, index) => {
      const pod = this.pods.get(uid);
      if (!pod) return [];
      const next = { ...pod, intentId: intentIds[index] ?? null };
      this.pods.set(uid, next);
      return [next];
    });
  }

  /** Everything since the last call; null when nothing has changed. */
  takeChange(): SessionChange | null {
    if (this.dirty.size === 0 && this.closings.length === 0 && this.events.length === 0) return null;
    const taken = [...this.dirty].flatMap((uid) => this.pods.get(uid) ?? []);
    // The states of now, since only their audit outcomes are in this change: a later state without its outcome would
    // leave the intent open after a crash. But the intent of the commit, since it may be replaced until then.
    const pods = () => taken.map((pod) => ({ ...pod, intentId: this.pods.get(pod.uid)?.intentId ?? null }));
    const change = { pods, closings: this.closings, events: this.events, findings: { progress: this.progress() } };
    this.dirty.clear();
    this.closings = [];
    this.events = [];
    return change;
  }

  progress(): OperationProgress {
    const total = this.pods.size;
    const done = this.in('GONE', 'REPLACED').length;
    const elapsed = (monotonicNow() - this.startedAt) / 1000;
    const left = this.estimateSeconds === null ? null : Math.max(0, Math.ceil(this.estimateSeconds - elapsed));
    return { total, done, etaSeconds: this.unsettled().length === 0 ? 0 : left };
  }

  /** The intent ends when the request had its effect or never will; a denial by a budget ends nothing, nor a failure in doubt. */
  private closeIntent(before: OperationPod, { status, intentId }: OperationPod): void {
    const { state, message, attempts, method } = status;
    const ended = state === 'TERMINATING' || isPodFinal(status);
    if (!ended || intentId === null || before.status.state === 'TERMINATING') return;
    const outcome: AuditOutcome = state === 'FAILED' ? 'FAILED' : 'SUCCEEDED';
    const error = state === 'FAILED' ? { error: { code: status.reason ?? 'FAILED', message: message ?? '' } } : {};
    this.closings.push({ intentIds: [intentId], outcome, after: { state, attempts, method }, ...error });
  }
}

function podEvent({ uid, namespace, name, status }: OperationPod): NewOperationEvent {
  const { state, reason, budget, message, attempts } = status;
  const why = budget ? ` (${budget})` : reason ? ` (${reason})` : '';
  return {
    type: 'POD',
    message: `${namespace}/${name} ${state}${why}`,
    data: { uid, namespace, name, state, reason, budget, message, attempts },
  };
}
