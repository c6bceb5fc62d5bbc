import type { ApprovalPolicy } from '../../domain/approval-policy.js';
import type { FreezeWindow } from '../../domain/freeze-window.js';

export interface StoredPolicy {
  policy: ApprovalPolicy;
  createdBy: string;
  createdAt: Date;
}

export interface FreezeWindowSet {
  version: number;
  windows: FreezeWindow[];
  createdBy: string;
  createdAt: Date;
}

export interface Governance {
  readonly policy: ApprovalPolicy | null;
  readonly freezeWindows: readonly FreezeWindow[];
}

/** Approval policy and freeze windows; every version is kept. */
export abstract class GovernanceRepository {
  /** The version in force, or an older one. */
  abstract policy(version?: number): Promise<StoredPolicy | null>;
  /** What is in force, and stays so until the running transaction ends: for what is decided by it. */
  abstract inForce(): Promise<Governance>;
  /** Waits for those who decide by what is in force, as they wait for it. @throws DomainError PRECONDITION_FAILED if that version exists already: someone was quicker */
  abstract addPolicy(stored: StoredPolicy): Promise<void>;
  abstract freezeWindows(): Promise<FreezeWindowSet>;
  /** @throws DomainError PRECONDITION_FAILED if that version exists already */
  abstract addFreezeWindows(set: FreezeWindowSet): Promise<void>;
}
