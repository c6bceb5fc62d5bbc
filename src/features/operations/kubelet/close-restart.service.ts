import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditOutcome, NewAuditEvent } from '../../audit/index.js';
import type { OperationRecord } from '../engine/operation-record.js';
import { auditLinks } from '../engine/operation-record.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { AuditClosing, SessionChange } from '../engine/session-change.js';
import { AGENT_KEPT_SECONDS, type AgentRun, type NodeAgentGateway } from './node-agent-gateway.port.js';
import { restartFactsOf } from './restart-facts.js';

/** Long enough for a read and a delete, short enough for a cancel that is to end soon. */
const LOOK_MS = 2_000;
const LOOK_AGAIN_MS = 100;

const OUTCOMES: Partial<Record<string, AuditOutcome>> = { CANCEL: 'CANCELLED', DEADLINE: 'TIMED_OUT' };

/** The audit intent of the Job on the node. */
export function agentIntent(
  operation: OperationRecord,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): NewAuditEvent {
  const { cluster, nodeName, nodeUid, caller, reason, ticket, policyIds } = operation;
  return {
    kind: 'INTENT',
    caller,
    action: 'job.create',
    resource: { type: 'Job', cluster, namespace, name },
    ...auditLinks(operation),
    reason,
    ...(ticket ? { ticket } : {}),
    policyIds: [...policyIds],
    after: { node: nodeName, nodeUid, purpose: 'restart the kubelet' },
  };
}

/** Whether a Job that is not there was never made. One that was, and whose end nobody saw, may be gone by now. */
export function isNeverLaunched(
  { uid, requestedAt }: { readonly uid: string | null; readonly requestedAt: string },
  now: Date,
): boolean {
  return uid === null && now.getTime() - Date.parse(requestedAt) < AGENT_KEPT_SECONDS * 1000;
}

type End = Omit<AuditClosing, 'intentIds'>;

/**
 * Takes back a Job that has not begun, and ends its audit intent by what can be observed. That nothing was begun is said
 * only where there never was a pod: one that is on its node may begin before anybody hears of it.
 */
export async function closeRestart(session: OperationSession, agents: NodeAgentGateway): Promise<SessionChange> {
  const { cluster, id } = session.operation;
  // After all writes that are still under way.
  await session.commit({});
  const { job, restart } = restartFactsOf(session.operation);
  if (!job?.intentId || restart) return {};
  const signal = AbortSignal.timeout(LOOK_MS);
  const look = () => agents.find(cluster, id, signal).catch(() => undefined);
  const run = await look();
  const remove = () => agents.remove(cluster, id, session.permit, signal);
  const end = run?.phase === 'WAITING' ? await takenBack(run, remove, look) : endOf(run);
  if (end === UNREMOVED) session.warn(`The Job ${job.namespace}/${job.name} could not be removed.`);
  const wasNeverMade = run === null && isNeverLaunched(job, session.now());
  const outcome = OUTCOMES[session.interruption ?? ''] ?? 'FAILED';
  const closing = wasNeverMade ? NEVER_MADE : end;
  return { closings: [{ intentIds: [job.intentId], ...{ outcome, ...closing } }] };
}

async function takenBack(
  { hasPod }: AgentRun,
  remove: () => Promise<void>,
  look: () => Promise<AgentRun | null | undefined>,
): Promise<End | NotStarted> {
  const isRemoved = await remove().then(
    () => true,
    () => false,
  );
  if (!isRemoved) return UNREMOVED;
  let hadPod = hasPod;
  // It may have begun since it was looked at, and its pod goes after it.
  for (;;) {
    const left = await look();
    if (left === null) return hadPod ? UNSEEN : NOT_STARTED;
    if (left?.phase !== 'WAITING') return endOf(left);
    hadPod ||= left.hasPod;
    await sleep(LOOK_AGAIN_MS);
  }
}

function endOf(run: AgentRun | null | undefined): End {
  switch (run?.phase) {
    case 'SUCCEEDED':
      return { outcome: 'SUCCEEDED' };
    case 'FAILED':
      return { outcome: 'FAILED', error: { code: 'NODE_AGENT_FAILED', message: run.message ?? 'no reason was given' } };
    case 'RUNNING':
      return unknown('UNDER_WAY', "the restart had begun; its end hadn't been seen");
    default:
      return unknown('UNKNOWN', 'the Job may still begin, or has run unseen');
  }
}

const unknown = (code: string, message: string): End => ({ outcome: 'UNKNOWN', error: { code, message } });
const UNREMOVED = unknown('UNKNOWN', 'the Job could not be taken back: it may still begin, or has run unseen');
const UNSEEN = unknown('UNKNOWN', 'the Job was taken back; whether its pod had begun by then was not seen');

/** Its outcome is that of the operation. */
type NotStarted = Omit<End, 'outcome'>;
const notStarted = (message: string): NotStarted => ({ error: { code: 'NOT_STARTED', message } });
const NOT_STARTED = notStarted('the Job was taken back before it had a pod');
const NEVER_MADE = notStarted('the Job was never made');
