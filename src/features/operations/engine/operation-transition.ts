import type { AuditOutcome } from '../../audit/index.js';
import { isTerminal, type OperationStep } from './operation.js';
import {
  decideOperation,
  type OperationEffect,
  type OperationEvent,
  type OperationRejection,
} from './operation.machine.js';
import type { NewOperationEvent } from './operation-event.js';
import type { OperationRecord } from './operation-record.js';

export interface Transition {
  readonly next: OperationRecord;
  readonly effects: readonly OperationEffect[];
  /** For readers of the operation's stream. */
  readonly events: readonly NewOperationEvent[];
}

/** Applies an event by the machine and words what it changed. */
export function transition(
  operation: OperationRecord,
  event: OperationEvent,
  now: Date,
): Transition | { readonly rejection: OperationRejection } {
  const decision = decideOperation(operation, event, now);
  if (decision.rejection !== undefined) return { rejection: decision.rejection };
  const next = { ...operation, ...decision.next };
  const steps = next.steps.filter((step, index) => step.state !== operation.steps[index]?.state).map(stepEvent);
  const changed = next.state !== operation.state || (next.epoch > 1 && next.epoch !== operation.epoch);
  return { next, effects: decision.effects, events: changed ? [...steps, stateEvent(next, operation)] : steps };
}

function stepEvent({ name, state, message }: OperationStep): NewOperationEvent {
  const text = `${name} ${state.toLowerCase()}`;
  return { type: 'STEP', message: message ? `${text}: ${message}` : text, data: { step: name, state, message } };
}

export function stateEvent(next: OperationRecord, before?: OperationRecord): NewOperationEvent {
  const resumed = before !== undefined && before.state === next.state && next.epoch !== before.epoch;
  const words = resumed ? `${next.state} again, taken over by another worker` : next.state;
  const message = next.failure ? `${words}: ${next.failure.message}` : words;
  const { state, epoch, failure, cancel, progress } = next;
  return { type: 'STATE', message, data: { state, epoch, failure, cancelledBy: cancel?.by ?? null, progress } };
}

/** With an operation that has ended ends its audit intent. */
export const endOfIntent = (operation: OperationRecord) =>
  operation.intentId && isTerminal(operation.state)
    ? [{ intentIds: [operation.intentId], ...auditResult(operation) }]
    : [];

function auditResult(operation: OperationRecord) {
  const { state, failure, progress, cordonedByUs } = operation;
  return {
    outcome: state as AuditOutcome,
    after: { progress, cordonedByUs },
    ...(failure ? { error: { code: failure.code, message: failure.message } } : {}),
  };
}
