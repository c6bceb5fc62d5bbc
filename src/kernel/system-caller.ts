import type { Caller } from './actor.js';

/** The service itself, where nobody asked. */
export const SYSTEM_CALLER: Caller = {
  actor: {
    type: 'system',
    id: 'system:worker',
    displayName: 'Node Steward',
    groups: [],
    bindings: [],
    authMethod: 'internal',
  },
  request: { requestId: 'system' },
};
