import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import type { RestartOptionsInput } from '../domain/kubelet/restart-options.js';
import type { VerbosityOptionsInput } from '../domain/kubelet/verbosity-options.js';
import type { NodeRequest } from './node-operations.service.js';
import type { OperationRecord } from './operation-record.js';
import { StartOperation } from './start-operation.service.js';

/** Operations on the kubelet of one node. */
@Injectable()
export class KubeletOperations {
  constructor(private readonly starter: StartOperation) {}

  /** @throws what StartOperation throws */
  restart(caller: Caller, request: NodeRequest & { options?: RestartOptionsInput }): Promise<OperationRecord> {
    return this.starter.start(caller, { ...request, type: 'RESTART_KUBELET' });
  }

  /** @throws as restart */
  setVerbosity(caller: Caller, request: NodeRequest & { options: VerbosityOptionsInput }): Promise<OperationRecord> {
    return this.starter.start(caller, { ...request, type: 'SET_VERBOSITY' });
  }
}
