import type { ActorType } from '../../../../kernel/actor.js';
import type { AccessAction } from '../../domain/access-action.js';
import type { AccessResource } from '../../domain/access-resource.js';
import type { RolesInEffect } from '../../domain/roles-in-effect.js';

export interface PolicyQuestion extends RolesInEffect {
  actorType: ActorType;
  action: AccessAction;
  resourceType: AccessResource['type'];
}

export interface PolicyAnswer {
  allowed: boolean;
  /** Policies that determined it, sorted; empty when none matched. */
  policyIds: string[];
}

/** Decides by policies on roles in effect. Answers depend on the question alone, so they may be kept. */
export abstract class PolicyEngine {
  abstract answer(question: PolicyQuestion): PolicyAnswer;
}
