import { Injectable } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { CancelOperation, StartOperation } from '../operations/index.js';
import { type OperationRecord, runActionOf } from '../operations/model.js';
import { MaintenanceAccess } from './maintenance-access.service.js';
import type { RunAction } from './maintenance-run.js';
import type { RunEvent } from './maintenance-run.machine.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import { optionsOf } from './maintenance-spec.js';

type StartAction = Extract<RunAction, { kind: 'START_OPERATION' }>;

/** Does what a run decided, through the use cases that people use, in the name of who started the run. */
@Injectable()
export class PerformRunActions {
  constructor(
    private readonly starter: StartOperation,
    private readonly canceller: CancelOperation,
    private readonly access: MaintenanceAccess,
    private readonly runs: MaintenanceRunRepository,
  ) {}

  /** What became of the action, to be told to the run; null when there is nothing to tell. @throws when the cluster is away */
  async carry(record: MaintenanceRunRecord, action: RunAction): Promise<RunEvent | null> {
    if (action.kind === 'CANCEL_OPERATION') {
      await this.cancel(record, action);
      return null;
    }
    const { nodeUid } = action;
    try {
      const { id } = await this.start(record, action);
      return { type: 'OPERATION_STARTED', nodeUid, operationId: id };
    } catch (error) {
      if (!(error instanceof DomainError) || error.code === 'CLUSTER_UNAVAILABLE') throw error;
      return { type: 'OPERATION_REFUSED', nodeUid, code: error.code, message: error.message };
    }
  }

  private async start(record: MaintenanceRunRecord, action: StartAction): Promise<OperationRecord> {
    const { cluster, reason, ticket, run } = record;
    const caller = await this.callerOf(record);
    return this.starter.start(caller, {
      type: action.type,
      cluster,
      node: action.node,
      reason,
      ticket: ticket ?? undefined,
      // To take a cordon back after the action takes none of the action's options.
      options: action.type === runActionOf(run.spec.action).operation.type ? optionsOf(run.spec) : {},
      maintenanceRunId: run.id,
      runKey: action.key,
      held: () => this.runs.holds(run.id, record.epoch),
      expected: { nodeUid: action.nodeUid },
    });
  }

  private async cancel(
    record: MaintenanceRunRecord,
    { operationId, restore }: { operationId: string; restore: boolean },
  ) {
    try {
      await this.canceller.cancel(record.caller, {
        id: operationId,
        restore,
        reason: 'the maintenance run is cancelled',
      });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'OPERATION_FINISHED') throw error;
    }
  }

  /** With the roles of today: a right that was taken away in the meantime is not used any more. */
  private async callerOf(record: MaintenanceRunRecord): Promise<Caller> {
    const actor = await this.access.actorOf(record);
    if (actor) return { ...record.caller, actor };
    throw new DomainError('FORBIDDEN', 'The credential that started the run was revoked or has expired.');
  }
}
