import { Module } from '@nestjs/common';
import { AdvanceRequests } from './application/advance-requests.service.js';
import { ApprovalSubjects } from './application/approval-subjects.service.js';
import { AskApproval } from './application/ask-approval.service.js';
import { BreakGlass } from './application/break-glass.service.js';
import { DecideRequest } from './application/decide-request.service.js';
import { FollowExecution } from './application/follow-execution.service.js';
import { GovernApprovals } from './application/govern-approvals.service.js';
import { ManageDelegations } from './application/manage-delegations.service.js';
import { Participants } from './application/participants.service.js';
import { ApprovalRepository } from './application/ports/approval-repository.port.js';
import { DelegationRepository } from './application/ports/delegation-repository.port.js';
import { GovernanceRepository } from './application/ports/governance-repository.port.js';
import { ReadRequests } from './application/read-requests.service.js';
import { RefreshRequest } from './application/refresh-request.service.js';
import { RequestAccess } from './application/request-access.service.js';
import { RequestFeed } from './application/request-feed.service.js';
import { ReviewRequests } from './application/review-requests.service.js';
import { ScheduleRequests } from './application/schedule-requests.service.js';
import { StartApproved } from './application/start-approved.service.js';
import { WatchDeadlines } from './application/watch-deadlines.service.js';
import { PostgresApprovalRepository } from './infra/postgres-approval.repository.js';
import { PostgresDelegationRepository } from './infra/postgres-delegation.repository.js';
import { PostgresGovernanceRepository } from './infra/postgres-governance.repository.js';

const services = [
  GovernApprovals,
  ApprovalSubjects,
  AskApproval,
  BreakGlass,
  DecideRequest,
  ReadRequests,
  RefreshRequest,
  RequestAccess,
  RequestFeed,
  ReviewRequests,
  ScheduleRequests,
  StartApproved,
  AdvanceRequests,
  ManageDelegations,
];

/** Use cases and adapters that API, worker and the features with something to approve share. */
@Module({
  providers: [
    ...services,
    FollowExecution,
    Participants,
    WatchDeadlines,
    { provide: ApprovalRepository, useClass: PostgresApprovalRepository },
    { provide: DelegationRepository, useClass: PostgresDelegationRepository },
    { provide: GovernanceRepository, useClass: PostgresGovernanceRepository },
  ],
  exports: [...services, GovernanceRepository],
})
export class ApprovalsModule {}
