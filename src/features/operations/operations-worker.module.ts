import { Module, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ReadinessChecks } from '../../platform/api/readiness-check.js';
import { ServiceNamespace } from '../../platform/kubernetes/service-namespace.js';
import { EventSubscriptions } from '../../platform/postgres/event-subscriptions.js';
import { type JobHandler, JobHandlers } from '../../platform/queue/job-handler.js';
import { CordonMarksProcessor } from './cordon/cordon-marks.processor.js';
import { CordonRunner } from './cordon/cordon-runner.service.js';
import { NodeScheduling } from './cordon/node-scheduling.service.js';
import { UncordonRunner } from './cordon/uncordon-runner.service.js';
import { DrainRunner } from './drain/drain-runner.service.js';
import { EvictionRate } from './drain/eviction-rate.service.js';
import { ShowNodeLock } from './engine/node-lock.service.js';
import { NodeSide } from './engine/node-side.service.js';
import { OperationProcessor } from './engine/operation.processor.js';
import { OperationClaims } from './engine/operation-claims.service.js';
import { type OperationRunner, OperationRunners } from './engine/operation-runner.service.js';
import { RunOperation } from './engine/run-operation.service.js';
import { ShowNodeEvents } from './engine/show-node-events.service.js';
import { RestartKubeletRunner } from './kubelet/restart-kubelet-runner.service.js';
import { RevertVerbosity } from './kubelet/revert-verbosity.service.js';
import { SetVerbosityRunner } from './kubelet/set-verbosity-runner.service.js';
import { VerbosityRevertProcessor } from './kubelet/verbosity-revert.processor.js';
import type { OperationType } from './operation-definitions.js';
import { OperationsModule } from './operations.module.js';

/** Who does the work of each type. */
const RUNNERS: Readonly<Record<OperationType, Type<OperationRunner>>> = {
  CORDON: CordonRunner,
  UNCORDON: UncordonRunner,
  DRAIN: DrainRunner,
  RESTART_KUBELET: RestartKubeletRunner,
  SET_VERBOSITY: SetVerbosityRunner,
};
const PROCESSORS: readonly Type<JobHandler>[] = [OperationProcessor, CordonMarksProcessor, VerbosityRevertProcessor];

/** The engine, and what each type of operation does. */
@Module({
  imports: [OperationsModule],
  providers: [
    OperationRunners,
    RunOperation,
    NodeSide,
    OperationClaims,
    NodeScheduling,
    ShowNodeLock,
    ShowNodeEvents,
    EvictionRate,
    ...Object.values(RUNNERS),
    RevertVerbosity,
    ...PROCESSORS,
  ],
  exports: [OperationRunners, NodeSide],
})
export class OperationsWorkerModule implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly runners: OperationRunners,
    private readonly subscriptions: EventSubscriptions,
    private readonly module: ModuleRef,
    private readonly namespace: ServiceNamespace,
    private readonly checks: ReadinessChecks,
  ) {}

  onModuleInit(): void {
    for (const runner of Object.values(RUNNERS)) this.runners.register(this.module.get(runner));
    this.subscriptions.register(this.module.get(ShowNodeEvents));
    this.namespace.registerChecks(this.checks);
    for (const processor of PROCESSORS) this.handlers.register(this.module.get(processor));
  }
}
