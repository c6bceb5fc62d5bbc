import type { RunNode } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';

export const MAINTENANCE_EVENT_TYPES = ['STATE', 'NODE', 'WAITING'] as const;
export type MaintenanceEventType = (typeof MAINTENANCE_EVENT_TYPES)[number];

export interface NewMaintenanceEvent {
  readonly type: MaintenanceEventType;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One line of a run's stream; `seq` has no gaps within its run. */
export interface StoredMaintenanceEvent extends NewMaintenanceEvent {
  readonly runId: string;
  readonly seq: number;
  readonly at: Date;
}

/** What readers are told of a change: node by node, then the state, so that a stream ends with the end. */
export function maintenanceEvents(before: MaintenanceRunRecord, after: MaintenanceRunRecord): NewMaintenanceEvent[] {
  const known = new Map(before.run.nodes.map((node) => [node.uid, node]));
  const events = after.run.nodes.filter((node) => isNews(known.get(node.uid), node)).map(nodeEvent);
  if (before.waiting.join('\n') !== after.waiting.join('\n') && after.waiting.length > 0) {
    events.push({ type: 'WAITING', message: after.waiting.join('; '), data: { waiting: after.waiting } });
  }
  if (before.run.state !== after.run.state) events.push(stateEvent(after));
  return events;
}

export function stateEvent({ run }: MaintenanceRunRecord): NewMaintenanceEvent {
  const { state, pause, cancel, failure } = run;
  const why = failure?.message ?? (pause ? `${pause.reason} by ${pause.by}` : cancel && `by ${cancel.by}`);
  return {
    type: 'STATE',
    message: why ? `${state}: ${why}` : state,
    data: { state, pauseReason: pause?.reason ?? null, cancelledBy: cancel?.by ?? null, failure },
  };
}

const isNews = (before: RunNode | undefined, after: RunNode): boolean =>
  !before || before.phase !== after.phase || before.operationId !== after.operationId;

function nodeEvent({ name, uid, phase, operationId, failure, canary }: RunNode): NewMaintenanceEvent {
  const message = failure ? `${name} ${phase}: ${failure.message}` : `${name} ${phase}`;
  return { type: 'NODE', message, data: { node: name, nodeUid: uid, phase, operationId, failure, canary } };
}
