import type { OperationSession } from '../engine/operation-session.js';
import type { DrainProgress } from './drain-progress.js';
import { removalIntent } from './removal-intent.js';

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
    const since = this.session.operation.startedAt?.getTime() ?? Date.now();
    const left = Math.max(0, since + afterSeconds * 1000 - Date.now());
    this.timer = setTimeout(() => void this.escalate().catch(() => undefined), left);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** The intent to delete is stored before the first delete leaves; a failed write has interrupted the session. */
  private async escalate(): Promise<void> {
    const { session, progress } = this;
    const pods = progress
      .unsettled()
      .filter(({ status }) => status.state !== 'TERMINATING' && status.method === 'EVICT');
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
    for (const { uid } of pods) progress.apply(uid, { type: 'ESCALATED' }, new Date());
    this.onEscalated();
  }
}
