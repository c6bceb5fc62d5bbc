import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApprovalSubjects, ApprovalsModule } from '../approvals/index.js';
import { DrainGateway } from './drain/drain-gateway.port.js';
import { DrainPlanEntity } from './drain/drain-plan.entity.js';
import { DrainPlanStore } from './drain/drain-plan-store.port.js';
import { KubernetesDrainGateway } from './drain/kubernetes-drain-gateway.adapter.js';
import { KubernetesPlanGateway } from './drain/kubernetes-plan-gateway.adapter.js';
import { MakeDrainPlan } from './drain/make-drain-plan.service.js';
import { PlanGateway } from './drain/plan-gateway.port.js';
import { PostgresDrainPlanStore } from './drain/postgres-drain-plan-store.adapter.js';
import { SharedBudgetWatches } from './drain/shared-budget-watches.adapter.js';
import { CancelOperation } from './engine/cancel-operation.service.js';
import { EndedOperations } from './engine/ended-operations.service.js';
import { FollowOperation } from './engine/follow-operation.service.js';
import { KubernetesNodeGateway } from './engine/kubernetes-node-gateway.adapter.js';
import { NewOperation } from './engine/new-operation.service.js';
import { NodeGateway } from './engine/node-gateway.port.js';
import { NodeOperations } from './engine/node-operations.service.js';
import { OperationEntity } from './engine/operation.entity.js';
import { OperationApprovals } from './engine/operation-approvals.service.js';
import { OperationFeed } from './engine/operation-feed.service.js';
import { OperationPodEntity } from './engine/operation-pod.entity.js';
import { OperationRepository } from './engine/operation-repository.port.js';
import { PostgresOperationRepository } from './engine/postgres-operation.repository.js';
import { ReadOperations } from './engine/read-operations.service.js';
import { StartOperation } from './engine/start-operation.service.js';
import { StoreOperation } from './engine/store-operation.service.js';
import { KubeletGateway } from './kubelet/kubelet-gateway.port.js';
import { KubeletOperations } from './kubelet/kubelet-operations.service.js';
import { KubernetesKubeletGateway } from './kubelet/kubernetes-kubelet-gateway.adapter.js';
import { KubernetesNodeAgentGateway } from './kubelet/kubernetes-node-agent-gateway.adapter.js';
import { NodeAgentGateway } from './kubelet/node-agent-gateway.port.js';
import { PostgresVerbosityReverts } from './kubelet/postgres-verbosity-reverts.adapter.js';
import { RevertBook } from './kubelet/revert-book.service.js';
import { VerbosityReverts } from './kubelet/verbosity-reverts.port.js';

const services = [
  StartOperation,
  NodeOperations,
  KubeletOperations,
  RevertBook,
  { provide: VerbosityReverts, useClass: PostgresVerbosityReverts },
  CancelOperation,
  EndedOperations,
  NewOperation,
  ReadOperations,
  FollowOperation,
  OperationFeed,
  StoreOperation,
  OperationApprovals,
  { provide: OperationRepository, useClass: PostgresOperationRepository },
  { provide: NodeGateway, useClass: KubernetesNodeGateway },
  { provide: DrainGateway, useClass: KubernetesDrainGateway },
  { provide: NodeAgentGateway, useClass: KubernetesNodeAgentGateway },
  { provide: KubeletGateway, useClass: KubernetesKubeletGateway },
  { provide: PlanGateway, useClass: KubernetesPlanGateway },
  { provide: DrainPlanStore, useClass: PostgresDrainPlanStore },
  MakeDrainPlan,
];

/** Use cases and adapters that API and worker share. */
@Module({
  imports: [ApprovalsModule, TypeOrmModule.forFeature([OperationEntity, OperationPodEntity, DrainPlanEntity])],
  providers: [...services, SharedBudgetWatches],
  exports: services.map((service) => ('provide' in service ? service.provide : service)),
})
export class OperationsModule {
  constructor(subjects: ApprovalSubjects, operations: OperationApprovals, ended: EndedOperations, reverts: RevertBook) {
    for (const owner of operations.owners()) subjects.register(owner);
    ended.register('SET_VERBOSITY', reverts);
  }
}
