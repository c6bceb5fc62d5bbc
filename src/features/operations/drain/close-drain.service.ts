import type { AuditOutcome } from '../../audit/index.js';
import type { OperationPod } from '../engine/operation-pod.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { AuditClosing, SessionChange } from '../engine/session-change.js';
import type { DrainGateway, PodView } from './drain-gateway.port.js';
import { isPodFinal, isUnanswered } from './drain-pod-status.js';
import { DrainProgress } from './drain-progress.js';

/** Long enough for a list, short enough for a cancel that is to end within two seconds. */
const LOOK_MS = 1_000;
/** What was asked for without an answer can be told by looking only. */
const LOOK_FOR_UNANSWERED_MS = 5_000;

const OUTCOMES: Partial<Record<string, AuditOutcome>> = { CANCEL: 'CANCELLED', DEADLINE: 'TIMED_OUT' };

/**
 * What ends the audit intents that are still open. What was sent without an answer is settled by looking at the pods, and stays
 * unknown where that shows nothing; the others end as the drain does. Nothing that was sent can arrive any more by now.
 */
export async function closeDrain(session: OperationSession, gateway: DrainGateway): Promise<SessionChange> {
  // After all writes that are still under way.
  await session.commit({});
  const stored = await session.storedPods();
  const open = stored.filter(({ intentId, status }) => intentId !== null && !isPodFinal(status));
  if (open.length === 0) return {};
  const progress = new DrainProgress(
    stored.filter(({ intentId }) => intentId !== null),
    null,
  );
  const unanswered = open.filter(({ status }) => isUnanswered(status)).map(({ uid }) => uid);
  // What an earlier holder sent may be missing from the rows: only a look can tell.
  const isInherited = session.operation.epoch > 1;
  const view = await look(session, gateway, unanswered.length > 0 || isInherited ? LOOK_FOR_UNANSWERED_MS : LOOK_MS);
  if (view) for (const pod of open) observe(progress, view, pod.uid, session.now());
  await view?.stop();
  for (const uid of unanswered) progress.apply(uid, { type: 'UNANSWERED' }, session.now());
  const left = progress.in('PENDING', 'EVICTING', 'BLOCKED');
  const isUnseen = isInherited && view === null;
  const isUnknown = ({ status }: OperationPod) => isUnseen || status.reason === 'UNANSWERED';
  const seen = progress.takeChange() ?? { closings: () => [] };
  const closings: AuditClosing[] = [
    {
      intentIds: left.filter(isUnknown).flatMap(({ intentId }) => intentId ?? []),
      outcome: 'UNKNOWN',
      error: { code: 'UNANSWERED', message: view ? UNANSWERED_SEEN : UNANSWERED_UNSEEN },
    },
    {
      intentIds: left.filter((pod) => !isUnknown(pod)).flatMap(({ intentId }) => intentId ?? []),
      outcome: OUTCOMES[session.interruption ?? ''] ?? 'FAILED',
      error: { code: 'NOT_REMOVED', message: 'the drain ended before the pod was removed' },
    },
  ];
  return { ...seen, closings: () => [...seen.closings(), ...closings] };
}

const UNANSWERED_SEEN = 'no answer came to the request; the pod was still there when the drain ended';
const UNANSWERED_UNSEEN = 'no answer came to the request, and the cluster could not be asked for the pod';

function observe(progress: DrainProgress, { pods }: PodView, uid: string, now: Date): void {
  const pod = pods.get(uid);
  if (!pod) progress.apply(uid, { type: 'OBSERVED', observation: { kind: 'ABSENT' } }, now);
  else if (pod.deletionTimestamp) {
    progress.apply(uid, { type: 'OBSERVED', observation: { kind: 'TERMINATING' } }, now);
  }
}

/** A cluster that doesn't answer must not keep the drain from ending. */
async function look(
  { operation }: OperationSession,
  gateway: DrainGateway,
  timeoutMs: number,
): Promise<PodView | null> {
  const { cluster, nodeName } = operation;
  return gateway.watchPods(cluster, nodeName, () => undefined, AbortSignal.timeout(timeoutMs)).catch(() => null);
}
