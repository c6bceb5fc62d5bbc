import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { type Page, type PageRequest, visiblePage } from '../../../kernel/page.js';
import { isReviewRequestedFrom } from '../../approvals/index.js';
import type { ChangeExplanation } from '../domain/explain/explain-change.js';
import { type ExportPlan, exportPlan } from '../domain/export/export-plan.js';
import type { PatchValidation } from '../domain/validation/validate-patch.js';
import { ChangeAccess } from './change-access.service.js';
import { ChangeContents } from './change-contents.service.js';
import type { ChangeEvent, ChangeRecord } from './change-record.js';
import { ChangeStores } from './change-stores.service.js';
import type { ChangeFilter } from './ports/change-repository.port.js';

const READ = 'kubelet-config-change.read';
const PLANNED = ['APPROVED', 'SCHEDULED', 'EXECUTING', 'PAUSED', 'SUCCEEDED', 'FAILED', 'ROLLED_BACK'];

export interface ExplainedChange {
  change: ChangeRecord;
  explanation: ChangeExplanation;
  validation: PatchValidation;
}

@Injectable()
export class ReadChanges {
  constructor(
    private readonly stores: ChangeStores,
    private readonly contents: ChangeContents,
    private readonly access: ChangeAccess,
  ) {}

  /** @throws DomainError NOT_FOUND, also for one that the caller may not see */
  async get(caller: Caller, id: string): Promise<ChangeRecord> {
    const change = await this.stores.get(id);
    await this.access.require(caller, READ, change);
    return change;
  }

  list(caller: Caller, filter: ChangeFilter, page: PageRequest): Promise<Page<ChangeRecord>> {
    return this.pageOf(caller, filter, page, () => true);
  }

  /** The inbox of an approver: changes that wait for this very caller. */
  async reviewsRequested(caller: Caller, page: PageRequest): Promise<Page<ChangeRecord>> {
    const me = await this.access.reviewer(caller.actor);
    return this.pageOf(
      caller,
      { status: ['PENDING'] },
      page,
      (change) =>
        isReviewRequestedFrom(change.approval, me) &&
        this.access.allows(caller.actor, 'kubelet-config-change.review', change.spec.cluster, change.targets),
    );
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

  async history(caller: Caller, id: string, afterSeq: number, limit: number): Promise<ChangeEvent[]> {
    await this.get(caller, id);
    return this.stores.changes.log.after(id, afterSeq, limit);
  }

  private async pageOf(
    caller: Caller,
    filter: ChangeFilter,
    page: PageRequest,
    wanted: (change: ChangeRecord) => boolean,
  ): Promise<Page<ChangeRecord>> {
    return visiblePage(
      page,
      (request) => this.stores.changes.list(filter, request),
      (changes) =>
        changes.filter(
          (change) => this.access.allows(caller.actor, READ, change.spec.cluster, change.targets) && wanted(change),
        ),
    );
  }
}
