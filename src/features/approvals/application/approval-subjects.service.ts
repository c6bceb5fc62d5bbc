import { Injectable } from '@nestjs/common';
import type { DomainError } from '../../../kernel/domain-error.js';
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
      /** What differs from what was reviewed, where more than the set of nodes counts; null if nothing does. */
      readonly difference?: unknown;
      /** Why it can't start now, although nothing differs. */
      readonly blocked?: DomainError | undefined;
      readonly over?: undefined;
    }
  | { readonly over: SubjectFailure };

/** Rights, each on every node that a request aims at. */
export interface SubjectRights {
  readonly read: AccessAction;
  readonly review: AccessAction;
  /** To do the thing itself. */
  readonly execute: AccessAction;
  readonly breakGlass: AccessAction;
  /** Under which the service records what it does by itself. */
  readonly automatic: AccessAction;
}

/** What the life of a request means for things of its kind. */
export interface SubjectLife {
  /** Whether its content can be edited while people review it. What was asked for once is otherwise asked for again. */
  readonly isEditable: boolean;
  /** When its targets are no longer those under review: it ends, or it waits until somebody bases it on what is there now. */
  readonly whenStale: 'ENDS' | 'IS_REBASED';
  /** Whether approval starts it, or a person, or the time that a person set. */
  readonly starts: 'WHEN_APPROVED' | 'ON_REQUEST';
  /** How often its targets are compared while it waits; null: at its start only. */
  readonly compareTargetsEveryMs: number | null;
  readonly pausesInFreeze: boolean;
}

/** A feature whose things wait for approval. */
export interface ApprovalSubjectOwner {
  readonly kind: ApprovalKind;
  /** What audit events call it. */
  readonly resourceType: string;
  readonly rights: SubjectRights;
  readonly life: SubjectLife;
  /** Read live, and with the author's rights of today. Not called in a transaction. @throws when the cluster is away */
  present(record: ApprovalRecord): Promise<PresentSubject>;
  /** Joins the transaction that starts it. @throws DomainError OPERATION_IN_PROGRESS where something else is in the way */
  begin(record: ApprovalRecord): Promise<void>;
  /** Joins the transaction that refuses it. */
  end(record: ApprovalRecord, failure: SubjectFailure): Promise<void>;
  /** How it ended; null while it goes on. */
  outcome(record: ApprovalRecord): Promise<'SUCCEEDED' | 'FAILED' | null>;
}

/** Of what waits for approval, starts by it, and is asked for again when it can't. */
export const STARTED_BY_APPROVAL: SubjectLife = {
  isEditable: false,
  whenStale: 'ENDS',
  starts: 'WHEN_APPROVED',
  compareTargetsEveryMs: null,
  pausesInFreeze: false,
};

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

  of({ kind }: Pick<ApprovalRecord, 'kind'>): ApprovalSubjectOwner {
    const owner = this.owners.get(kind);
    if (!owner) throw new Error(`nobody owns approvals of ${kind}`);
    return owner;
  }

  /** Kinds of which a stale request still waits for something. */
  rebasedKinds(): ApprovalKind[] {
    return [...this.owners.values()].filter(({ life }) => life.whenStale === 'IS_REBASED').map(({ kind }) => kind);
  }
}
