import type { DrainPodStatus } from '../drain/drain-pod-status.js';
import type { OperationEntity } from './operation.entity.js';
import type { OperationStep, StepName, StepState } from './operation.js';
import type { OperationPodEntity } from './operation-pod.entity.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';

const time = (text: string | null): Date | null => (text === null ? null : new Date(text));

export function operationOf(row: OperationEntity): OperationRecord {
  const { progressTotal, progressDone, etaSeconds, actorId: _, steps, cancel, caller, ...same } = row;
  const expiry = caller.actor.credentialExpiresAt;
  const actor = expiry ? { ...caller.actor, credentialExpiresAt: new Date(expiry) } : caller.actor;
  return {
    ...same,
    caller: { ...caller, actor },
    progress: { total: progressTotal, done: progressDone, etaSeconds },
    steps: steps.map(
      (step): OperationStep => ({
        name: step.name as StepName,
        state: step.state as StepState,
        startedAt: time(step.startedAt),
        finishedAt: time(step.finishedAt),
        message: step.message,
      }),
    ),
    cancel: cancel && { ...cancel, at: new Date(cancel.at) },
  };
}

/** Columns that change in the life of an operation. */
export function changingColumns(operation: OperationRecord) {
  const { progress, state, epoch, steps, diagnosis, warnings, result, failure, ending } = operation;
  const { cordonedByUs, priorUnschedulable, planHash, cancel, claimedBy, heartbeatAt } = operation;
  const { deadlineAt, startedAt, finishedAt } = operation;
  return {
    state,
    epoch,
    // Dates become text here, not in the driver: TypeORM would compare them by identity.
    steps: JSON.parse(JSON.stringify(steps)) as OperationEntity['steps'],
    progressTotal: progress.total,
    progressDone: progress.done,
    etaSeconds: progress.etaSeconds,
    diagnosis: [...diagnosis],
    warnings: [...warnings],
    result: { ...result },
    failure,
    ending,
    cordonedByUs,
    priorUnschedulable,
    planHash,
    cancel: cancel && { ...cancel, at: cancel.at.toISOString() },
    claimedBy,
    heartbeatAt,
    deadlineAt,
    startedAt,
    finishedAt,
  };
}

export function rowOf(operation: OperationRecord): Omit<OperationEntity, 'lastSeq'> {
  const { id, type, cluster, nodeName, nodeUid, nodeLabels, options, reason, ticket, caller, policyIds } = operation;
  return {
    id,
    type,
    cluster,
    nodeName,
    nodeUid,
    nodeLabels: { ...nodeLabels },
    options: { ...options },
    reason,
    ticket,
    actorId: caller.actor.id,
    caller,
    policyIds: [...policyIds],
    intentId: operation.intentId,
    maintenanceRunId: operation.maintenanceRunId,
    runKey: operation.runKey,
    approvalId: operation.approvalId,
    restoreOnFailure: operation.restoreOnFailure,
    createdAt: operation.createdAt,
    ...changingColumns(operation),
  };
}

export function podOf(row: OperationPodEntity): OperationPod {
  const { operationId: _, podUid: uid, state: __, status, ...same } = row;
  const stored = status as unknown as DrainPodStatus & Record<string, string | null>;
  return {
    ...same,
    uid,
    status: {
      ...stored,
      retryAt: time(stored.retryAt as unknown as string | null),
      sentAt: time(stored.sentAt as unknown as string | null),
      terminatingAt: time(stored.terminatingAt as unknown as string | null),
      // Absent in rows of earlier versions.
      inDoubtUntil: time((stored.inDoubtUntil ?? null) as unknown as string | null),
      settledAt: time(stored.settledAt as unknown as string | null),
    },
  };
}

/** As `operation_pods` has it, for jsonb_to_recordset. */
export function podColumns(pod: OperationPod) {
  return {
    pod_uid: pod.uid,
    namespace: pod.namespace,
    name: pod.name,
    position: pod.position,
    tier: pod.tier,
    action: pod.action,
    notes: pod.notes,
    controller: pod.controller,
    volumes: pod.volumes,
    state: pod.status.state,
    status: pod.status,
    intent_id: pod.intentId,
  };
}
