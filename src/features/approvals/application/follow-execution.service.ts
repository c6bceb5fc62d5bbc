import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import type { ApprovalEvent } from '../domain/approval-event.js';
import { activeFreezes } from '../domain/freeze-window.js';
import type { ApprovalRecord } from './approval-record.js';
import { ApprovalSubjects } from './approval-subjects.service.js';
import { DecideRequest } from './decide-request.service.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';

/** What becomes of requests whose subjects run: they end, or a freeze begins. */
@Injectable()
export class FollowExecution {
  constructor(
    private readonly decide: DecideRequest,
    private readonly subjects: ApprovalSubjects,
    private readonly governance: GovernanceRepository,
    private readonly clock: Clock,
  ) {}

  async follow(record: ApprovalRecord): Promise<void> {
    const owner = this.subjects.of(record);
    const outcome = await owner.outcome(record);
    const event: ApprovalEvent | null = outcome ? { type: 'FINISHED', outcome } : await this.freeze(record);
    if (!event) return;
    try {
      await this.decide.apply(SYSTEM_CALLER, record.id, { action: owner.rights.automatic }, () => ({ event }));
    } catch (error) {
      // Another process was quicker.
      if (!(error instanceof DomainError) || error.code !== 'CHANGE_STATE_CONFLICT') throw error;
    }
  }

  private async freeze(record: ApprovalRecord): Promise<ApprovalEvent | null> {
    if (!this.subjects.of(record).life.pausesInFreeze) return null;
    const { windows } = await this.governance.freezeWindows();
    const [freeze] = activeFreezes(windows, [record.cluster], this.clock.now());
    return freeze ? { type: 'FREEZE_BEGAN', windowId: freeze.window.id, reason: freeze.window.reason } : null;
  }
}
