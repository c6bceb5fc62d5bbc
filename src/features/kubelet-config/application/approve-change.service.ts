import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import {
  type ApprovalRecord,
  BreakGlass,
  type RequestBreakGlass,
  type RequestReview,
  ReviewRequests,
  ScheduleRequests,
} from '../../approvals/index.js';
import type { ChangeRecord } from './change-record.js';
import { ReadChanges } from './read-changes.service.js';

/** The steps that changes have in common with all requests, for callers who know them as changes. */
@Injectable()
export class ApproveChange {
  constructor(
    private readonly read: ReadChanges,
    private readonly reviewer: ReviewRequests,
    private readonly scheduler: ScheduleRequests,
    private readonly glass: BreakGlass,
  ) {}

  review(caller: Caller, id: string, input: RequestReview, key?: string): Promise<ChangeRecord> {
    return this.step(caller, id, () => this.reviewer.review(caller, id, input, key));
  }

  withdraw(caller: Caller, id: string, reason: string | undefined, key?: string): Promise<ChangeRecord> {
    return this.step(caller, id, () => this.reviewer.withdraw(caller, id, { reason }, key));
  }

  schedule(caller: Caller, id: string, startAt: Date, key?: string): Promise<ChangeRecord> {
    return this.step(caller, id, (request) => this.scheduler.schedule(caller, request, startAt, key));
  }

  breakGlass(caller: Caller, id: string, input: RequestBreakGlass, key?: string): Promise<ChangeRecord> {
    return this.step(caller, id, () => this.glass.start(caller, id, input, key));
  }

  reviewBreakGlass(
    caller: Caller,
    id: string,
    input: { verdict: 'ACCEPTED' | 'DISPUTED'; comment: string },
  ): Promise<ChangeRecord> {
    return this.step(caller, id, () => this.glass.review(caller, id, input));
  }

  /** What is no change, or can't be seen, is absent in the words of changes. */
  private async step(caller: Caller, id: string, take: (request: ApprovalRecord) => Promise<unknown>) {
    await take(await this.read.request(caller, id));
    return this.read.get(caller, id);
  }
}
