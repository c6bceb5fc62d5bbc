// The pure part of what other features may import.
export { type DrainOptions, type DrainOptionsInput, drainOptionsFrom } from './drain/drain-options.js';
export { drainRisk } from './drain/drain-risk.js';
export { isControlPlane, zoneOf } from './drain/node-snapshot.js';
export { isRemoval } from './drain/pod-decision.js';
export { isTerminal, type OperationFailure, type OperationState, type TerminalState } from './engine/operation.js';
export type { OperationRisk, StoredOptions } from './engine/operation-definition.js';
export { OPERATION_EVENTS_CHANNEL } from './engine/operation-events-channel.js';
export type { OperationPod } from './engine/operation-pod.js';
export type { OperationRecord } from './engine/operation-record.js';
export {
  MAINTENANCE_ACTION_MEANINGS,
  MAINTENANCE_ACTIONS,
  type MaintenanceAction,
  type OperationApprovalKind,
  type OperationType,
  rightsOf,
  runActionOf,
} from './operation-definitions.js';
