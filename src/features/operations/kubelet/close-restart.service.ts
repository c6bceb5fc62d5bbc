import type { AuditOutcome, NewAuditEvent } from '../../audit/index.js';
import type { OperationRecord } from '../engine/operation-record.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { AuditClosing } from '../engine/session-change.js';
import type { AgentRun, NodeAgentGateway } from './node-agent-gateway.port.js';
import { restartFactsOf } from './restart-facts.js';

/** Long enough for a read and a delete, short enough for a cancel that is to end soon. */
const LOOK_MS = 2_000;

const OUTCOMES: Partial<Record<string, AuditOutcome>> = { CANCEL: 'CANCELLED', DEADLINE: 'TIMED_OUT' };

/** The audit intent of the Job on the node. */
export function agentIntent(
  operation: OperationRecord,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): NewAuditEvent {
  const { id, cluster, nodeName, nodeUid, caller, reason, ticket, policyIds } = operation;
  return {
    kind: 'INTENT',
    caller,
    action: 'job.create',
    resource: { type: 'Job', cluster, namespace, name },
    correlationId: id,
    reason,
    ...(ticket ? { ticket } : {}),
    policyIds: [...policyIds],
    after: { node: nodeName, nodeUid, purpose: 'restart the kubelet' },
  };
}

/** Takes back a Job that has not begun, and ends its audit intent by what can be observed. */
export async function closeRestart(session: OperationSession, agents: NodeAgentGateway): Promise<void> {
  const { cluster, id } = session.operation;
  // After all writes that are still under way.
  await session.commit({});
  const { job, restart } = restartFactsOf(session.operation);
  if (!job?.intentId || restart) return;
  const signal = AbortSignal.timeout(LOOK_MS);
  const run = await agents.find(cluster, id, signal).catch(() => undefined);
  let removed = true;
  if (run?.phase === 'WAITING') {
    const unremoved = (error: unknown) => {
      removed = false;
      session.warn(`The Job ${job.namespace}/${job.name} could not be removed: ${String(error)}`);
    };
    await agents.remove(cluster, id, session.permit, signal).catch(unremoved);
  }
  const outcome = OUTCOMES[session.interruption ?? ''] ?? 'FAILED';
  const neverMade = run === null && job.uid === null;
  const end = removed ? endOf(run, outcome, neverMade) : UNKNOWN;
  await session.commit({ closings: [{ intentIds: [job.intentId], ...end }] });
}

const UNKNOWN = {
  outcome: 'UNKNOWN',
  error: { code: 'UNKNOWN', message: 'the Job may still begin, or has run unseen' },
} as const;

function endOf(
  run: AgentRun | null | undefined,
  outcome: AuditOutcome,
  neverMade: boolean,
): Omit<AuditClosing, 'intentIds'> {
  switch (run?.phase) {
    case 'SUCCEEDED':
      return { outcome: 'SUCCEEDED' };
    case 'FAILED':
      return { outcome: 'FAILED', error: { code: 'NODE_AGENT_FAILED', message: run.message ?? 'no reason was given' } };
    case 'WAITING':
      return { outcome, error: { code: 'NOT_STARTED', message: 'the Job was taken back before it began' } };
    case 'RUNNING':
      return {
        outcome: 'UNKNOWN',
        error: { code: 'UNDER_WAY', message: "the restart had begun; its end hadn't been seen" },
      };
    default:
      return neverMade ? { outcome, error: { code: 'NOT_STARTED', message: 'the Job was never made' } } : UNKNOWN;
  }
}
