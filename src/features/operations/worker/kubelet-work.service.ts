import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JobHandlers } from '../../../platform/queue/job-handler.js';
import { OperationRunners } from '../application/engine/operation-runner.js';
import { RestartKubeletRunner } from '../application/kubelet/restart-kubelet-runner.js';
import { SetVerbosityRunner } from '../application/kubelet/set-verbosity-runner.js';
import { VerbosityRevertProcessor } from './verbosity-revert.processor.js';

/** Registers what is done to kubelets with the engine and the queue. */
@Injectable()
export class KubeletWork implements OnModuleInit {
  constructor(
    private readonly runners: OperationRunners,
    private readonly handlers: JobHandlers,
    private readonly restart: RestartKubeletRunner,
    private readonly verbosity: SetVerbosityRunner,
    private readonly reverts: VerbosityRevertProcessor,
  ) {}

  onModuleInit(): void {
    this.runners.register(this.restart);
    this.runners.register(this.verbosity);
    this.handlers.register(this.reverts);
  }
}
