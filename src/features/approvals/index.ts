export { approvalSummaryDto } from './api/approval-request.mapper.js';
export { ApprovalStatusEnum, BreakGlassVerdictEnum, ReviewDecisionEnum } from './api/dto/approval-enums.dto.js';
export { ApprovalRuleDemandDto, ApprovalSummaryDto } from './api/dto/approval-request.dto.js';
export {
  ChangeParticipantDto,
  ChangeQuorumDto,
  ChangeReviewDto,
  MissingApprovalDto,
} from './api/dto/review.dto.js';
export { etagOf, versionOf } from './api/if-match.js';
export { participantDto, reviewDto } from './api/review.mapper.js';
export type { ApprovalRecord } from './application/approval-record.js';
export {
  type ApprovalSubjectOwner,
  ApprovalSubjects,
  type PresentSubject,
  type SubjectFailure,
} from './application/approval-subjects.service.js';
export { AskApproval, type RuleDemand } from './application/ask-approval.service.js';
export { BreakGlassDebts } from './application/break-glass-debts.service.js';
export { ADVANCE_REQUEST_JOB, subjectEndedJob } from './application/decide-request.service.js';
export { GovernanceWatchers } from './application/governance-watchers.service.js';
export { Participants } from './application/participants.service.js';
export { REQUEST_CURSORS } from './application/ports/approval-repository.port.js';
export { GovernanceRepository } from './application/ports/governance-repository.port.js';
export { ReadRequests } from './application/read-requests.service.js';
export { isDenial, rejectionError } from './application/rejection-error.js';
export { type RequestSource, RequestSources } from './application/request-sources.service.js';
export { ReviewRequests } from './application/review-requests.service.js';
export { ApprovalsModule } from './approvals.module.js';
export { decideApproval } from './domain/approval.machine.js';
export { approvalContentHash } from './domain/approval-content.js';
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
