import { DomainError } from '../../../kernel/domain-error.js';
import type { NodePlatform } from '../../../kernel/node-platform.js';
import type { ApprovalState } from '../../approvals/index.js';
import type { ReportedGates } from '../domain/fields/feature-gates.js';
import type { ConfigViolation } from '../domain/validation/violation.js';
import type { ChangeSpec } from './change-spec.js';

/** A node as it was when the change was last submitted or edited. */
export interface ChangeTarget {
  node: string;
  uid: string;
  labels: Record<string, string>;
  kubeletVersion: string;
  platform: NodePlatform;
  dropInDirectory?: string | null;
  configFile?: string;
  flags?: Record<string, string>;
  gates?: ReportedGates;
  cgroupVersion?: number;
  /** Hash of the live configuration; null while the change is a draft. */
  baseHash: string | null;
}

/** A request to change the kubelet configuration of some nodes. */
export interface ChangeRecord {
  id: string;
  /** Raised by every write; the ETag. */
  version: number;
  spec: ChangeSpec;
  reason: string;
  ticket: string | null;
  /** `history` holds only what was added since loading: what is stored is never read back to be written again. */
  approval: ApprovalState;
  targets: ChangeTarget[];
  /** For reviewers: deprecated fields and the like. */
  notices: ConfigViolation[];
  drainFirst: boolean;
  /** The expiry that the author asked for, if any. */
  wantedApprovalExpiry: Date | null;
  remindedAt: Date | null;
  driftCheckedAt: Date | null;
  lastSeq: number;
  createdAt: Date;
  updatedAt: Date;
}

/** One line of a change's history, and of its live stream. */
export interface ChangeEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
  at: Date;
}

export function changeNotFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no kubelet config change "${id.slice(0, 64)}".`);
}
