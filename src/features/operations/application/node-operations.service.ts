import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import type { AccessAction } from '../../access/index.js';
import { type DrainOptionsInput, drainOptionsFrom } from '../domain/drain/drain-options.js';
import { MakeDrainPlan } from './make-drain-plan.service.js';
import type { OperationRecord } from './operation-record.js';
import { type ExpectedNode, StartOperation } from './start-operation.service.js';

export interface NodeRequest {
  readonly cluster: string;
  readonly node: string;
  readonly reason: string;
  readonly ticket?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly maintenanceRunId?: string;
  readonly runKey?: string;
  readonly held?: () => Promise<boolean>;
  readonly expected?: ExpectedNode | undefined;
}

/** Cordon, uncordon and drain of one node. */
@Injectable()
export class NodeOperations {
  constructor(
    private readonly starter: StartOperation,
    private readonly plans: MakeDrainPlan,
  ) {}

  cordon(caller: Caller, request: NodeRequest): Promise<OperationRecord> {
    return this.starter.start(caller, { ...request, type: 'CORDON', options: {}, actions: ['node.cordon'] });
  }

  uncordon(caller: Caller, request: NodeRequest): Promise<OperationRecord> {
    return this.starter.start(caller, { ...request, type: 'UNCORDON', options: {}, actions: ['node.uncordon'] });
  }

  /** @throws DomainError VALIDATION_FAILED for options that make no sense, and what StartOperation throws */
  async drain(caller: Caller, request: NodeRequest & { options?: DrainOptionsInput }): Promise<OperationRecord> {
    const options = drainOptionsFrom(request.options);
    // Both pass over disruption budgets.
    const overBudgets = options.disableEviction || options.escalateAfterSeconds !== null;
    const actions: [AccessAction, ...AccessAction[]] = ['node.drain'];
    if (overBudgets) actions.push('node.drain.escalate');
    return this.starter.start(caller, {
      ...request,
      type: 'DRAIN',
      options: { ...options },
      actions,
      timeoutSeconds: options.timeoutSeconds,
      planHash: options.planHash,
      confirm: async () => {
        if (options.planHash !== null) await this.plans.assertUnchanged(caller, request.cluster, request.node, options);
      },
      restoreOnFailure: options.onFailure === 'RESTORE',
    });
  }
}
