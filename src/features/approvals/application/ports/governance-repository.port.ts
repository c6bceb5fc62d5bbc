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

/** Approval policy and freeze windows; every version is kept. */
export abstract class GovernanceRepository {
  /** The version in force, or an older one. */
  abstract policy(version?: number): Promise<StoredPolicy | null>;
  /** @throws DomainError PRECONDITION_FAILED if that version exists already: someone was quicker */
  abstract addPolicy(stored: StoredPolicy): Promise<void>;
  abstract freezeWindows(): Promise<FreezeWindowSet>;
  /** @throws DomainError PRECONDITION_FAILED if that version exists already */
  abstract addFreezeWindows(set: FreezeWindowSet): Promise<void>;
}
