export { approvalRequestDto, approvalSummaryDto, eventDto as requestEventDto } from './api/approval-request.mapper.js';
export { ApprovalStatusEnum, BreakGlassVerdictEnum, ReviewDecisionEnum } from './api/dto/approval-enums.dto.js';
export { ApprovalRequestDto, ApprovalRuleDemandDto, ApprovalSummaryDto } from './api/dto/approval-request.dto.js';
export {
  ChangeParticipantDto,
  ChangeQuorumDto,
  ChangeReviewDto,
  MissingApprovalDto,
} from './api/dto/review.dto.js';
export { etagOf, versionOf } from './api/if-match.js';
export { participantDto, reviewDto } from './api/review.mapper.js';
export { streamRequest } from './api/stream-request.js';
export { AdvanceRequests } from './application/advance-requests.service.js';
export type { ApprovalRecord, ApprovalRequestEvent } from './application/approval-record.js';
export {
  type ApprovalSubjectOwner,
  ApprovalSubjects,
  type PresentSubject,
  STARTED_BY_APPROVAL,
  type SubjectFailure,
  type SubjectLife,
} from './application/approval-subjects.service.js';
export { AskApproval, type RuleDemand } from './application/ask-approval.service.js';
export { BreakGlass, type RequestBreakGlass } from './application/break-glass.service.js';
export { assertVersion, DecideRequest, subjectEndedJob } from './application/decide-request.service.js';
export { GovernanceRepository } from './application/ports/governance-repository.port.js';
export { ReadRequests } from './application/read-requests.service.js';
export { RefreshRequest } from './application/refresh-request.service.js';
export { RequestAccess } from './application/request-access.service.js';
export { RequestFeed } from './application/request-feed.service.js';
export { type RequestReview, ReviewRequests } from './application/review-requests.service.js';
export { ScheduleRequests } from './application/schedule-requests.service.js';
export { StartApproved } from './application/start-approved.service.js';
export { ApprovalsModule } from './approvals.module.js';
export { decideApproval } from './domain/approval.machine.js';
export { approvalContentHash, type ResolvedTarget } from './domain/approval-content.js';
export { expiryOf, isReminderDue, reminderOf } from './domain/approval-deadlines.js';
export type { ApprovalEffect, ApprovalEvent, FreezeOverride, Rejection } from './domain/approval-event.js';
export type { ApprovalPolicy, ApprovalSubject, BlastRadius } from './domain/approval-policy.js';
export { isReviewRequestedFrom, quorumStatus } from './domain/approval-preview.js';
export {
  APPROVAL_STATUSES,
  type ApprovalState,
  type ApprovalStatus,
  countedReviews,
  newApproval,
  type Review,
  TERMINAL_STATUSES,
} from './domain/approval-state.js';
export { activeFreezes } from './domain/freeze-window.js';
export { type Participant, participantOf, personOf } from './domain/participant.js';
