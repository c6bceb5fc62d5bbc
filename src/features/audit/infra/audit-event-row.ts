import type { NewAuditEvent } from '../../../kernel/audit-trail.js';
import type { AuditEvent } from '../domain/audit-event.js';

/** Columns in the order of `rowOf`. */
export const AUDIT_COLUMNS = [
  'id',
  'at',
  'kind',
  'actor_type',
  'actor_id',
  'actor_name',
  'actor_groups',
  'on_behalf_of',
  'auth_method',
  'source_ip',
  'user_agent',
  'request_id',
  'trace_id',
  'action',
  'resource_type',
  'cluster',
  'resource_name',
  'resource_uid',
  'namespace',
  'correlation_id',
  'external_correlation_id',
  'maintenance_run_id',
  'intent_id',
  'reason',
  'ticket',
  'policy_ids',
  'before',
  'after',
  'outcome',
  'error',
] as const;

export type AuditEventRow = Record<(typeof AUDIT_COLUMNS)[number], never>;

export function rowOf(id: string, at: Date, event: NewAuditEvent): unknown[] {
  const { actor, request } = event.caller;
  const { resource } = event;
  return [
    id,
    at,
    event.kind,
    actor.type,
    actor.id,
    actor.displayName,
    actor.groups,
    actor.onBehalfOf ?? null,
    actor.authMethod,
    request.sourceIp ?? null,
    request.userAgent ?? null,
    request.requestId,
    request.traceId ?? null,
    event.action,
    resource.type,
    resource.cluster ?? null,
    resource.name ?? null,
    resource.uid ?? null,
    resource.namespace ?? null,
    event.correlationId ?? null,
    request.externalCorrelationId ?? null,
    event.maintenanceRunId ?? null,
    event.intentId ?? null,
    event.reason ?? null,
    event.ticket ?? null,
    event.policyIds ?? [],
    event.before ?? null,
    event.after ?? null,
    event.outcome ?? null,
    event.error ?? null,
  ];
}

export function eventOf(row: AuditEventRow): AuditEvent {
  return {
    id: row.id,
    at: row.at,
    kind: row.kind,
    actor: {
      type: row.actor_type,
      id: row.actor_id,
      displayName: row.actor_name,
      groups: row.actor_groups,
      onBehalfOf: row.on_behalf_of,
      authMethod: row.auth_method,
    },
    sourceIp: row.source_ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    traceId: row.trace_id,
    action: row.action,
    resource: {
      type: row.resource_type,
      cluster: row.cluster,
      name: row.resource_name,
      uid: row.resource_uid,
      namespace: row.namespace,
    },
    correlationId: row.correlation_id,
    externalCorrelationId: row.external_correlation_id,
    maintenanceRunId: row.maintenance_run_id,
    intentId: row.intent_id,
    reason: row.reason,
    ticket: row.ticket,
    policyIds: row.policy_ids,
    before: row.before,
    after: row.after,
    outcome: row.outcome,
    error: row.error,
  };
}
