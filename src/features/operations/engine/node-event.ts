import type { NodeEvent } from './node-gateway.port.js';
import { isTerminal } from './operation.js';
import type { StoredOperationEvent } from './operation-event.js';
import type { OperationRecord } from './operation-record.js';

/** What of an operation's events is worth a Kubernetes Event on the node: that it began, that it is blocked, and its end. */
export function nodeEventOf(operation: OperationRecord, event: StoredOperationEvent): NodeEvent | null {
  const { id, caller, reason } = operation;
  const { message, seq, at } = event;
  const show = (kind: 'Normal' | 'Warning', suffix: string, text: string) =>
    ({
      type: kind,
      reason: `${eventReason(operation.type)}${suffix}`,
      message: text,
      key: `${id}.${seq}`,
      at,
    }) as const;
  if (event.type === 'DIAGNOSIS') return event.data.late ? show('Warning', 'Blocked', message) : null;
  // One that nobody began to work on was never on the node.
  if (event.type !== 'STATE' || event.data.epoch === 0) return null;
  const { state, epoch } = event.data;
  if (state === 'RUNNING' && epoch === 1) {
    return show('Normal', 'Started', `${operation.type} by ${caller.actor.displayName}: ${reason} (operation ${id})`);
  }
  if (!isTerminal(state)) return null;
  return show(state === 'SUCCEEDED' ? 'Normal' : 'Warning', 'Ended', `${operation.type} ${message} (operation ${id})`);
}

/** `RESTART_KUBELET` to `RestartKubelet`, as event reasons are written. */
const eventReason = (type: string) =>
  type.replace(/(^|_)([A-Z])([A-Z]*)/g, (_all, _bar, first: string, rest: string) => first + rest.toLowerCase());
