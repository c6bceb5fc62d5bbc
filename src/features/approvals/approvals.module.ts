import { Module } from '@nestjs/common';
import { GovernApprovals } from './application/govern-approvals.service.js';
import { GovernanceWatchers } from './application/governance-watchers.service.js';
import { GovernanceRepository } from './application/ports/governance-repository.port.js';
import { PostgresGovernanceRepository } from './infra/postgres-governance.repository.js';

/** Use cases and adapters that API, worker and the features with something to approve share. */
@Module({
  providers: [
    GovernApprovals,
    GovernanceWatchers,
    { provide: GovernanceRepository, useClass: PostgresGovernanceRepository },
  ],
  exports: [GovernApprovals, GovernanceWatchers, GovernanceRepository],
})
export class ApprovalsModule {}
