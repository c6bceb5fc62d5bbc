import { Injectable } from '@nestjs/common';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { EventLog } from '../../../platform/postgres/event-log.js';
import type { ApprovalKind } from '../domain/approval-policy.js';
import type { ApprovalRecord, ApprovalRequestEvent } from './approval-record.js';
import { type ApprovalFilter, ApprovalRepository, REQUEST_CURSORS } from './ports/approval-repository.port.js';

/** Requests of one kind that another feature keeps; they are read here with all others, and moved on there. */
export interface RequestSource {
  readonly kind: ApprovalKind;
  readonly log: EventLog<ApprovalRequestEvent>;
  find(id: string): Promise<ApprovalRecord | null>;
  /** Newest first. */
  list(filter: Omit<ApprovalFilter, 'kind'>, page: PageRequest): Promise<ApprovalRecord[]>;
}

/** All requests, wherever they are kept. */
@Injectable()
export class RequestSources {
  private readonly others: RequestSource[] = [];

  constructor(private readonly own: ApprovalRepository) {}

  register(source: RequestSource): void {
    this.others.push(source);
  }

  async find(id: string): Promise<ApprovalRecord | null> {
    const own = await this.own.find(id);
    if (own) return own;
    for (const other of this.others) {
      const found = await other.find(id);
      if (found) return found;
    }
    return null;
  }

  logOf({ kind }: ApprovalRecord): EventLog<ApprovalRequestEvent> {
    return (this.others.find((other) => other.kind === kind) ?? this.own).log;
  }

  /** Newest first: ids are in order of time, also across sources. */
  async list(filter: ApprovalFilter, page: PageRequest): Promise<Page<ApprovalRecord>> {
    const more = { ...page, first: page.first + 1 };
    const { kind: kinds, ...same } = filter;
    const isWanted = (kind: ApprovalKind) => !kinds?.length || kinds.includes(kind);
    const found = await Promise.all([
      this.own.list(filter, more).then(({ items }) => items),
      ...this.others.filter(({ kind }) => isWanted(kind)).map((other) => other.list(same, more)),
    ]);
    const newestFirst = found.flat().sort((a, b) => (a.id < b.id ? 1 : -1));
    return REQUEST_CURSORS.page(newestFirst.slice(0, more.first), page.first, ({ id }) => [id]);
  }
}
