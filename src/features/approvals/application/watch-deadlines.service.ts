import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { expiryOf, isReminderDue } from '../domain/approval-deadlines.js';
import type { ApprovalRecord } from './approval-record.js';
import { ApprovalSubjects } from './approval-subjects.service.js';
import { DecideRequest } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';

/** The times of a request: until when it waits, when people are reminded of it, when it starts, when its targets are compared. */
@Injectable()
export class WatchDeadlines {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly subjects: ApprovalSubjects,
    private readonly clock: Clock,
  ) {}

  /** Ids of those that time, policies, drift or the end of their subject can move, oldest first. */
  open(): Promise<string[]> {
    return this.requests.openIds(this.subjects.rebasedKinds());
  }

  isWaiting(record: ApprovalRecord): boolean {
    const { status } = record.approval;
    if (status === 'STALE') return this.subjects.of(record).life.whenStale === 'IS_REBASED';
    return status === 'PENDING' || status === 'APPROVED' || status === 'SCHEDULED';
  }

  /** @returns whether it is over */
  async expire(record: ApprovalRecord): Promise<boolean> {
    const limit = expiryOf(record.approval);
    if (limit === null || limit > this.clock.now()) return false;
    const context = { action: this.subjects.of(record).rights.automatic };
    await this.decide.apply(SYSTEM_CALLER, record.id, context, () => ({ event: { type: 'EXPIRY_CHECKED' } }));
    return true;
  }

  /** @returns whether people were reminded, which makes another version of it */
  async remind(record: ApprovalRecord): Promise<boolean> {
    if (!isReminderDue(record.approval, record.remindedAt, this.clock.now())) return false;
    await this.decide.remind(record.id);
    return true;
  }

  isStartDue(record: ApprovalRecord): boolean {
    const { status, scheduledFor } = record.approval;
    if (status !== 'APPROVED' && status !== 'SCHEDULED') return false;
    if (scheduledFor === null) return this.subjects.of(record).life.starts === 'WHEN_APPROVED';
    return Date.parse(scheduledFor) <= this.clock.now().getTime();
  }

  isComparisonDue(record: ApprovalRecord): boolean {
    const { compareTargetsEveryMs: every } = this.subjects.of(record).life;
    const last = record.targetsCheckedAt?.getTime() ?? 0;
    return every !== null && this.clock.now().getTime() - last >= every;
  }
}
