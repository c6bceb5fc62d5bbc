import type { OperationDefinition } from '../engine/operation-definition.js';

export const UNCORDON = {
  type: 'UNCORDON',
  meaning: 'Makes it schedulable again.',
  steps: ['UNCORDON', 'VERIFY'],
  right: 'node.uncordon',
  options: () => ({}),
  timeoutSeconds: () => 0,
  runActions: [{ action: 'UNCORDON', meaning: 'Makes it schedulable.', disrupts: false, afterwards: 'SETTLE' }],
} as const satisfies OperationDefinition;
