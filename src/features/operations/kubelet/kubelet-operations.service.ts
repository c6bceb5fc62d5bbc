import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import type { NodeRequest } from '../engine/node-operations.service.js';
import type { OperationRecord } from '../engine/operation-record.js';
import { StartOperation } from '../engine/start-operation.service.js';
import type { RestartOptionsInput } from './restart-options.js';
import type { VerbosityOptionsInput } from './verbosity-options.js';

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
