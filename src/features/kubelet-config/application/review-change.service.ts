import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { Idempotency } from '../../access/index.js';
import { ChangeAccess } from './change-access.service.js';
import type { ChangeRecord } from './change-record.js';
import { ChangeStores } from './change-stores.service.js';

export interface ReviewInput {
  decision: 'APPROVE' | 'REJECT' | 'COMMENT';
  /** What the reviewer saw; needed to approve or reject. */
  contentHash?: string | undefined;
  comment?: string | undefined;
}

/** What other people say about a change. */
@Injectable()
export class ReviewChange {
  constructor(
    private readonly stores: ChangeStores,
    private readonly access: ChangeAccess,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws DomainError REVIEW_NOT_ALLOWED, CONFLICT for content that is not the present one, CHANGE_STATE_CONFLICT */
  async review(caller: Caller, id: string, input: ReviewInput, idempotencyKey?: string): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    const { decision, contentHash, comment } = input;
    const action = decision === 'COMMENT' ? 'kubelet-config-change.read' : 'kubelet-config-change.review';
    const policyIds = await this.access.require(caller, action, known);
    if (decision === 'COMMENT' && !comment) {
      throw invalidInput([{ pointer: '/comment', code: 'REQUIRED', message: 'is required for a comment' }]);
    }
    if (decision !== 'COMMENT' && !contentHash) {
      throw invalidInput([
        { pointer: '/contentHash', code: 'REQUIRED', message: 'is required: a review binds to content' },
      ]);
    }
    const by = await this.access.reviewer(caller.actor);
    const event =
      decision === 'COMMENT'
        ? { type: 'COMMENTED' as const, by, text: comment ?? '' }
        : { type: 'REVIEWED' as const, by, decision, contentHash: contentHash ?? '', ...(comment ? { comment } : {}) };
    await this.idempotency.run(caller, idempotencyKey, { useCase: 'reviewChange', id, ...input }, async () => {
      await this.stores.decide.apply(caller, id, { action, policyIds, reason: comment }, () => ({ event }));
      return { id };
    });
    return this.stores.get(id);
  }

  /** The review that is owed after somebody broke the glass. */
  async reviewBreakGlass(
    caller: Caller,
    id: string,
    { verdict, comment }: { verdict: 'ACCEPTED' | 'DISPUTED'; comment: string },
  ): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    const action = 'kubelet-config-change.review';
    const policyIds = await this.access.require(caller, action, known);
    const by = await this.access.reviewer(caller.actor);
    await this.stores.decide.apply(caller, id, { action, policyIds, reason: comment }, () => ({
      event: { type: 'BREAK_GLASS_REVIEWED', by, verdict, comment },
    }));
    return this.stores.get(id);
  }
}
