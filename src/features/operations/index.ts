export { AnswerOperation } from './api/answer-operation.service.js';
export { OperationDto } from './api/dto/operation.dto.js';
export { OperationPayload } from './api/dto/operation-payloads.dto.js';
export { operationDto } from './api/operation.mapper.js';
export { CancelOperation } from './application/cancel-operation.service.js';
export { NodeSide } from './application/engine/node-side.service.js';
export { OperationFailed } from './application/engine/operation-failed.js';
export { OperationInterrupted } from './application/engine/operation-interrupted.js';
export { type OperationRunner, OperationRunners } from './application/engine/operation-runner.js';
export { OperationSession } from './application/engine/operation-session.js';
export { persistently } from './application/engine/persistently.js';
export type { SessionChange } from './application/engine/session-change.js';
export { FollowOperation } from './application/follow-operation.service.js';
export { NodeOperations, type NodeRequest } from './application/node-operations.service.js';
export type { OperationRecord } from './application/operation-record.js';
export { OperationRepository } from './application/ports/operation-repository.port.js';
export { StartOperation, type StartRequest } from './application/start-operation.service.js';
export {
  isTerminal,
  type OperationState,
  type TerminalState,
} from './domain/operation/operation.js';
export type { OperationType } from './domain/operation/operation-definitions.js';
export { OperationsModule } from './operations.module.js';
