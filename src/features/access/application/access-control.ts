import type { Actor, Caller } from '../../../kernel/actor.js';
import type { AccessAction } from '../domain/access-action.js';
import type { AccessResource } from '../domain/access-resource.js';

export interface AccessDecision {
  allowed: boolean;
  /** Ids of the policies that determined it, sorted; empty when nothing matched (deny by default). */
  policyIds: string[];
  /** A sentence for people: which role and scope allowed it, or what is missing. */
  reason: string;
  /** True when another node or cluster would have been allowed: the role is right, the scope isn't. */
  outOfScope: boolean;
}

/** Decides by Cedar policies, deny by default. Decisions are synchronous and take well under a millisecond. */
export abstract class AccessControl {
  /** The decision alone: no audit event, nothing thrown. */
  abstract decide(actor: Actor, action: AccessAction, resource: AccessResource): AccessDecision;

  /**
   * The decision that guards a use case: a denial is audited, then thrown.
   * @throws DomainError FORBIDDEN with `policyIds` and the reason.
   */
  abstract require(caller: Caller, action: AccessAction, resource: AccessResource): Promise<AccessDecision>;

  /** The members that `decide` would allow, in order: lists show exactly what single reads would. */
  abstract filter<T>(
    actor: Actor,
    action: AccessAction,
    items: readonly T[],
    resourceOf: (item: T) => AccessResource,
  ): T[];
}
