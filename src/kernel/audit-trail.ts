import type { Caller } from './actor.js';

export type AuditKind = 'INTENT' | 'OUTCOME' | 'DENIED' | 'READ';
/** UNKNOWN: it was asked for and may have happened; no answer came, and looking could not settle it. */
export type AuditOutcome = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED' | 'DENIED' | 'UNKNOWN';

export interface AuditResource {
  type: string;
  cluster?: string;
  name?: string;
  /** Kubernetes uid or our id. */
  uid?: string;
  namespace?: string;
}

/** One immutable record to be written. Never holds secrets. */
export interface NewAuditEvent {
  kind: AuditKind;
  caller: Caller;
  /** `node.drain`, `pod.evict`, `operation.cancel`: the access action where there is one. */
  action: string;
  resource: AuditResource;
  /** The operation, run or change this belongs to. */
  correlationId?: string;
  /** The run that it belongs to, also as a part of one of its operations. */
  maintenanceRunId?: string;
  /** For an OUTCOME: the id of its INTENT. */
  intentId?: string;
  reason?: string;
  ticket?: string;
  policyIds?: string[];
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  outcome?: AuditOutcome;
  error?: { code: string; message: string };
}

/** How intents ended. */
export interface AuditResult {
  outcome: AuditOutcome;
  after?: Record<string, unknown>;
  error?: { code: string; message: string };
}

/**
 * Append-only trail. `record` writes in the caller's transaction (see UnitOfWork): if it fails, the state change fails
 * too, so nothing acts unaudited. Intent before any call that changes a cluster, outcome after.
 */
export abstract class AuditTrail {
  /** Appends events in order and returns their ids. */
  abstract record(events: readonly NewAuditEvent[]): Promise<string[]>;

  /** Closes intents: writes one OUTCOME per intent that has none yet; doing it twice is harmless. */
  abstract close(intentIds: readonly string[], result: AuditResult): Promise<void>;

  /** Appends what is done by the very transaction that records it. */
  async recordDone(events: readonly Omit<NewAuditEvent, 'kind'>[]): Promise<void> {
    if (events.length === 0) return;
    const intents = await this.record(events.map((event) => ({ ...event, kind: 'INTENT' })));
    await this.close(intents, { outcome: 'SUCCEEDED' });
  }

  /**
   * Closes as UNKNOWN those open intents of the actions whose time, `after.limitSeconds` from their begin, was over so
   * long ago. Only for actions that stop by themselves then.
   */
  abstract closeOverdue(actions: readonly string[], graceSeconds: number): Promise<void>;
}
