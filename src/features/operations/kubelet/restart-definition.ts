import { requireRestartable } from '../../../kernel/not-possible-on-node.js';
import type { OperationDefinition, OperationSettings } from '../engine/operation-definition.js';
import { type RestartOptions, type RestartOptionsInput, restartOptionsFrom } from './restart-options.js';

export const RESTART_KUBELET = {
  type: 'RESTART_KUBELET',
  meaning: 'Restarts the kubelet, with proof that it is back.',
  steps: ['CHECK', 'RESTART', 'VERIFY'],
  right: 'node.restart-kubelet',
  options: (input: RestartOptionsInput, { nodeAgent }: OperationSettings) => restartOptionsFrom(input, nodeAgent),
  timeoutSeconds: ({ timeoutSeconds = 0 }: Partial<RestartOptions>) => timeoutSeconds,
  requirePossible: requireRestartable,
  runActions: [{ action: 'RESTART_KUBELET', meaning: 'Restarts its kubelet.', disrupts: true, afterwards: 'SETTLE' }],
} as const satisfies OperationDefinition;
