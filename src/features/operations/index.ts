export { DrainOptionsDto } from './drain/drain-options.dto.js';
export { CancelOperation } from './engine/cancel-operation.service.js';
export { OperationActorDto, OperationErrorDto } from './engine/operation.dto.js';
export { OperationFeed } from './engine/operation-feed.service.js';
export { OperationRepository } from './engine/operation-repository.port.js';
export { StartOperation } from './engine/start-operation.service.js';
export { OperationsModule } from './operations.module.js';
