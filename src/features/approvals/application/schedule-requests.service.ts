import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Idempotency } from '../../access/index.js';
import { participantOf } from '../domain/participant.js';
import type { ApprovalRecord } from './approval-record.js';
import { DecideRequest } from './decide-request.service.js';
import { RequestAccess } from './request-access.service.js';

/** When something starts that is approved, or will be. */
@Injectable()
export class ScheduleRequests {
  constructor(
    private readonly decide: DecideRequest,
    private readonly access: RequestAccess,
    private readonly idempotency: Idempotency,
  ) {}

  /** Not before `startAt`. Needs the right to do the thing itself, on each node. @throws DomainError VALIDATION_FAILED, CHANGE_STATE_CONFLICT */
  async schedule(caller: Caller, known: ApprovalRecord, startAt: Date, key?: string): Promise<void> {
    const { id } = known;
    const { execute: action } = this.access.rightsTo(known);
    const policyIds = await this.access.require(caller, action, known);
    const by = participantOf(caller.actor);
    const asked = { useCase: 'scheduleApprovalRequest', id, startAt };
    await this.idempotency.run(caller, key, asked, async () => {
      const event = { type: 'SCHEDULED' as const, by, startAt: startAt.toISOString() };
      await this.decide.apply(caller, id, { action, policyIds }, () => ({ event }));
      return { id };
    });
  }
}
