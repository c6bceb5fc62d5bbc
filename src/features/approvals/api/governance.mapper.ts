import type { FreezeWindowSet, StoredPolicy } from '../application/ports/governance-repository.port.js';
import type { ApprovalSubject } from '../domain/approval-policy.js';
import type { ApprovalPolicyDto, FreezeWindowsDto, NewApprovalPreviewDto } from './dto/governance.dto.js';

export const policyDto = ({ policy, createdBy, createdAt }: StoredPolicy): ApprovalPolicyDto => ({
  ...policy,
  createdBy,
  createdAt,
});

export const freezeWindowsDto = (set: FreezeWindowSet): FreezeWindowsDto => ({ ...set });

export const subjectOf = ({ kind, risk, nodes }: NewApprovalPreviewDto): ApprovalSubject => ({
  kind,
  risk,
  nodes: nodes.map(({ cluster, node, labels = {} }) => ({ cluster, node, labels })),
});
