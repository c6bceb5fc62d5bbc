import { Injectable } from '@nestjs/common';
import { StartupError } from '../../../kernel/startup-error.js';
import type { AccessAction } from '../../access/index.js';
import type { ResolvedTarget } from '../domain/approval-content.js';
import type { ApprovalKind, ApprovalSubject, SubjectNode } from '../domain/approval-policy.js';
import type { ApprovalRecord } from './approval-record.js';

export interface SubjectFailure {
  readonly code: string;
  readonly message: string;
}

/** What would be executed now, or why it can't be any more. */
export type PresentSubject =
  | {
      readonly nodes: SubjectNode[];
      readonly targets: ResolvedTarget[];
      /** As it would be asked for now. */
      readonly covers?: ApprovalSubject['covers'];
      readonly over?: undefined;
    }
  | { readonly over: SubjectFailure };

/** A feature whose things wait for approval. */
export interface ApprovalSubjectOwner {
  readonly kind: ApprovalKind;
  /** The right to do the thing itself, on each of its nodes. */
  readonly executeAction: AccessAction;
  /** Read live, and with the author's rights of today. Not called in a transaction. @throws when the cluster is away */
  present(record: ApprovalRecord): Promise<PresentSubject>;
  /** Joins the transaction that starts it. @throws DomainError OPERATION_IN_PROGRESS where something else is in the way */
  begin(record: ApprovalRecord): Promise<void>;
  /** Joins the transaction that refuses it. */
  end(record: ApprovalRecord, failure: SubjectFailure): Promise<void>;
  /** How it ended; null while it goes on. */
  outcome(record: ApprovalRecord): Promise<'SUCCEEDED' | 'FAILED' | null>;
}

/** Owners by kind, registered at start: approvals knows none of the features that use it. */
@Injectable()
export class ApprovalSubjects {
  private readonly owners = new Map<ApprovalKind, ApprovalSubjectOwner>();

  /** @throws StartupError for a kind that another one owns already */
  register(owner: ApprovalSubjectOwner): void {
    if (this.owners.has(owner.kind)) {
      throw new StartupError(`two owners claim approvals of ${owner.kind}: register one of them only`);
    }
    this.owners.set(owner.kind, owner);
  }

  of(kind: ApprovalKind): ApprovalSubjectOwner {
    const owner = this.owners.get(kind);
    if (!owner) throw new Error(`nobody owns approvals of ${kind}`);
    return owner;
  }
}
