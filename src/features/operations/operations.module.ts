import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApprovalSubjects, ApprovalsModule } from '../approvals/index.js';
import { CancelOperation } from './application/cancel-operation.service.js';
import { EndedOperations } from './application/ended-operations.service.js';
import { FollowOperation } from './application/follow-operation.service.js';
import { RevertBook } from './application/kubelet/revert-book.service.js';
import { KubeletOperations } from './application/kubelet-operations.service.js';
import { ControlMaintenanceRun } from './application/maintenance/control-maintenance-run.service.js';
import { MaintenanceAccess } from './application/maintenance/maintenance-access.service.js';
import { MaintenanceStores } from './application/maintenance/maintenance-stores.service.js';
import { ReadMaintenanceRuns } from './application/maintenance/read-maintenance-runs.service.js';
import { RunApprovals } from './application/maintenance/run-approvals.service.js';
import { StartMaintenanceRun } from './application/maintenance/start-maintenance-run.service.js';
import { MakeDrainPlan } from './application/make-drain-plan.service.js';
import { NewOperation } from './application/new-operation.service.js';
import { NodeOperations } from './application/node-operations.service.js';
import { OperationApprovals } from './application/operation-approvals.service.js';
import { OperationFeed } from './application/operation-feed.service.js';
import { OperationStores } from './application/operation-stores.service.js';
import { DrainGateway } from './application/ports/drain-gateway.port.js';
import { DrainPlanStore } from './application/ports/drain-plan-store.port.js';
import { KubeletGateway } from './application/ports/kubelet-gateway.port.js';
import { MaintenanceGateway } from './application/ports/maintenance-gateway.port.js';
import { MaintenanceRunRepository } from './application/ports/maintenance-run-repository.port.js';
import { NodeAgentGateway } from './application/ports/node-agent-gateway.port.js';
import { NodeGateway } from './application/ports/node-gateway.port.js';
import { OperationRepository } from './application/ports/operation-repository.port.js';
import { PlanGateway } from './application/ports/plan-gateway.port.js';
import { VerbosityReverts } from './application/ports/verbosity-reverts.port.js';
import { ReadOperations } from './application/read-operations.service.js';
import { StartOperation } from './application/start-operation.service.js';
import { DrainPlanEntity } from './infra/drain-plan.entity.js';
import { KubernetesDrainGateway } from './infra/kubernetes-drain-gateway.js';
import { KubernetesKubeletGateway } from './infra/kubernetes-kubelet-gateway.js';
import { KubernetesMaintenanceGateway } from './infra/kubernetes-maintenance-gateway.js';
import { KubernetesNodeAgentGateway } from './infra/kubernetes-node-agent-gateway.js';
import { KubernetesNodeGateway } from './infra/kubernetes-node-gateway.js';
import { KubernetesPlanGateway } from './infra/kubernetes-plan-gateway.js';
import { MaintenanceRunEntity } from './infra/maintenance-run.entity.js';
import { MaintenanceRunNodeEntity } from './infra/maintenance-run-node.entity.js';
import { OperationEntity } from './infra/operation.entity.js';
import { OperationPodEntity } from './infra/operation-pod.entity.js';
import { PostgresVerbosityReverts } from './infra/postgres-verbosity-reverts.js';
import { SharedBudgetWatches } from './infra/shared-budget-watches.js';
import { TypeormDrainPlanStore } from './infra/typeorm-drain-plan-store.js';
import { TypeormMaintenanceRunRepository } from './infra/typeorm-maintenance-run.repository.js';
import { TypeormOperationRepository } from './infra/typeorm-operation.repository.js';

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
  OperationStores,
  OperationApprovals,
  { provide: OperationRepository, useClass: TypeormOperationRepository },
  { provide: NodeGateway, useClass: KubernetesNodeGateway },
  { provide: DrainGateway, useClass: KubernetesDrainGateway },
  { provide: NodeAgentGateway, useClass: KubernetesNodeAgentGateway },
  { provide: KubeletGateway, useClass: KubernetesKubeletGateway },
  { provide: PlanGateway, useClass: KubernetesPlanGateway },
  { provide: DrainPlanStore, useClass: TypeormDrainPlanStore },
  MakeDrainPlan,
  MaintenanceAccess,
  MaintenanceStores,
  StartMaintenanceRun,
  RunApprovals,
  ControlMaintenanceRun,
  ReadMaintenanceRuns,
  { provide: MaintenanceRunRepository, useClass: TypeormMaintenanceRunRepository },
  { provide: MaintenanceGateway, useClass: KubernetesMaintenanceGateway },
];

/** Use cases and adapters that API and worker share. */
@Module({
  imports: [
    ApprovalsModule,
    TypeOrmModule.forFeature([
      OperationEntity,
      OperationPodEntity,
      DrainPlanEntity,
      MaintenanceRunEntity,
      MaintenanceRunNodeEntity,
    ]),
  ],
  providers: [...services, SharedBudgetWatches],
  exports: services.map((service) => ('provide' in service ? service.provide : service)),
})
export class OperationsModule {
  constructor(
    subjects: ApprovalSubjects,
    operations: OperationApprovals,
    runs: RunApprovals,
    ended: EndedOperations,
    reverts: RevertBook,
  ) {
    for (const owner of operations.owners()) subjects.register(owner);
    subjects.register(runs);
    ended.register('SET_VERBOSITY', reverts);
  }
}
