import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import type { Caller } from '../../../kernel/actor.js';
import { type RestartOptionsInput, restartOptionsFrom } from '../domain/kubelet/restart-options.js';
import { type VerbosityOptionsInput, verbosityOptionsFrom } from '../domain/kubelet/verbosity-options.js';
import type { NodeRequest } from './node-operations.service.js';
import type { OperationRecord } from './operation-record.js';
import { StartOperation } from './start-operation.service.js';

const VERBOSITY_TIMEOUT_SECONDS = 120;

/** Operations on the kubelet of one node. */
@Injectable()
export class KubeletOperations {
  constructor(
    private readonly starter: StartOperation,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** @throws DomainError VALIDATION_FAILED for options that make no sense, and what StartOperation throws */
  async restart(caller: Caller, request: NodeRequest & { options?: RestartOptionsInput }): Promise<OperationRecord> {
    const options = restartOptionsFrom(request.options ?? {}, this.config.nodeAgent);
    return this.starter.start(caller, {
      ...request,
      type: 'RESTART_KUBELET',
      options: { ...options },
      actions: ['node.restart-kubelet'],
      timeoutSeconds: options.timeoutSeconds,
    });
  }

  /** @throws as restart */
  async setVerbosity(
    caller: Caller,
    request: NodeRequest & { options: VerbosityOptionsInput },
  ): Promise<OperationRecord> {
    const options = verbosityOptionsFrom(request.options);
    return this.starter.start(caller, {
      ...request,
      type: 'SET_VERBOSITY',
      options: { ...options },
      actions: ['node.set-verbosity'],
      timeoutSeconds: VERBOSITY_TIMEOUT_SECONDS,
    });
  }
}
