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

  /** The intent to delete is stored before the first delete leaves; a failed write has interrupted the session. */
  private async escalate(): Promise<void> {
    const { session, progress } = this;
    const left = progress
      .unsettled()
      .filter(({ status }) => status.state !== 'TERMINATING' && status.method === 'EVICT');
    // Whether the budget let it go is known with the answer to what was sent.
    const pods = left.filter(({ status }) => status.state !== 'EVICTING');
    if (pods.length < left.length) this.escalateIn(UNANSWERED_PAUSE_MS);
    if (pods.length === 0) return;
    const message = `${pods.length} pods are deleted without asking their budgets, as the request said`;
    await session.commit({
      closings: [
        {
          intentIds: pods.flatMap(({ intentId }) => intentId ?? []),
          outcome: 'FAILED',
          error: { code: 'ESCALATED', message: 'the budget did not let it go in time' },
        },
      ],
      intents: pods.map((pod) => removalIntent(session.operation, pod, 'DELETE')),
      pods: (ids) =>
        progress.setIntents(
          pods.map(({ uid }) => uid),
          ids,
        ),
      events: [{ type: 'WARNING', message, data: { pods: pods.map(({ uid }) => uid) } }],
    });
    for (const { uid } of pods) progress.apply(uid, { type: 'ESCALATED' }, session.now());
    this.onEscalated();
  }
}
