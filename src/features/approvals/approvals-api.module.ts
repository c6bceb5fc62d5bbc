import { Module } from '@nestjs/common';
import { ApprovalEntities } from './api/approval-entities.js';
import { ApprovalRequestsController } from './api/approval-requests.controller.js';
import { ApprovalRequestsResolver } from './api/approval-requests.resolver.js';
import { DelegationsController } from './api/delegations.controller.js';
import { DelegationsResolver } from './api/delegations.resolver.js';
import { GovernanceController } from './api/governance.controller.js';
import { GovernanceResolver } from './api/governance.resolver.js';
import { ApprovalsModule } from './approvals.module.js';

@Module({
  imports: [ApprovalsModule],
  controllers: [GovernanceController, ApprovalRequestsController, DelegationsController],
  providers: [ApprovalEntities, GovernanceResolver, ApprovalRequestsResolver, DelegationsResolver],
})
export class ApprovalsApiModule {}
