import type { OperationPod } from '../engine/operation-pod.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { DrainProgress } from './drain-progress.js';
import { removalIntent } from './removal-intent.js';

const MAX_TIMER_MS = 2 ** 31 - 1;
const UNANSWERED_PAUSE_MS = 100;

/** After the deadline that the caller set and was permitted, pods that still wait are deleted against their budgets. */
export class EscalationTimer {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly session: OperationSession,
    private readonly progress: DrainProgress,
    private readonly onEscalated: () => void,
  ) {}

  /** Counts from the start of the operation, so that a restart of the service doesn't prolong it. */
  start(afterSeconds: number | null): void {
    if (afterSeconds === null) return;
    const now = this.session.now().getTime();
    const since = this.session.operation.startedAt?.getTime() ?? now;
    this.escalateIn(since + afterSeconds * 1000 - now);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private escalateIn(milliseconds: number): void {
    const escalate = () => void this.escalate().catch(() => undefined);
    this.timer = setTimeout(escalate, Math.min(MAX_TIMER_MS, Math.max(0, milliseconds)));
  }

  /**
   * The intent to delete is stored before the first delete leaves; a failed write has interrupted the session. No eviction
   * leaves while it is written, and pods that go by themselves meanwhile keep the intent that they have.
   */
  private async escalate(): Promise<void> {
    const { session, progress } = this;
    const left = progress.unsettled().filter(({ status }) => status.state === 'EVICTING' || isWaiting(status));
    // Whether the budget let it go is known with the answer to what was sent.
    const uids = left.filter(({ status }) => isWaiting(status)).map(({ uid }) => uid);
    if (uids.length < left.length) this.escalateIn(UNANSWERED_PAUSE_MS);
    if (uids.length === 0) return;
    progress.hold(uids);
    let pods: OperationPod[] = [];
    await session.commit({
      intents: () => {
        pods = uids.flatMap((uid) => progress.get(uid) ?? []).filter(({ status }) => isWaiting(status));
        return pods.map((pod) => removalIntent(session.operation, pod, 'DELETE'));
      },
      closings: () => [{ ...ESCALATED, intentIds: pods.flatMap(({ intentId }) => intentId ?? []) }],
      pods: (ids) => progress.setIntents(pods, ids),
      events: () => (pods.length === 0 ? [] : [warningOf(pods)]),
    });
    for (const { uid } of pods) progress.apply(uid, { type: 'ESCALATED' }, session.now());
    progress.release(uids);
    this.onEscalated();
  }
}

const ESCALATED = {
  outcome: 'FAILED',
  error: { code: 'ESCALATED', message: 'the budget did not let it go in time' },
} as const;

const isWaiting = ({ state, method }: OperationPod['status']): boolean =>
  (state === 'PENDING' || state === 'BLOCKED') && method === 'EVICT';

const warningOf = (pods: readonly OperationPod[]) => ({
  type: 'WARNING' as const,
  message: `${pods.length} pods are deleted without asking their budgets, as the request said`,
  data: { pods: pods.map(({ uid }) => uid) },
});
