import { Global, Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/index.js';
import { ClustersModule } from '../clusters/index.js';
import { ActiveOperations } from '../nodes/index.js';
import { AnswerOperation } from './api/answer-operation.service.js';
import { DrainPlanResolver } from './api/drain-plan.resolver.js';
import { KubeletOperationsController } from './api/kubelet-operations.controller.js';
import { KubeletOperationsResolver } from './api/kubelet-operations.resolver.js';
import { MaintenanceRunsController } from './api/maintenance-runs.controller.js';
import { MaintenanceRunsResolver } from './api/maintenance-runs.resolver.js';
import { NodeOperationsController } from './api/node-operations.controller.js';
import { OperationApprovalLoader } from './api/operation-approval-loader.js';
import { OperationPodsLoader } from './api/operation-pods-loader.js';
import { OperationsController } from './api/operations.controller.js';
import { OperationsResolver } from './api/operations.resolver.js';
import { NoticeUncordons } from './application/notice-uncordons.service.js';
import { StoredActiveOperations } from './infra/stored-active-operations.js';
import { OperationsModule } from './operations.module.js';

/** Global for the sake of the nodes feature, which shows active operations and can't import this one. */
@Global()
@Module({
  imports: [OperationsModule, ApprovalsModule, ClustersModule],
  controllers: [NodeOperationsController, KubeletOperationsController, OperationsController, MaintenanceRunsController],
  providers: [
    AnswerOperation,
    OperationsResolver,
    KubeletOperationsResolver,
    DrainPlanResolver,
    OperationPodsLoader,
    OperationApprovalLoader,
    MaintenanceRunsResolver,
    NoticeUncordons,
    { provide: ActiveOperations, useClass: StoredActiveOperations },
  ],
  exports: [ActiveOperations, AnswerOperation],
})
export class OperationsApiModule {}
