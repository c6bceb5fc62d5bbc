import type { AuditOutcome, NewAuditEvent } from '../../audit/index.js';
import type { OperationEvent } from './operation.machine.js';
import type { NewOperationEvent } from './operation-event.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationFindings, OperationRecord } from './operation-record.js';

export type WithoutEpoch<E> = E extends { epoch: number } ? Omit<E, 'epoch'> : E;

export interface AuditClosing {
  readonly intentIds: readonly string[];
  readonly outcome: AuditOutcome;
  readonly error?: { code: string; message: string };
  readonly after?: Record<string, unknown>;
}

/** Made when it is written: what it depends on may have changed since it was asked for. */
export type Late<T> = T | (() => T);

/** What is written at one point of the work. Changes of the same moment share a transaction. */
export interface SessionChange {
  /** Decided by the machine on the locked row. The epoch is added. */
  readonly decide?: WithoutEpoch<OperationEvent>;
  /** As a function: made from the locked row and the ids of the intents, for what others may write too. */
  readonly findings?:
    | Partial<OperationFindings>
    | ((operation: OperationRecord, intentIds: readonly string[]) => Partial<OperationFindings>);
  /** Audit events, written before the pods so that these can carry their ids. */
  readonly intents?: Late<readonly NewAuditEvent[]>;
  readonly pods?: readonly OperationPod[] | ((intentIds: readonly string[]) => readonly OperationPod[]);
  readonly closings?: Late<readonly AuditClosing[]>;
  /** Writes to other stores that belong to the same moment: they commit with the rest or not at all. Made first, for what depends on them. */
  readonly also?: () => Promise<unknown>;
  readonly events?: Late<readonly NewOperationEvent[]>;
}
