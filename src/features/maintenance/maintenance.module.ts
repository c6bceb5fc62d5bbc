import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApprovalSubjects, ApprovalsModule } from '../approvals/index.js';
import { OperationsModule } from '../operations/index.js';
import { ControlMaintenanceRun } from './control-maintenance-run.service.js';
import { KubernetesMaintenanceGateway } from './kubernetes-maintenance-gateway.adapter.js';
import { MaintenanceAccess } from './maintenance-access.service.js';
import { MaintenanceGateway } from './maintenance-gateway.port.js';
import { MaintenanceRunEntity } from './maintenance-run.entity.js';
import { MaintenanceRunNodeEntity } from './maintenance-run-node.entity.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import { PostgresMaintenanceRunRepository } from './postgres-maintenance-run.repository.js';
import { ReadMaintenanceRuns } from './read-maintenance-runs.service.js';
import { RunApprovals } from './run-approvals.service.js';
import { StartMaintenanceRun } from './start-maintenance-run.service.js';
import { StoreMaintenanceRun } from './store-maintenance-run.service.js';

const services = [
  MaintenanceAccess,
  StoreMaintenanceRun,
  StartMaintenanceRun,
  RunApprovals,
  ControlMaintenanceRun,
  ReadMaintenanceRuns,
  { provide: MaintenanceRunRepository, useClass: PostgresMaintenanceRunRepository },
  { provide: MaintenanceGateway, useClass: KubernetesMaintenanceGateway },
];

/** Use cases and adapters that API and worker share. */
@Module({
  imports: [
    ApprovalsModule,
    OperationsModule,
    TypeOrmModule.forFeature([MaintenanceRunEntity, MaintenanceRunNodeEntity]),
  ],
  providers: services,
  exports: services.map((service) => ('provide' in service ? service.provide : service)),
})
export class MaintenanceModule {
  constructor(subjects: ApprovalSubjects, runs: RunApprovals) {
    subjects.register(runs);
  }
}
