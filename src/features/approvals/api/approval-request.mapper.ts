import type { ApprovalRecord } from '../application/approval-record.js';
import { ruleReasons } from '../domain/approval-policy.js';
import { quorumStatus } from '../domain/approval-preview.js';
import type { ApprovalRequestDto, ApprovalSummaryDto } from './dto/approval-request.dto.js';
import { participantDto, reviewDto } from './review.mapper.js';

export function approvalSummaryDto({ id, approval, held }: ApprovalRecord): ApprovalSummaryDto {
  const { status, contentHash, approvalExpiresAt, executionExpiresAt } = approval;
  const limit = status === 'PENDING' ? approvalExpiresAt : status === 'APPROVED' ? executionExpiresAt : null;
  const { missing } = quorumStatus(approval);
  return { id, status, contentHash, missing, held, expiresAt: limit === null ? null : new Date(limit) };
}

export function approvalRequestDto(record: ApprovalRecord): ApprovalRequestDto {
  const { kind, cluster, subjectId, spec, reason, ticket, approval, createdAt, updatedAt } = record;
  return {
    ...approvalSummaryDto(record),
    kind,
    cluster,
    nodes: approval.subject.nodes.map(({ node }) => node),
    subjectId,
    spec,
    risk: approval.subject.risk,
    reason,
    ticket,
    author: participantDto(approval.author),
    reviews: approval.reviews.map(reviewDto),
    policyVersion: approval.policy.version,
    rules: ruleReasons(approval.policy, approval.subject),
    breakGlass: approval.breakGlass,
    createdAt,
    updatedAt,
  };
}
