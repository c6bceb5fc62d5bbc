import { Module } from '@nestjs/common';
import { GovernanceController } from './api/governance.controller.js';
import { GovernanceResolver } from './api/governance.resolver.js';
import { ApprovalsModule } from './approvals.module.js';

@Module({ imports: [ApprovalsModule], controllers: [GovernanceController], providers: [GovernanceResolver] })
export class ApprovalsApiModule {}
