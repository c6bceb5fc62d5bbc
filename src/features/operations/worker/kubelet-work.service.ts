import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationRunners } from '../application/engine/operation-runner.js';
import { RestartKubeletRunner } from '../application/kubelet/restart-kubelet-runner.js';

/** Registers what is done to kubelets with the engine. */
@Injectable()
export class KubeletWork implements OnModuleInit {
  constructor(
    private readonly runners: OperationRunners,
    private readonly restart: RestartKubeletRunner,
  ) {}

  onModuleInit(): void {
    this.runners.register(this.restart);
  }
}
