import type { Caller } from '../../../kernel/actor.js';
import { historyFilter, renamed } from '../../../platform/api/history-query.dto.js';
import type { ApprovalSummaryDto } from '../../approvals/index.js';
import type { DrainPlanDto } from '../drain/drain-plan.dto.js';
import type { DrainPlan } from '../drain/drain-plan.js';
import type { OperationDto, OperationQuery } from './operation.dto.js';
import { isTerminal } from './operation.js';
import type { OperationEventDto } from './operation-event.dto.js';
import type { StoredOperationEvent } from './operation-event.js';
import type { OperationPodDto } from './operation-pod.dto.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';
import type { OperationFilter } from './operation-repository.port.js';

export function operationDto(
  operation: OperationRecord,
  pods: readonly OperationPod[] | null = null,
  approval: ApprovalSummaryDto | null = null,
): OperationDto {
  const { id, type, cluster, nodeName, nodeUid, state, progress, steps, caller, policyIds } = operation;
  const { actor } = caller;
  return {
    id,
    type,
    cluster,
    node: nodeName,
    nodeUid,
    state,
    progress: { ...progress, percent: percentOf(operation) },
    steps: steps.map((step) => ({ ...step })),
    diagnosis: [...operation.diagnosis],
    warnings: [...operation.warnings],
    options: { ...operation.options },
    result: { ...operation.result },
    pods: pods?.map(operationPodDto) ?? null,
    reason: operation.reason,
    ticket: operation.ticket,
    actor: {
      id: actor.id,
      type: actor.type,
      displayName: actor.displayName,
      onBehalfOf: actor.onBehalfOf ?? null,
    },
    policyIds: [...policyIds],
    cordonedByUs: operation.cordonedByUs,
    planHash: operation.planHash,
    maintenanceRunId: operation.maintenanceRunId,
    externalCorrelationId: caller.request.externalCorrelationId ?? null,
    approvalId: operation.approvalId,
    approval,
    cancel: operation.cancel && { ...operation.cancel },
    error: operation.failure && { ...operation.failure },
    attempts: operation.epoch,
    lastEventId: operation.lastSeq,
    deadlineAt: operation.deadlineAt,
    createdAt: operation.createdAt,
    startedAt: operation.startedAt,
    finishedAt: operation.finishedAt,
  };
}

/** Work without pods has no share that is done: it is done or not. */
function percentOf({ progress: { total, done }, state }: OperationRecord): number {
  if (state === 'SUCCEEDED') return 100;
  if (total === 0) return 0;
  return Math.min(isTerminal(state) ? 100 : 99, Math.floor((done / total) * 100));
}

export function operationPodDto({ status, ...pod }: OperationPod): OperationPodDto {
  return {
    uid: pod.uid,
    namespace: pod.namespace,
    name: pod.name,
    controller: pod.controller,
    action: pod.action,
    notes: pod.notes.map((note) => ({ ...note, option: note.option ?? null })),
    state: status.state,
    reason: status.reason,
    budget: status.budget,
    message: status.message,
    position: pod.position,
    tier: pod.tier,
    attempts: status.attempts,
    requestedAt: status.sentAt,
    terminatingAt: status.terminatingAt,
    finishedAt: status.settledAt,
  };
}

export function operationEventDto({
  seq,
  operationId,
  type,
  message,
  data,
  at,
}: StoredOperationEvent): OperationEventDto {
  return { id: seq, operationId, type, message, data: { ...data }, at };
}

export function drainPlanDto(cluster: string, plan: DrainPlan): DrainPlanDto {
  const { substance: _, options, nodes, ...same } = plan;
  const shown = nodes.map((node) => ({
    ...node,
    pods: node.pods.map((pod) => ({
      ...pod,
      notes: pod.notes.map((note) => ({ ...note, option: note.option ?? null })),
    })),
  }));
  // Shapes are the domain's, field by field; only readonly differs.
  return { cluster, ...same, options: { ...options }, nodes: shown } as unknown as DrainPlanDto;
}

export function operationFilter(query: OperationQuery, caller: Caller): OperationFilter {
  return {
    ...historyFilter(query, caller),
    states: query.state,
    types: query.type,
    maintenanceRunId: renamed(query, 'maintenanceRun', 'maintenanceRunId'),
  };
}
