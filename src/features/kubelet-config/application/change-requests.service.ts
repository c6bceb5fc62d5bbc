import { Injectable } from '@nestjs/common';
import type { PageRequest } from '../../../kernel/page.js';
import { APPROVAL_STATUSES, type ApprovalRecord, type RequestSource } from '../../approvals/index.js';
import type { ChangeRecord } from './change-record.js';
import { type ChangeFilter, ChangeRepository } from './ports/change-repository.port.js';

/** What lists all requests shows; nobody is asked about a draft. */
const ASKED = APPROVAL_STATUSES.filter((status) => status !== 'DRAFT');

/** Changes as requests among all others: one inbox holds what waits for an approver. */
@Injectable()
export class ChangeRequests implements RequestSource {
  readonly kind = 'KUBELET_CONFIG_CHANGE';
  readonly log: RequestSource['log'];

  constructor(private readonly changes: ChangeRepository) {
    this.log = changes.log;
  }

  async find(id: string): Promise<ApprovalRecord | null> {
    const change = await this.changes.find(id);
    return change && requestOf(change);
  }

  async list({ status, ...filter }: ChangeFilter, page: PageRequest): Promise<ApprovalRecord[]> {
    const found = await this.changes.list({ ...filter, status: status?.length ? status : ASKED }, page);
    return found.items.map(requestOf);
  }
}

function requestOf({ id, version, spec, targets, ...change }: ChangeRecord): ApprovalRecord {
  const { cluster } = spec;
  const { reason, ticket, approval, remindedAt, lastSeq, createdAt, updatedAt } = change;
  const aimedAt = targets.map(({ node, uid, baseHash }) => ({ cluster, node, uid, ...(baseHash ? { baseHash } : {}) }));
  const what = { kind: 'KUBELET_CONFIG_CHANGE', cluster, subjectId: id, spec: { ...spec }, targets: aimedAt } as const;
  return { id, version, ...what, reason, ticket, approval, held: null, remindedAt, lastSeq, createdAt, updatedAt };
}
