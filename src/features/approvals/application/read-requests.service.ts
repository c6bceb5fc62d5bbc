import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { type Page, type PageRequest, visiblePage } from '../../../kernel/page.js';
import { isReviewRequestedFrom } from '../domain/approval-preview.js';
import type { ApprovalRecord, ApprovalRequestEvent } from './approval-record.js';
import { requestNotFound } from './decide-request.service.js';
import { type ApprovalFilter, ApprovalRepository } from './ports/approval-repository.port.js';
import { READ_ACTIONS, REVIEW_ACTIONS, RequestAccess } from './request-access.service.js';
import { RequestSources } from './request-sources.service.js';

const HISTORY_LIMIT = 1000;

@Injectable()
export class ReadRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly sources: RequestSources,
    private readonly access: RequestAccess,
  ) {}

  /** @throws DomainError NOT_FOUND, FORBIDDEN */
  async get(caller: Caller, id: string): Promise<ApprovalRecord> {
    const record = await this.sources.find(id);
    if (!record) throw requestNotFound(id);
    await this.access.require(caller, READ_ACTIONS[record.kind], record);
    return record;
  }

  /** One that is moved on and followed here, and not where its kind is kept. @throws DomainError NOT_FOUND, FORBIDDEN */
  async kept(caller: Caller, id: string): Promise<ApprovalRecord> {
    const record = await this.requests.find(id);
    if (!record) throw requestNotFound(id);
    await this.access.require(caller, READ_ACTIONS[record.kind], record);
    return record;
  }

  async history(caller: Caller, id: string): Promise<ApprovalRequestEvent[]> {
    const log = this.sources.logOf(await this.get(caller, id));
    // What follows from a decision is in the stream; the history is what was decided.
    return (await log.after(id, 0, HISTORY_LIMIT)).filter(({ type }) => type !== 'EFFECT');
  }

  /** Of subjects that the caller was given already. */
  of(ids: readonly string[]): Promise<ApprovalRecord[]> {
    return this.requests.findAll(ids);
  }

  /** Newest first, only what the caller may see; `mine`: only what waits for this very caller. */
  async list(caller: Caller, filter: ApprovalFilter, page: PageRequest, mine = false): Promise<Page<ApprovalRecord>> {
    const me = await this.access.reviewer(caller.actor);
    const wanted = (record: ApprovalRecord) =>
      this.access.allows(caller.actor, READ_ACTIONS[record.kind], record) &&
      (!mine ||
        (isReviewRequestedFrom(record.approval, me) &&
          this.access.allows(caller.actor, REVIEW_ACTIONS[record.kind], record)));
    return visiblePage(
      page,
      (request) => this.sources.list(filter, request),
      (records) => records.filter(wanted),
    );
  }
}
