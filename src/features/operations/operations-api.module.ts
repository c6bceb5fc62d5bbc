import { Global, Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/index.js';
import { ClustersModule } from '../clusters/index.js';
import { ActiveOperations } from '../nodes/index.js';
import { NoticeUncordons } from './cordon/notice-uncordons.service.js';
import { DrainPlanResolver } from './drain/drain-plan.resolver.js';
import { AnswerOperation } from './engine/answer-operation.service.js';
import { NodeOperationsController } from './engine/node-operations.controller.js';
import { OperationApprovalLoader } from './engine/operation-approval-loader.service.js';
import { OperationEntities } from './engine/operation-entities.service.js';
import { OperationPodsLoader } from './engine/operation-pods-loader.service.js';
import { OperationsController } from './engine/operations.controller.js';
import { OperationsResolver } from './engine/operations.resolver.js';
import { StoredActiveOperations } from './engine/stored-active-operations.adapter.js';
import { KubeletOperationsController } from './kubelet/kubelet-operations.controller.js';
import { KubeletOperationsResolver } from './kubelet/kubelet-operations.resolver.js';
import { OperationsModule } from './operations.module.js';

/** Global for the sake of the nodes feature, which shows active operations and can't import this one. */
@Global()
@Module({
  imports: [OperationsModule, ApprovalsModule, ClustersModule],
  controllers: [NodeOperationsController, KubeletOperationsController, OperationsController],
  providers: [
    AnswerOperation,
    OperationsResolver,
    KubeletOperationsResolver,
    DrainPlanResolver,
    OperationEntities,
    OperationPodsLoader,
    OperationApprovalLoader,
    NoticeUncordons,
    { provide: ActiveOperations, useClass: StoredActiveOperations },
  ],
  exports: [ActiveOperations, AnswerOperation],
})
export class OperationsApiModule {}
