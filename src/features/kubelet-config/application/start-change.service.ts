import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { Idempotency } from '../../access/index.js';
import { quorumStatus, RefreshRequest, RequestAccess, StartApproved } from '../../approvals/index.js';
import type { ChangeRecord } from './change-record.js';
import { ReadChanges } from './read-changes.service.js';

export interface StartInput {
  /** Acting in a freeze window needs the right and a reason. */
  freezeOverrideReason?: string | undefined;
}

/** Starts an approved change by hand. */
@Injectable()
export class StartChange {
  constructor(
    private readonly read: ReadChanges,
    private readonly access: RequestAccess,
    private readonly idempotency: Idempotency,
    private readonly refresh: RefreshRequest,
    private readonly starter: StartApproved,
  ) {}

  /**
   * Everything is checked again: content, targets, reviewers' groups, expiry, freezes.
   * @throws DomainError CHANGE_STALE, APPROVAL_REQUIRED, FREEZE_WINDOW, CHANGE_STATE_CONFLICT
   */
  async start(caller: Caller, id: string, input: StartInput, idempotencyKey?: string): Promise<ChangeRecord> {
    const known = await this.read.request(caller, id);
    const policyIds = await this.access.require(caller, 'kubelet-config-change.execute', known);
    // Outside of the transaction: what the targets turned out to be is kept even if the start is refused.
    const refreshed = await this.refresh.forStart(known);
    const freezeOverride = this.access.freezeOverride(caller, known, input.freezeOverrideReason);
    const asked = { useCase: 'startKubeletConfigChange', id, ...input };
    const { refused } = await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      const { approval } = await this.starter.start(refreshed, { caller, policyIds, freezeOverride });
      return { id, refused: approval.status !== 'EXECUTING' };
    });
    const change = await this.read.get(caller, id);
    if (!refused) return change;
    const { missing } = quorumStatus(change.approval);
    throw new DomainError('APPROVAL_REQUIRED', 'The approvals no longer meet the policy.', { extensions: { missing } });
  }
}
