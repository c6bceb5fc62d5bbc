import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../../kernel/actor.js';
import { type AccessAction, AccessControl, type AccessResource } from '../../access/index.js';
import { type Participant, Participants } from '../../approvals/index.js';

type Target = { node: string; labels: Record<string, string> };

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

  /** @returns ids of the policies that decided. @throws DomainError FORBIDDEN for the first node that is out of reach */
  async require(caller: Caller, action: AccessAction, cluster: string, targets: readonly Target[]): Promise<string[]> {
    const resources = targets.map((target) => resourceOf(cluster, target));
    const allowed = new Set(this.access.filter(caller.actor, action, resources, (resource) => resource));
    const decisive = resources.find((resource) => !allowed.has(resource)) ?? resources[0];
    return (await this.access.require(caller, action, decisive ?? { type: 'Cluster', cluster })).policyIds;
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
