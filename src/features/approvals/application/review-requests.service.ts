import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { Idempotency } from '../../access/index.js';
import { participantOf, personOf } from '../domain/participant.js';
import type { ApprovalRecord } from './approval-record.js';
import { BreakGlassDebts } from './break-glass-debts.service.js';
import { DecideRequest, requestNotFound } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';
import { RequestAccess } from './request-access.service.js';

export interface RequestReview {
  decision: 'APPROVE' | 'REJECT' | 'COMMENT';
  contentHash?: string | undefined;
  comment?: string | undefined;
}

export interface RequestBreakGlass {
  reason: string;
  contentHash: string;
  freezeOverrideReason?: string | undefined;
}

/** What people say about a request, and what its author takes back. */
@Injectable()
export class ReviewRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly access: RequestAccess,
    private readonly idempotency: Idempotency,
    private readonly governance: GovernanceRepository,
    private readonly debts: BreakGlassDebts,
  ) {}

  /** @throws DomainError REVIEW_NOT_ALLOWED, CONFLICT for content that is not the present one, CHANGE_STATE_CONFLICT */
  async review(caller: Caller, id: string, input: RequestReview, key?: string): Promise<ApprovalRecord> {
    const { decision, contentHash, comment } = input;
    const known = await this.get(id);
    const action = decision === 'COMMENT' ? 'operation.read' : 'operation.review';
    const policyIds = await this.access.require(caller, action, known);
    if (decision === 'COMMENT' && !comment) {
      throw invalidInput([{ pointer: '/comment', code: 'REQUIRED', message: 'is required for a comment' }]);
    }
    if (decision !== 'COMMENT' && !contentHash) {
      const message = 'is required: a review binds to content';
      throw invalidInput([{ pointer: '/contentHash', code: 'REQUIRED', message }]);
    }
    const by = await this.access.reviewer(caller.actor);
    const words = comment ? { comment } : {};
    const asked = { useCase: 'reviewApprovalRequest', id, ...input };
    await this.idempotency.run(caller, key, asked, async () => {
      await this.decide.apply(caller, id, { action, policyIds, reason: comment }, () =>
        decision === 'COMMENT'
          ? { type: 'COMMENTED', by, text: comment ?? '' }
          : { type: 'REVIEWED', by, decision, contentHash: contentHash ?? '', ...words },
      );
      return { id };
    });
    return this.get(id);
  }

  /** By the author, by whoever may write policies, or (`permitted`) by whoever may cancel the subject. */
  async withdraw(
    caller: Caller,
    id: string,
    { reason, permitted = false }: { reason?: string | undefined; permitted?: boolean },
    key?: string,
  ): Promise<ApprovalRecord> {
    const known = await this.get(id);
    const action = 'operation.read';
    const policyIds = await this.access.require(caller, action, known);
    const by = participantOf(caller.actor);
    const may = permitted || this.access.allowsSystem(caller.actor, 'approval-policy.write');
    const asked = { useCase: 'withdrawApprovalRequest', id, reason: reason ?? null };
    await this.idempotency.run(caller, key, asked, async () => {
      await this.decide.apply(caller, id, { action, policyIds, reason }, () => ({
        type: 'WITHDRAWN',
        by,
        permitted: may,
        ...(reason === undefined ? {} : { reason }),
      }));
      return { id };
    });
    return this.get(id);
  }

  /** One permitted person starts it now; a review falls due. @throws DomainError OPERATION_IN_PROGRESS, FREEZE_WINDOW */
  async breakGlass(caller: Caller, id: string, input: RequestBreakGlass, key?: string): Promise<ApprovalRecord> {
    const known = await this.get(id);
    const action = 'operation.break-glass';
    const policyIds = await this.access.require(caller, action, known);
    const { reason, contentHash, freezeOverrideReason } = input;
    const by = participantOf(caller.actor);
    const { windows } = await this.governance.freezeWindows();
    const permitted = this.access.allows(caller.actor, 'freeze-window.override', known);
    const override = freezeOverrideReason ? { freezeOverride: { permitted, reason: freezeOverrideReason } } : {};
    await this.idempotency.run(caller, key, { useCase: 'breakGlassApprovalRequest', id, ...input }, async () => {
      await this.decide.apply(caller, id, { action, policyIds, reason }, async (_record, now) => ({
        type: 'BREAK_GLASS',
        by,
        permitted: true,
        reason,
        contentHash,
        hasOverdueReview: await this.debts.isOverdue(personOf(by), now, id),
        freezeWindows: windows,
        ...override,
      }));
      return { id };
    });
    return this.get(id);
  }

  async reviewBreakGlass(
    caller: Caller,
    id: string,
    { verdict, comment }: { verdict: 'ACCEPTED' | 'DISPUTED'; comment: string },
  ): Promise<ApprovalRecord> {
    const action = 'operation.review';
    const policyIds = await this.access.require(caller, action, await this.get(id));
    const by = await this.access.reviewer(caller.actor);
    await this.decide.apply(caller, id, { action, policyIds, reason: comment }, () => ({
      type: 'BREAK_GLASS_REVIEWED',
      by,
      verdict,
      comment,
    }));
    return this.get(id);
  }

  private async get(id: string): Promise<ApprovalRecord> {
    const found = await this.requests.find(id);
    if (!found) throw requestNotFound(id);
    return found;
  }
}
