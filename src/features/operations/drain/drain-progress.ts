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

/** Of the intent that the pod has when it is written: an escalation may have given it another. */
type PodClosing = Omit<AuditClosing, 'intentIds'> & { readonly uid: string };

const isId = (id: string | null | undefined): id is string => typeof id === 'string';

/** The pods of a drain in memory, and what of them is still to be written. */
export class DrainProgress {
  private readonly pods = new Map<string, OperationPod>();
  private readonly dirty = new Set<string>();
  private readonly held = new Set<string>();
  private closings: PodClosing[] = [];
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

  /** Sends nothing for these pods, until `release`: what is written of them is decided on their state of now. */
  hold(uids: readonly string[]): void {
    for (const uid of uids) this.held.add(uid);
  }

  release(uids: readonly string[]): void {
    for (const uid of uids) this.held.delete(uid);
  }

  isHeld(uid: string): boolean {
    return this.held.has(uid);
  }

  /**
   * Replaces audit intents, for pods that are removed by other means from here on.
   * @returns the pods as they were given, with their new intents: what became of them since is in a later change
   */
  setIntents(pods: readonly OperationPod[], intentIds: readonly string[]): OperationPod[] {
    return pods.map((pod, index) => {
      const intentId = intentIds[index] ?? null;
      this.pods.set(pod.uid, { ...(this.pods.get(pod.uid) ?? pod), intentId });
      return { ...pod, intentId };
    });
  }

  /** Everything since the last call; null when nothing has changed. */
  takeChange(): (SessionChange & { readonly closings: () => AuditClosing[] }) | null {
    if (this.dirty.size === 0 && this.closings.length === 0 && this.events.length === 0) return null;
    const taken = [...this.dirty].flatMap((uid) => this.pods.get(uid) ?? []);
    // The states of now, since only their audit outcomes are in this change: a later state without its outcome would
    // leave the intent open after a crash. But the intent of the commit, since it may be replaced until then.
    const pods = () => taken.map((pod) => ({ ...pod, intentId: this.pods.get(pod.uid)?.intentId ?? null }));
    const ended = this.closings;
    const closings = () =>
      ended.map(({ uid, ...result }) => ({ intentIds: [this.pods.get(uid)?.intentId].filter(isId), ...result }));
    const change = { pods, closings, events: this.events, findings: { progress: this.progress() } };
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
  private closeIntent(before: OperationPod, { uid, status, intentId }: OperationPod): void {
    const { state, message, attempts, method } = status;
    const ended = state === 'TERMINATING' || isPodFinal(status);
    if (!ended || intentId === null || before.status.state === 'TERMINATING') return;
    const outcome: AuditOutcome = state === 'FAILED' ? 'FAILED' : 'SUCCEEDED';
    const error = state === 'FAILED' ? { error: { code: status.reason ?? 'FAILED', message: message ?? '' } } : {};
    this.closings.push({ uid, outcome, after: { state, attempts, method }, ...error });
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
