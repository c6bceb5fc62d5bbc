import type { AuditOutcome } from '../../../audit/index.js';
import { isPodSettled } from '../../domain/operation/operation.js';
import type { OperationSession } from '../engine/operation-session.js';
import type { AuditClosing } from '../engine/session-change.js';
import type { DrainGateway, PodView } from '../ports/drain-gateway.port.js';
import { DrainProgress } from './drain-progress.js';

/** Long enough for a list, short enough for a cancel that is to end within two seconds. */
const LOOK_MS = 1_000;

const OUTCOMES: Partial<Record<string, AuditOutcome>> = { CANCEL: 'CANCELLED', DEADLINE: 'TIMED_OUT' };

/** Ends the audit intents that are still open: those whose effect can be seen as succeeded, the others as the drain ends. */
export async function closeDrain(session: OperationSession, gateway: DrainGateway): Promise<void> {
  // After all writes that are still under way.
  await session.commit({});
  const stored = await session.storedPods();
  const open = stored.filter(({ intentId, status }) => intentId !== null && !isPodSettled(status.state));
  if (open.length === 0) return;
  const progress = new DrainProgress(
    stored.filter(({ intentId }) => intentId !== null),
    null,
  );
  const view = await look(session, gateway);
  if (view) for (const pod of open) observe(progress, view, pod.uid);
  await view?.stop();
  const outcome = OUTCOMES[session.interruption ?? ''] ?? 'FAILED';
  const unsent = progress.in('PENDING', 'EVICTING', 'BLOCKED');
  const left: AuditClosing = {
    intentIds: unsent.flatMap(({ intentId }) => intentId ?? []),
    outcome,
    error: { code: 'NOT_REMOVED', message: 'the drain ended before the pod was removed' },
  };
  const seen = progress.takeChange() ?? {};
  await session.commit({ ...seen, closings: [...(seen.closings ?? []), left] });
}

function observe(progress: DrainProgress, { pods }: PodView, uid: string): void {
  const pod = pods.get(uid);
  if (!pod) progress.apply(uid, { type: 'OBSERVED', observation: { kind: 'ABSENT' } }, new Date());
  else if (pod.deletionTimestamp) {
    progress.apply(uid, { type: 'OBSERVED', observation: { kind: 'TERMINATING' } }, new Date());
  }
}

/** A cluster that doesn't answer must not keep the drain from ending. */
async function look({ operation }: OperationSession, gateway: DrainGateway): Promise<PodView | null> {
  const { cluster, nodeName } = operation;
  return gateway.watchPods(cluster, nodeName, () => undefined, AbortSignal.timeout(LOOK_MS)).catch(() => null);
}
