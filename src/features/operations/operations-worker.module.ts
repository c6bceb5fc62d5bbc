import { Module, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type JobHandler, JobHandlers } from '../../platform/queue/job-handler.js';
import { DrainRunner } from './application/drain/drain-runner.js';
import { EvictionRate } from './application/drain/eviction-rate.service.js';
import { CordonRunner } from './application/engine/cordon-runner.js';
import { NodeScheduling } from './application/engine/node-scheduling.service.js';
import { NodeSide } from './application/engine/node-side.service.js';
import { NodeSignals } from './application/engine/node-signals.service.js';
import { type OperationRunner, OperationRunners } from './application/engine/operation-runner.js';
import { RunOperation } from './application/engine/run-operation.service.js';
import { UncordonRunner } from './application/engine/uncordon-runner.js';
import { RestartKubeletRunner } from './application/kubelet/restart-kubelet-runner.js';
import { RevertVerbosity } from './application/kubelet/revert-verbosity.service.js';
import { SetVerbosityRunner } from './application/kubelet/set-verbosity-runner.js';
import { CarryRunActions } from './application/maintenance/carry-run-actions.service.js';
import { ObserveRun } from './application/maintenance/observe-run.service.js';
import { RunLoopParts } from './application/maintenance/run-loop-parts.service.js';
import { RunMaintenance } from './application/maintenance/run-maintenance.service.js';
import type { OperationType } from './domain/operation/operation-definitions.js';
import { OperationsModule } from './operations.module.js';
import { CordonMarksProcessor } from './worker/cordon-marks.processor.js';
import { MaintenanceRunProcessor } from './worker/maintenance-run.processor.js';
import { OperationProcessor } from './worker/operation.processor.js';
import { OperationSweeper } from './worker/operation-sweeper.service.js';
import { VerbosityRevertProcessor } from './worker/verbosity-revert.processor.js';

/** Who does the work of each type. */
const RUNNERS: Readonly<Record<OperationType, Type<OperationRunner>>> = {
  CORDON: CordonRunner,
  UNCORDON: UncordonRunner,
  DRAIN: DrainRunner,
  RESTART_KUBELET: RestartKubeletRunner,
  SET_VERBOSITY: SetVerbosityRunner,
};
const PROCESSORS: readonly Type<JobHandler>[] = [
  OperationProcessor,
  CordonMarksProcessor,
  MaintenanceRunProcessor,
  VerbosityRevertProcessor,
];

/** The engine, and what each type of operation does. */
@Module({
  imports: [OperationsModule],
  providers: [
    OperationRunners,
    RunOperation,
    NodeSide,
    NodeScheduling,
    NodeSignals,
    EvictionRate,
    ...Object.values(RUNNERS),
    RevertVerbosity,
    ...PROCESSORS,
    OperationSweeper,
    ObserveRun,
    CarryRunActions,
    RunLoopParts,
    RunMaintenance,
  ],
  exports: [OperationRunners, NodeSide],
})
export class OperationsWorkerModule implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly runners: OperationRunners,
    private readonly module: ModuleRef,
  ) {}

  onModuleInit(): void {
    for (const runner of Object.values(RUNNERS)) this.runners.register(this.module.get(runner));
    for (const processor of PROCESSORS) this.handlers.register(this.module.get(processor));
  }
}
