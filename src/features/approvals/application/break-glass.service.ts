import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Idempotency } from '../../access/index.js';
import { participantOf, personOf } from '../domain/participant.js';
import type { ApprovalRecord } from './approval-record.js';
import { DecideRequest } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';
import { RefreshRequest } from './refresh-request.service.js';
import { RequestAccess } from './request-access.service.js';

export interface RequestBreakGlass {
  reason: string;
  contentHash: string;
  freezeOverrideReason?: string | undefined;
}

/** Starting without approval, and the review that is due afterwards. */
@Injectable()
export class BreakGlass {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly access: RequestAccess,
    private readonly idempotency: Idempotency,
    private readonly governance: GovernanceRepository,
    private readonly refresh: RefreshRequest,
  ) {}

  /** One permitted person starts it now; a review falls due. @throws DomainError OPERATION_IN_PROGRESS, FREEZE_WINDOW, CHANGE_STALE */
  async start(caller: Caller, id: string, input: RequestBreakGlass, key?: string): Promise<ApprovalRecord> {
    const known = await this.requests.get(id);
    const { breakGlass: action } = this.access.rightsTo(known);
    const policyIds = await this.access.require(caller, action, known);
    await this.refresh.forBreakGlass(known);
    const { reason, contentHash, freezeOverrideReason } = input;
    const by = participantOf(caller.actor);
    const freezeOverride = this.access.freezeOverride(caller, known, freezeOverrideReason);
    await this.idempotency.run(caller, key, { useCase: 'breakGlassApprovalRequest', id, ...input }, async () => {
      await this.decide.apply(caller, id, { action, policyIds, reason }, async (_record, now) => ({
        event: {
          type: 'BREAK_GLASS',
          by,
          permitted: true,
          reason,
          contentHash,
          hasOverdueReview: await this.requests.hasOverdueReview(personOf(by), now, id),
          freezeWindows: (await this.governance.inForce()).freezeWindows,
          ...(freezeOverride ? { freezeOverride } : {}),
        },
      }));
      return { id };
    });
    return this.requests.get(id);
  }

  async review(
    caller: Caller,
    id: string,
    { verdict, comment }: { verdict: 'ACCEPTED' | 'DISPUTED'; comment: string },
  ): Promise<ApprovalRecord> {
    const known = await this.requests.get(id);
    const { review: action } = this.access.rightsTo(known);
    const policyIds = await this.access.require(caller, action, known);
    const by = await this.access.reviewer(caller.actor);
    await this.decide.apply(caller, id, { action, policyIds, reason: comment }, () => ({
      event: { type: 'BREAK_GLASS_REVIEWED', by, verdict, comment },
    }));
    return this.requests.get(id);
  }
}
