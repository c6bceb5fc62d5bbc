export { parseSamples } from './application/kubelet/parse-samples.js';
export { type ActiveOperation, ActiveOperations } from './application/ports/active-operations.port.js';
export { VisibleNodeService } from './application/visible-node.service.js';
export { NodesModule } from './nodes.module.js';
