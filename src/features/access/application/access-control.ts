import type { Actor, Caller } from '../../../kernel/actor.js';
import type { DomainError } from '../../../kernel/domain-error.js';
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

/** How a thing hides from those who may not see it. */
export interface Hiding {
  /** Whoever may do this with it may know that it exists. */
  readonly seenBy: AccessAction;
  /** What is told of one that does not exist. */
  readonly absent: DomainError;
}

/** Decides by Cedar policies, deny by default. Decisions are synchronous and take well under a millisecond. */
export abstract class AccessControl {
  /** The decision alone: no audit event, nothing thrown. */
  abstract decide(actor: Actor, action: AccessAction, resource: AccessResource): AccessDecision;

  /**
   * The decision that guards a use case: a denial is audited, then thrown. What the caller may not even see is denied in
   * the words for what does not exist, so that nothing can be probed from outside of a scope; the trail holds the reason.
   *
   * Ask before the cluster is asked for anything. Of a node that turns out to be absent, ask with empty labels: then
   * whoever may not see the nodes there gets the same answer, with the same record, in about the same time.
   * @param hiding of things that are no cluster and no node themselves: an operation, a pod
   * @throws DomainError FORBIDDEN with `policyIds` and the reason; CLUSTER_NOT_FOUND, NODE_NOT_FOUND or `hiding.absent`
   */
  abstract require(
    caller: Caller,
    action: AccessAction,
    resource: AccessResource,
    hiding?: Hiding,
  ): Promise<AccessDecision>;

  /**
   * The decision before a cluster is asked for anything, with the action that it is asked for: whoever may see nothing
   * there learns neither that the cluster is known nor that it is away.
   * @throws DomainError CLUSTER_NOT_FOUND
   */
  abstract requireCluster(caller: Caller, action: AccessAction, cluster: string): Promise<void>;

  /** The members that `decide` would allow, in order: lists show exactly what single reads would. */
  abstract filter<T>(
    actor: Actor,
    action: AccessAction,
    items: readonly T[],
    resourceOf: (item: T) => AccessResource,
  ): T[];
}
