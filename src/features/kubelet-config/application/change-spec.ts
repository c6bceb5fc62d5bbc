import type { IntOrPercent } from '../../../kernel/int-or-percent.js';
import type { JsonObject } from '../domain/json/json-value.js';

/** How a later rollout goes over the nodes; part of what is approved. */
export interface RolloutStrategy {
  canary: number;
  maxUnavailable: IntOrPercent;
  /** `AUTO` drains where the changed fields need it. */
  drain: 'AUTO' | 'ALWAYS' | 'NEVER';
  /** How long a node must be healthy before the next one. */
  gateSeconds: number;
}

export const DEFAULT_STRATEGY: RolloutStrategy = { canary: 1, maxUnavailable: 1, drain: 'AUTO', gateSeconds: 60 };

/** The nodes that a change is about. */
export interface NodeChoice {
  cluster: string;
  /** Names, or null where the selector chooses. */
  nodes: string[] | null;
  nodeSelector: string | null;
}

/** What a change wants; reviews bind to all of it. */
export interface ChangeSpec extends NodeChoice {
  patch: JsonObject;
  strategy: RolloutStrategy;
}
