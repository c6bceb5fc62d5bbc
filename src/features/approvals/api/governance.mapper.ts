import type { FreezeWindowSet, StoredPolicy } from '../application/ports/governance-repository.port.js';
import type { ApprovalSubject } from '../domain/approval-policy.js';
import type { ApprovalPolicyDto, FreezeWindowsDto, NewApprovalPreviewDto } from './dto/governance.dto.js';

export const policyDto = ({ policy, createdBy, createdAt }: StoredPolicy): ApprovalPolicyDto => ({
  ...policy,
  createdBy,
  createdAt,
});

export const freezeWindowsDto = (set: FreezeWindowSet): FreezeWindowsDto => ({ ...set });

export function subjectOf({ kind, risk, nodes: named, covers }: NewApprovalPreviewDto): ApprovalSubject {
  const nodes = named.map(({ cluster, node, labels }) => ({ cluster, node, labels: labels ?? {} }));
  return { kind, risk, nodes, covers: (covers ?? []).map((each) => ({ kind: each, risk, nodes })) };
}
