import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../../kernel/actor.js';
import type { DomainError } from '../../../kernel/domain-error.js';
import { type AccessAction, AccessControl, type AccessResource, ResolveActors } from '../../access/index.js';
import type { FreezeOverride } from '../domain/approval-event.js';
import { countedReviews } from '../domain/approval-state.js';
import type { Participant } from '../domain/participant.js';
import { type ApprovalRecord, requestNotFound } from './approval-record.js';
import { ApprovalSubjects, type SubjectRights } from './approval-subjects.service.js';
import { Participants } from './participants.service.js';

type AimedRequest = Pick<ApprovalRecord, 'id' | 'kind' | 'cluster' | 'approval'>;

/** Access to a request is access to every node that it aims at. */
@Injectable()
export class RequestAccess {
  constructor(
    private readonly access: AccessControl,
    private readonly actors: ResolveActors,
    private readonly participants: Participants,
    private readonly subjects: ApprovalSubjects,
  ) {}

  rightsTo(record: AimedRequest): SubjectRights {
    return this.subjects.of(record).rights;
  }

  /**
   * @param absent what those are answered who may not see each of its nodes
   * @returns ids of the policies that decided. @throws DomainError FORBIDDEN, or `absent`
   */
  async require(
    caller: Caller,
    action: AccessAction,
    record: AimedRequest,
    absent: DomainError = requestNotFound(record.id),
  ): Promise<string[]> {
    const resources = resourcesOf(record);
    const hiding = { seenBy: this.rightsTo(record).read, absent };
    const denied = (what: AccessAction) =>
      resources.find((each) => !this.access.decide(caller.actor, what, each).allowed);
    // A node that is out of sight hides the request as a whole.
    const decisive = denied(hiding.seenBy) ?? denied(action) ?? resources[0];
    const fallback = { type: 'Cluster', cluster: record.cluster } as const;
    return (await this.access.require(caller, action, decisive ?? fallback, hiding)).policyIds;
  }

  allows(actor: Actor, action: AccessAction, record: AimedRequest): boolean {
    const resources = resourcesOf(record);
    return this.access.filter(actor, action, resources, (resource) => resource).length === resources.length;
  }

  allowsSystem(actor: Actor, action: AccessAction): boolean {
    return this.access.decide(actor, action, { type: 'System' }).allowed;
  }

  /** Acting in a freeze window, which takes a right of its own and a reason. */
  freezeOverride(caller: Caller, record: AimedRequest, reason: string | undefined): FreezeOverride | undefined {
    if (!reason) return undefined;
    return { permitted: this.allows(caller.actor, 'freeze-window.override', record), reason };
  }

  /** Whether somebody who acted earlier has the right today. */
  async mayStill(record: AimedRequest, action: AccessAction, actorId: string | undefined): Promise<boolean> {
    const actor = actorId === undefined ? null : await this.actors.find(actorId);
    // Undefined: no directory knows such actors, and the right was checked when they acted.
    return actor === undefined || (actor !== null && this.allows(actor, action, record));
  }

  /** A reviewer, with the people for whom they stand in. */
  reviewer(actor: Actor): Promise<Participant> {
    return this.participants.of(actor);
  }

  /** The reviewers as they are today: whoever lost the group, the right to review or the account no longer counts. */
  async reviewersToday(record: AimedRequest): Promise<Participant[]> {
    const found: Participant[] = [];
    for (const { reviewer } of countedReviews(record.approval)) {
      const actor = await this.actors.find(reviewer.actorId);
      if (actor === undefined) found.push(await this.participants.today(reviewer));
      else if (actor && this.allows(actor, this.rightsTo(record).review, record)) {
        const same = { ...actor, ...(reviewer.onBehalfOf ? { onBehalfOf: reviewer.onBehalfOf } : {}) };
        found.push(await this.reviewer(same));
      }
    }
    return found;
  }
}

const resourcesOf = ({ approval }: AimedRequest): AccessResource[] =>
  approval.subject.nodes.map(({ cluster, node, labels }) => ({ type: 'Node', cluster, name: node, labels }));
