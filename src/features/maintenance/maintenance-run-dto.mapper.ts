import type { Caller } from '../../kernel/actor.js';
import { historyFilter } from '../../platform/api/history-query.dto.js';
import type { StoredMaintenanceEvent } from './maintenance-event.js';
import type { MaintenanceRunDto, MaintenanceRunEventDto, MaintenanceRunQuery } from './maintenance-run.dto.js';
import type { MaintenanceRunRequestDto } from './maintenance-run-inputs.dto.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import type { MaintenanceRunFilter } from './maintenance-run-repository.port.js';
import type { MaintenanceSpecInput } from './maintenance-spec.js';
import { runProgress } from './run-progress.js';

export function maintenanceRunDto(record: MaintenanceRunRecord, now: Date): MaintenanceRunDto {
  const { id, cluster, run, waiting, reason, ticket, caller, lastSeq, createdAt } = record;
  const { id: actorId, type, displayName, onBehalfOf } = caller.actor;
  return {
    id,
    cluster,
    state: run.state,
    action: run.spec.action,
    spec: { ...run.spec },
    progress: runProgress(run, now),
    waiting: [...waiting],
    nodes: run.nodes.map(({ failure, ...node }) => ({
      name: node.name,
      uid: node.uid,
      zone: node.zone,
      controlPlane: node.controlPlane,
      canary: node.canary,
      phase: node.phase,
      operationId: node.operationId,
      ownCordon: node.ownCordon,
      startedAt: node.startedAt,
      finishedAt: node.finishedAt,
      error: failure && { ...failure },
    })),
    externalCorrelationId: caller.request.externalCorrelationId ?? null,
    approvalId: run.approvalId ?? null,
    pause: run.pause && { ...run.pause },
    cancel: run.cancel && { ...run.cancel },
    reason,
    ticket,
    actor: { id: actorId, type, displayName, onBehalfOf: onBehalfOf ?? null },
    error: run.failure && { ...run.failure },
    lastEventId: lastSeq,
    createdAt,
    finishedAt: run.finishedAt,
  };
}

export function maintenanceRunEventDto({ seq, data, ...event }: StoredMaintenanceEvent): MaintenanceRunEventDto {
  return { ...event, id: seq, data: { ...data } };
}

export function maintenanceRunFilter(query: MaintenanceRunQuery, caller: Caller): MaintenanceRunFilter {
  return { ...historyFilter(query, caller), states: query.state, actions: query.type };
}

export function specInputOf(request: MaintenanceRunRequestDto): MaintenanceSpecInput {
  const { action, maxUnavailable, nodeSelector, nodes, zoneByZone, canary, healthGate, onNodeFailure, drainOptions } =
    request;
  return {
    action,
    nodeSelector,
    nodes,
    maxUnavailable,
    zoneByZone,
    canary,
    healthGate,
    onNodeFailure,
    drainOptions,
  };
}
