import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { type DrainOptionsInput, drainOptionsFrom } from '../drain/drain-options.js';
import { MakeDrainPlan } from '../drain/make-drain-plan.service.js';
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
    return this.starter.start(caller, { ...request, type: 'CORDON' });
  }

  uncordon(caller: Caller, request: NodeRequest): Promise<OperationRecord> {
    return this.starter.start(caller, { ...request, type: 'UNCORDON' });
  }

  /** @throws DomainError PLAN_CHANGED where the options name another plan, and what StartOperation throws */
  drain(caller: Caller, request: NodeRequest & { options?: DrainOptionsInput }): Promise<OperationRecord> {
    const planHash = request.options?.planHash ?? null;
    return this.starter.start(caller, {
      ...request,
      type: 'DRAIN',
      planHash,
      confirm: async () => {
        if (planHash === null) return;
        const options = drainOptionsFrom(request.options);
        await this.plans.assertUnchanged(caller, request.cluster, request.node, options);
      },
    });
  }
}
