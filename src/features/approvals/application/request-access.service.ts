import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../../kernel/actor.js';
import { type AccessAction, AccessControl, type AccessResource, ResolveActors } from '../../access/index.js';
import type { ApprovalKind } from '../domain/approval-policy.js';
import { countedReviews } from '../domain/approval-state.js';
import type { Participant } from '../domain/participant.js';
import type { ApprovalRecord } from './approval-record.js';
import { requestNotFound } from './decide-request.service.js';
import { Participants } from './participants.service.js';

/** The right to read a request, on each of its nodes. */
export const READ_ACTIONS: Record<ApprovalKind, AccessAction> = {
  KUBELET_CONFIG_CHANGE: 'kubelet-config-change.read',
  DRAIN: 'operation.read',
  MAINTENANCE_RUN: 'operation.read',
};

/** The right to review one. */
export const REVIEW_ACTIONS: Record<ApprovalKind, AccessAction> = {
  KUBELET_CONFIG_CHANGE: 'kubelet-config-change.review',
  DRAIN: 'operation.review',
  MAINTENANCE_RUN: 'operation.review',
};

/** Access to a request is access to every node that it aims at. */
@Injectable()
export class RequestAccess {
  constructor(
    private readonly access: AccessControl,
    private readonly actors: ResolveActors,
    private readonly participants: Participants,
  ) {}

  /** @returns ids of the policies that decided. @throws DomainError FORBIDDEN; NOT_FOUND for those who may not see each of its nodes */
  async require(caller: Caller, action: AccessAction, record: ApprovalRecord): Promise<string[]> {
    const resources = resourcesOf(record);
    const hiding = { seenBy: READ_ACTIONS[record.kind], absent: requestNotFound(record.id) };
    const denied = (what: AccessAction) =>
      resources.find((each) => !this.access.decide(caller.actor, what, each).allowed);
    // A node that is out of sight hides the request as a whole.
    const decisive = denied(hiding.seenBy) ?? denied(action) ?? resources[0];
    const fallback = { type: 'Cluster', cluster: record.cluster } as const;
    return (await this.access.require(caller, action, decisive ?? fallback, hiding)).policyIds;
  }

  allows(actor: Actor, action: AccessAction, record: ApprovalRecord): boolean {
    const resources = resourcesOf(record);
    return this.access.filter(actor, action, resources, (resource) => resource).length === resources.length;
  }

  allowsSystem(actor: Actor, action: AccessAction): boolean {
    return this.access.decide(actor, action, { type: 'System' }).allowed;
  }

  /** A reviewer, with the people for whom they stand in. */
  reviewer(actor: Actor): Promise<Participant> {
    return this.participants.of(actor);
  }

  /** The reviewers as they are today: whoever lost the group, the right to review or the account no longer counts. */
  async reviewersToday(record: ApprovalRecord): Promise<Participant[]> {
    const found: Participant[] = [];
    for (const { reviewer } of countedReviews(record.approval)) {
      const actor = await this.actors.find(reviewer.actorId);
      if (actor === undefined) found.push(await this.participants.today(reviewer));
      else if (actor && this.allows(actor, 'operation.review', record)) {
        const same = { ...actor, ...(reviewer.onBehalfOf ? { onBehalfOf: reviewer.onBehalfOf } : {}) };
        found.push(await this.reviewer(same));
      }
    }
    return found;
  }
}

const resourcesOf = ({ approval }: ApprovalRecord): AccessResource[] =>
  approval.subject.nodes.map(({ cluster, node, labels }) => ({ type: 'Node', cluster, name: node, labels }));
