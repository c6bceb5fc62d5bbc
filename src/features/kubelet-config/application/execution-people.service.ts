import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Idempotency, ResolveActors } from '../../access/index.js';
import { countedReviews, type FreezeOverride, type Participant } from '../../approvals/index.js';
import { ChangeAccess } from './change-access.service.js';
import type { ChangeRecord } from './change-record.js';

/** Rights of those who execute, and the reviewers as they are today. */
@Injectable()
export class ExecutionPeople {
  constructor(
    private readonly access: ChangeAccess,
    private readonly actors: ResolveActors,
    private readonly idempotency: Idempotency,
  ) {}

  requireExecute(caller: Caller, change: ChangeRecord): Promise<string[]> {
    return this.access.require(caller, 'kubelet-config-change.execute', change);
  }

  requireBreakGlass(caller: Caller, change: ChangeRecord): Promise<string[]> {
    return this.access.require(caller, 'kubelet-config-change.break-glass', change);
  }

  override(caller: Caller, { spec, targets }: ChangeRecord, reason: string | undefined): FreezeOverride | undefined {
    if (reason === undefined) return undefined;
    return { permitted: this.access.allows(caller.actor, 'freeze-window.override', spec.cluster, targets), reason };
  }

  once<T>(caller: Caller, key: string | undefined, asked: unknown, work: () => Promise<T>): Promise<T> {
    // Without a key there is no transaction around: what the targets turned out to be is kept even if the start is refused.
    return key === undefined ? work() : this.idempotency.run(caller, key, asked, work);
  }

  /** Who scheduled a change must still have the right when its time comes; a schedule outlives credentials. */
  async mayStillStart({ spec, targets }: ChangeRecord, scheduler: string | undefined): Promise<boolean> {
    const actor = scheduler === undefined ? null : await this.actors.find(scheduler);
    // Undefined: no directory knows such actors, and the right was checked when it was scheduled.
    if (actor === undefined) return true;
    return actor !== null && this.access.allows(actor, 'kubelet-config-change.execute', spec.cluster, targets);
  }

  /** Whoever lost the group, the right to review or the account no longer counts. */
  async today({ approval, spec, targets }: ChangeRecord): Promise<Participant[]> {
    const found: Participant[] = [];
    for (const { reviewer } of countedReviews(approval)) {
      const actor = await this.actors.find(reviewer.actorId);
      if (actor === undefined) found.push(await this.access.reviewerToday(reviewer));
      else if (actor && this.access.allows(actor, 'kubelet-config-change.review', spec.cluster, targets)) {
        const same = { ...actor, ...(reviewer.onBehalfOf ? { onBehalfOf: reviewer.onBehalfOf } : {}) };
        found.push(await this.access.reviewer(same));
      }
    }
    return found;
  }
}
