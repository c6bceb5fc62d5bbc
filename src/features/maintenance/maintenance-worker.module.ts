import { Module } from '@nestjs/common';
import { JobHandlers } from '../../platform/queue/job-handler.js';
import { OperationsModule } from '../operations/index.js';
import { MaintenanceModule } from './maintenance.module.js';
import { MaintenanceRunProcessor } from './maintenance-run.processor.js';
import { ObserveRun } from './observe-run.service.js';
import { PerformRunActions } from './perform-run-actions.service.js';
import { RunLoopParts } from './run-loop-parts.service.js';
import { RunMaintenance } from './run-maintenance.service.js';

/** What makes maintenance runs go on. */
@Module({
  imports: [MaintenanceModule, OperationsModule],
  providers: [ObserveRun, PerformRunActions, RunLoopParts, RunMaintenance, MaintenanceRunProcessor],
})
export class MaintenanceWorkerModule {
  constructor(handlers: JobHandlers, runs: MaintenanceRunProcessor) {
    handlers.register(runs);
  }
}
