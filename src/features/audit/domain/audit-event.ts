import type { ActorType } from '../../../kernel/actor.js';
import type { HistoryFilter } from '../../../kernel/history-filter.js';

export const AUDIT_KINDS = ['INTENT', 'OUTCOME', 'DENIED', 'READ'] as const;

/** A record as it was written. */
export interface AuditEvent {
  id: string;
  at: Date;
  kind: (typeof AUDIT_KINDS)[number];
  actor: {
    type: ActorType;
    id: string;
    displayName: string;
    groups: string[];
    onBehalfOf: string | null;
    authMethod: string;
  };
  sourceIp: string | null;
  userAgent: string | null;
  requestId: string;
  traceId: string | null;
  action: string;
  resource: {
    type: string;
    cluster: string | null;
    name: string | null;
    uid: string | null;
    namespace: string | null;
  };
  correlationId: string | null;
  externalCorrelationId: string | null;
  maintenanceRunId: string | null;
  intentId: string | null;
  reason: string | null;
  ticket: string | null;
  policyIds: string[];
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  outcome: string | null;
  error: { code: string; message: string } | null;
}

export interface AuditFilter extends HistoryFilter {
  action?: string;
  kind?: string[];
  outcome?: string[];
  resourceType?: string;
  resource?: string;
  correlationId?: string;
  maintenanceRun?: string;
  requestId?: string;
  /** Only intents without an outcome: something began and nobody wrote how it ended. */
  dangling?: boolean;
}
