import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import type { HistoryFilter } from '../../../kernel/history-filter.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  type ApprovalRecord,
  type ApprovalRequestEvent,
  type ApprovalStatus,
  ReadRequests,
} from '../../approvals/index.js';
import type { ChangeExplanation } from '../domain/explain/explain-change.js';
import { type ExportPlan, exportPlan } from '../domain/export/export-plan.js';
import type { PatchValidation } from '../domain/validation/validate-patch.js';
import { ChangeContents } from './change-contents.service.js';
import { type ChangeRecord, changeNotFound, changeOf } from './change-record.js';
import { ChangeContentRepository } from './ports/change-content-repository.port.js';

const PLANNED = ['APPROVED', 'SCHEDULED', 'EXECUTING', 'PAUSED', 'SUCCEEDED', 'FAILED', 'ROLLED_BACK'];
const KIND = 'KUBELET_CONFIG_CHANGE';

export interface ChangeFilter extends HistoryFilter {
  readonly status?: readonly ApprovalStatus[] | undefined;
  /** The person that the author stands for. */
  readonly author?: string | undefined;
}

export interface ExplainedChange {
  change: ChangeRecord;
  explanation: ChangeExplanation;
  validation: PatchValidation;
}

@Injectable()
export class ReadChanges {
  constructor(
    private readonly requests: ReadRequests,
    private readonly kept: ChangeContentRepository,
    private readonly contents: ChangeContents,
  ) {}

  /** @throws DomainError NOT_FOUND, also for one that the caller may not see */
  async get(caller: Caller, id: string): Promise<ChangeRecord> {
    return this.of(await this.request(caller, id));
  }

  /** Its request, which is what reviews, schedules and starts are about. @throws as get */
  request(caller: Caller, id: string): Promise<ApprovalRecord> {
    return this.requests.ofKind(caller, KIND, id, changeNotFound(id));
  }

  /** The change of a request that the caller was given already. */
  async of(request: ApprovalRecord): Promise<ChangeRecord> {
    const [change] = await this.all([request]);
    if (!change) throw changeNotFound(request.id);
    return change;
  }

  list(caller: Caller, filter: ChangeFilter, page: PageRequest): Promise<Page<ChangeRecord>> {
    return this.pageOf(this.requests.all(caller, { ...filter, kind: [KIND] }, page));
  }

  /** The changes in the inbox of an approver. */
  async reviewsRequested(caller: Caller, page: PageRequest): Promise<Page<ChangeRecord>> {
    return this.pageOf(this.requests.list(caller, { kind: [KIND], status: ['PENDING'] }, page, true));
  }

  /** What the change would do: of a draft from what runs now, later from what reviewers were shown. */
  async explain(caller: Caller, id: string): Promise<ExplainedChange> {
    const change = await this.get(caller, id);
    const seen = await this.contents.seen(change, caller.actor);
    const validation = this.contents.validate(change.spec, seen);
    return { change, validation, explanation: this.contents.explain(change.spec, seen.configs) };
  }

  /** An approved change as files and commands. @throws DomainError APPROVAL_REQUIRED */
  async plan(caller: Caller, id: string): Promise<ExportPlan> {
    const change = await this.get(caller, id);
    if (!PLANNED.includes(change.approval.status)) {
      throw new DomainError('APPROVAL_REQUIRED', `A change that is ${change.approval.status} has no plan yet.`);
    }
    const { configs } = await this.contents.seen(change, caller.actor);
    return exportPlan(change.spec.patch, this.contents.explain(change.spec, configs), configs);
  }

  async history(caller: Caller, id: string): Promise<ApprovalRequestEvent[]> {
    return this.requests.events(await this.request(caller, id));
  }

  private async pageOf(found: Promise<Page<ApprovalRecord>>): Promise<Page<ChangeRecord>> {
    const page = await found;
    return { ...page, items: await this.all(page.items) };
  }

  private async all(requests: readonly ApprovalRecord[]): Promise<ChangeRecord[]> {
    const contents = await this.kept.find(requests.map(({ id }) => id));
    return requests.flatMap((request) => {
      const content = contents.get(request.id);
      return content ? [changeOf(request, content)] : [];
    });
  }
}
