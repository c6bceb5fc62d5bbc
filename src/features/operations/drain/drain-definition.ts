import type { OperationDefinition } from '../engine/operation-definition.js';
import { type DrainOptions, type DrainOptionsInput, drainOptionsFrom } from './drain-options.js';
import { drainRisk, passesOverBudgets } from './drain-risk.js';

const drains = { disrupts: true, options: 'drainOptions' } as const;

export const DRAIN = {
  type: 'DRAIN',
  meaning: 'Cordons a node and removes its pods.',
  steps: ['CORDON', 'PLAN', 'EVICT', 'WAIT_GONE', 'WAIT_DETACH', 'VERIFY'],
  right: 'node.drain',
  furtherRight: { right: 'node.drain.escalate', takenBy: passesOverBudgets },
  options: (input: DrainOptionsInput) => drainOptionsFrom(input),
  timeoutSeconds: ({ timeoutSeconds = 0 }: Partial<DrainOptions>) => timeoutSeconds,
  restoreOnFailure: ({ onFailure }: Partial<DrainOptions>) => onFailure === 'RESTORE',
  approval: { kind: 'DRAIN', risk: drainRisk },
  runActions: [
    {
      ...drains,
      action: 'DRAIN',
      meaning: 'Empties it and takes the own cordon back.',
      afterwards: 'RELEASE',
    },
    {
      ...drains,
      action: 'DRAIN_AND_HOLD',
      meaning: 'Empties it and keeps the cordon until somebody uncordons or releases it.',
      afterwards: 'HOLD',
    },
  ],
} as const satisfies OperationDefinition;
