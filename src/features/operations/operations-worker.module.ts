import { Module, type OnModuleInit } from '@nestjs/common';
import { JobHandlers } from '../../platform/queue/job-handler.js';
import { DrainRunner } from './application/drain/drain-runner.js';
import { EvictionRate } from './application/drain/eviction-rate.service.js';
import { CordonRunner } from './application/engine/cordon-runner.js';
import { NodeScheduling } from './application/engine/node-scheduling.service.js';
import { NodeSide } from './application/engine/node-side.service.js';
import { NodeSignals } from './application/engine/node-signals.service.js';
import { OperationRunners } from './application/engine/operation-runner.js';
import { RunOperation } from './application/engine/run-operation.service.js';
import { UncordonRunner } from './application/engine/uncordon-runner.js';
import { RestartKubeletRunner } from './application/kubelet/restart-kubelet-runner.js';
import { RevertVerbosity } from './application/kubelet/revert-verbosity.service.js';
import { SetVerbosityRunner } from './application/kubelet/set-verbosity-runner.js';
import { CarryRunActions } from './application/maintenance/carry-run-actions.service.js';
import { ObserveRun } from './application/maintenance/observe-run.service.js';
import { RunLoopParts } from './application/maintenance/run-loop-parts.service.js';
import { RunMaintenance } from './application/maintenance/run-maintenance.service.js';
import { OperationsModule } from './operations.module.js';
import { CordonMarksProcessor } from './worker/cordon-marks.processor.js';
import { KubeletWork } from './worker/kubelet-work.service.js';
import { MaintenanceRunProcessor } from './worker/maintenance-run.processor.js';
import { OperationProcessor } from './worker/operation.processor.js';
import { OperationSweeper } from './worker/operation-sweeper.service.js';
import { VerbosityRevertProcessor } from './worker/verbosity-revert.processor.js';

/** The engine. Other features register runners for their own types of operation on OperationRunners. */
@Module({
  imports: [OperationsModule],
  providers: [
    OperationRunners,
    RunOperation,
    NodeSide,
    NodeScheduling,
    NodeSignals,
    EvictionRate,
    CordonRunner,
    UncordonRunner,
    DrainRunner,
    RestartKubeletRunner,
    SetVerbosityRunner,
    RevertVerbosity,
    VerbosityRevertProcessor,
    KubeletWork,
    OperationProcessor,
    CordonMarksProcessor,
    OperationSweeper,
    ObserveRun,
    CarryRunActions,
    RunLoopParts,
    RunMaintenance,
    MaintenanceRunProcessor,
  ],
  exports: [OperationRunners, NodeSide],
})
export class OperationsWorkerModule implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly processor: OperationProcessor,
    private readonly runners: OperationRunners,
    private readonly cordon: CordonRunner,
    private readonly uncordon: UncordonRunner,
    private readonly drain: DrainRunner,
    private readonly maintenance: MaintenanceRunProcessor,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this.processor);
    this.handlers.register(this.maintenance);
    for (const runner of [this.cordon, this.uncordon, this.drain]) this.runners.register(runner);
  }
}
