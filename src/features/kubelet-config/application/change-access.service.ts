import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../../kernel/actor.js';
import { type AccessAction, AccessControl, type AccessResource, type Hiding } from '../../access/index.js';
import { type Participant, Participants } from '../../approvals/index.js';
import { changeNotFound } from './change-record.js';

type Target = { node: string; labels: Record<string, string> };
type AimedChange = { id: string; spec: { cluster: string }; targets: readonly Target[] };

/** Access to a change is access to every node that it aims at. */
@Injectable()
export class ChangeAccess {
  constructor(
    private readonly access: AccessControl,
    private readonly participants: Participants,
  ) {}

  /** A reviewer, with the people for whom they stand in now. */
  reviewer(actor: Actor): Promise<Participant> {
    return this.participants.of(actor);
  }

  /** Who reviewed earlier, with the people for whom they stand in now. */
  reviewerToday(reviewer: Participant): Promise<Participant> {
    return this.participants.today(reviewer);
  }

  /** @returns ids of the policies that decided. @throws DomainError FORBIDDEN; NOT_FOUND for those who may not see each of its nodes */
  require(caller: Caller, action: AccessAction, { id, spec, targets }: AimedChange): Promise<string[]> {
    const hiding = { seenBy: 'kubelet-config-change.read', absent: changeNotFound(id) } as const;
    return this.requireOn(caller, action, spec.cluster, targets, hiding);
  }

  /** The same for nodes that no change aims at yet. */
  async requireOn(
    caller: Caller,
    action: AccessAction,
    cluster: string,
    targets: readonly Target[],
    hiding?: Hiding,
  ): Promise<string[]> {
    const resources = targets.map((target) => resourceOf(cluster, target));
    const denied = (what: AccessAction) =>
      resources.find((each) => !this.access.decide(caller.actor, what, each).allowed);
    // A node that is out of sight hides the change as a whole.
    const decisive = (hiding && denied(hiding.seenBy)) ?? denied(action) ?? resources[0];
    return (await this.access.require(caller, action, decisive ?? { type: 'Cluster', cluster }, hiding)).policyIds;
  }

  /** Before the cluster is asked for its nodes. */
  requireCluster(caller: Caller, action: AccessAction, cluster: string): Promise<void> {
    return this.access.requireCluster(caller, action, cluster);
  }

  /** The nodes that the actor may know of: to everybody else there are no others. */
  visible<T extends Target>(actor: Actor, cluster: string, nodes: readonly T[]): T[] {
    return this.access.filter(actor, 'node.read', nodes, (node) => resourceOf(cluster, node));
  }

  allows(actor: Actor, action: AccessAction, cluster: string, targets: readonly Target[]): boolean {
    const resources = targets.map((target) => resourceOf(cluster, target));
    if (resources.length === 0) return this.access.decide(actor, action, { type: 'Cluster', cluster }).allowed;
    return this.access.filter(actor, action, resources, (resource) => resource).length === resources.length;
  }

  /** Rights that are about the service as a whole. */
  requireSystem(caller: Caller, action: AccessAction): Promise<{ policyIds: string[] }> {
    return this.access.require(caller, action, { type: 'System' });
  }

  allowsSystem(actor: Actor, action: AccessAction): boolean {
    return this.access.decide(actor, action, { type: 'System' }).allowed;
  }
}

const resourceOf = (cluster: string, { node, labels }: Target): AccessResource => ({
  type: 'Node',
  cluster,
  name: node,
  labels,
});
