import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import type { DomainError } from '../../../kernel/domain-error.js';
import { type Page, type PageRequest, visiblePage } from '../../../kernel/page.js';
import type { ApprovalKind } from '../domain/approval-policy.js';
import { isReviewRequestedFrom } from '../domain/approval-preview.js';
import type { ApprovalRecord, ApprovalRequestEvent } from './approval-record.js';
import { type ApprovalFilter, ApprovalRepository } from './ports/approval-repository.port.js';
import { RequestAccess } from './request-access.service.js';

const HISTORY_LIMIT = 1000;

@Injectable()
export class ReadRequests {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly access: RequestAccess,
  ) {}

  /** @throws DomainError NOT_FOUND, FORBIDDEN */
  async get(caller: Caller, id: string): Promise<ApprovalRecord> {
    const record = await this.requests.get(id);
    await this.access.require(caller, this.access.rightsTo(record).read, record);
    return record;
  }

  /** One that is to be of this kind. @throws DomainError FORBIDDEN, or `absent` for one that is not or can't be seen */
  async ofKind(caller: Caller, kind: ApprovalKind, id: string, absent: DomainError): Promise<ApprovalRecord> {
    const record = await this.requests.find(id);
    if (record?.kind !== kind) throw absent;
    await this.access.require(caller, this.access.rightsTo(record).read, record, absent);
    return record;
  }

  /** What was decided; what follows from it is in the stream. */
  async history(caller: Caller, id: string): Promise<ApprovalRequestEvent[]> {
    return (await this.events(await this.get(caller, id))).filter(({ type }) => type !== 'EFFECT');
  }

  /** All that its stream gives, of a request that the caller was given already. */
  events({ id }: ApprovalRecord): Promise<ApprovalRequestEvent[]> {
    return this.requests.log.after(id, 0, HISTORY_LIMIT);
  }

  /** Of subjects that the caller was given already. */
  of(ids: readonly string[]): Promise<ApprovalRecord[]> {
    return this.requests.findAll(ids);
  }

  /** Newest first, only what the caller may see; `mine`: only what waits for this very caller. */
  async list(caller: Caller, filter: ApprovalFilter, page: PageRequest, mine = false): Promise<Page<ApprovalRecord>> {
    return this.visible(caller, { ...filter, asked: !filter.status?.length }, page, mine);
  }

  /** Drafts too. */
  all(caller: Caller, filter: ApprovalFilter, page: PageRequest): Promise<Page<ApprovalRecord>> {
    return this.visible(caller, filter, page, false);
  }

  private async visible(
    caller: Caller,
    filter: ApprovalFilter,
    page: PageRequest,
    mine: boolean,
  ): Promise<Page<ApprovalRecord>> {
    const me = await this.access.reviewer(caller.actor);
    const mayDo = (right: 'read' | 'review', record: ApprovalRecord) =>
      this.access.allows(caller.actor, this.access.rightsTo(record)[right], record);
    const wanted = (record: ApprovalRecord) =>
      mayDo('read', record) && (!mine || (isReviewRequestedFrom(record.approval, me) && mayDo('review', record)));
    return visiblePage(
      page,
      (request) => this.requests.list(filter, request),
      (records) => records.filter(wanted),
    );
  }
}
