import { DomainError } from '../../../kernel/domain-error.js';
import type { NodePlatform } from '../../../kernel/node-platform.js';
import type { ApprovalRecord } from '../../approvals/index.js';
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

/** What a change has besides its request, under whose id it is kept. */
export interface ChangeContent {
  readonly targets: readonly ChangeTarget[];
  /** For reviewers: deprecated fields and the like. */
  readonly notices: readonly ConfigViolation[];
  readonly drainFirst: boolean;
  /** The expiry that the author asked for, if any. */
  readonly wantedApprovalExpiry: Date | null;
}

/** A request to change the kubelet configuration of some nodes. */
export type ChangeRecord = Omit<ApprovalRecord, 'spec' | 'targets'> & ChangeContent & { readonly spec: ChangeSpec };

/** The parts as one. The spec is one of ours: nothing else makes requests of this kind. */
export const changeOf = (request: ApprovalRecord, content: ChangeContent): ChangeRecord => ({
  ...request,
  ...content,
  spec: request.spec as unknown as ChangeSpec,
});

export function changeNotFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no kubelet config change "${id.slice(0, 64)}".`);
}
