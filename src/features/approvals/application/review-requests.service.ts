import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { Idempotency } from '../../access/index.js';
import { participantOf } from '../domain/participant.js';
import type { ApprovalRecord } from './approval-record.js';
import { DecideRequest } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { RequestAccess } from './request-access.service.js';

export interface RequestReview {
  decision: 'APPROVE' | 'REJECT' | 'COMMENT';
  /** What the reviewer saw; needed to approve or reject. */
  contentHash?: string | undefined;
  comment?: string | undefined;
}

/** What people say about a request, and what its author takes back. */
@Injectable()
export class ReviewRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly access: RequestAccess,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws DomainError REVIEW_NOT_ALLOWED, CONFLICT for content that is not the present one, CHANGE_STATE_CONFLICT */
  async review(caller: Caller, id: string, input: RequestReview, key?: string): Promise<ApprovalRecord> {
    const { decision, contentHash, comment } = input;
    const known = await this.requests.get(id);
    const rights = this.access.rightsTo(known);
    const action = decision === 'COMMENT' ? rights.read : rights.review;
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
      await this.decide.apply(caller, id, { action, policyIds, reason: comment }, () => ({
        event:
          decision === 'COMMENT'
            ? { type: 'COMMENTED', by, text: comment ?? '' }
            : { type: 'REVIEWED', by, decision, contentHash: contentHash ?? '', ...words },
      }));
      return { id };
    });
    return this.requests.get(id);
  }

  /** By the author, by whoever may write policies, or (`permitted`) by whoever may cancel the subject. */
  async withdraw(
    caller: Caller,
    id: string,
    { reason, permitted = false }: { reason?: string | undefined; permitted?: boolean },
    key?: string,
  ): Promise<ApprovalRecord> {
    const known = await this.requests.get(id);
    const action = this.access.rightsTo(known).read;
    const policyIds = await this.access.require(caller, action, known);
    const by = participantOf(caller.actor);
    const may = permitted || this.access.allowsSystem(caller.actor, 'approval-policy.write');
    const asked = { useCase: 'withdrawApprovalRequest', id, reason: reason ?? null };
    await this.idempotency.run(caller, key, asked, async () => {
      await this.decide.apply(caller, id, { action, policyIds, reason }, () => ({
        event: { type: 'WITHDRAWN', by, permitted: may, ...(reason === undefined ? {} : { reason }) },
      }));
      return { id };
    });
    return this.requests.get(id);
  }
}
