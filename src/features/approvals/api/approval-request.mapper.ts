import type { Caller } from '../../../kernel/actor.js';
import { historyFilter, renamed } from '../../../platform/api/history-query.dto.js';
import type { ApprovalRecord, ApprovalRequestEvent } from '../application/approval-record.js';
import type { ApprovalFilter } from '../application/ports/approval-repository.port.js';
import { expiryOf } from '../domain/approval-deadlines.js';
import { ruleReasons } from '../domain/approval-policy.js';
import { quorumStatus } from '../domain/approval-preview.js';
import type {
  ApprovalRequestDto,
  ApprovalRequestEventDto,
  ApprovalRequestsQuery,
  ApprovalSummaryDto,
} from './dto/approval-request.dto.js';
import { participantDto, reviewDto } from './review.mapper.js';

export function approvalSummaryDto({ id, approval, held }: ApprovalRecord): ApprovalSummaryDto {
  const { status, contentHash, scheduledFor } = approval;
  const waits = status === 'PENDING' || status === 'APPROVED' || status === 'SCHEDULED';
  const { missing } = quorumStatus(approval);
  return {
    id,
    status,
    contentHash,
    missing,
    held,
    scheduledFor: scheduledFor === null ? null : new Date(scheduledFor),
    expiresAt: waits ? expiryOf(approval) : null,
  };
}

export function approvalFilter(query: ApprovalRequestsQuery, caller: Caller): ApprovalFilter {
  return {
    ...historyFilter(query, caller),
    status: renamed(query, 'state', 'status'),
    kind: renamed(query, 'type', 'kind'),
    maintenanceRunId: query.maintenanceRun,
  };
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
    externalCorrelationId: record.externalCorrelationId,
    author: participantDto(approval.author),
    reviews: approval.reviews.map(reviewDto),
    policyVersion: approval.policy.version,
    rules: ruleReasons(approval.policy, approval.subject),
    breakGlass: approval.breakGlass,
    createdAt,
    updatedAt,
  };
}

export const eventDto = ({ seq, type, data, at }: ApprovalRequestEvent): ApprovalRequestEventDto => ({
  seq,
  type,
  data,
  at,
});
