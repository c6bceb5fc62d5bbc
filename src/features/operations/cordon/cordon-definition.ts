import type { OperationDefinition } from '../engine/operation-definition.js';

export const CORDON = {
  type: 'CORDON',
  meaning: 'Makes a node unschedulable.',
  steps: ['CORDON', 'VERIFY'],
  right: 'node.cordon',
  options: () => ({}),
  timeoutSeconds: () => 0,
  // The node keeps its pods: there is nothing whose health could have changed.
  runActions: [{ action: 'CORDON', meaning: 'Makes each node unschedulable.', disrupts: false, afterwards: 'DONE' }],
} as const satisfies OperationDefinition;
