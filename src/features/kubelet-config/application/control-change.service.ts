import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Idempotency } from '../../access/index.js';
import {
  type ApprovalEvent,
  DecideRequest,
  GovernanceRepository,
  participantOf,
  RequestAccess,
} from '../../approvals/index.js';
import type { ChangeRecord } from './change-record.js';
import { ReadChanges } from './read-changes.service.js';
import type { StartInput } from './start-change.service.js';

export interface ControlInput {
  reason?: string | undefined;
  idempotencyKey?: string | undefined;
}

const EXECUTE = 'kubelet-config-change.execute';

/** What only people do to a change that runs: operations and runs say themselves how far they are. */
@Injectable()
export class ControlChange {
  constructor(
    private readonly read: ReadChanges,
    private readonly decide: DecideRequest,
    private readonly access: RequestAccess,
    private readonly idempotency: Idempotency,
    private readonly governance: GovernanceRepository,
  ) {}

  pause(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    return this.step(caller, id, input, 'PAUSED', () => ({
      type: 'PAUSED',
      by: participantOf(caller.actor),
      ...reasoned(input),
    }));
  }

  cancel(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    return this.step(caller, id, input, 'CANCELLED', () => ({
      type: 'CANCELLED',
      by: participantOf(caller.actor),
      ...reasoned(input),
    }));
  }

  /** Until the service rolls out by itself, whoever carried out the plan says how it ended. */
  finish(caller: Caller, id: string, outcome: 'SUCCEEDED' | 'FAILED', input: ControlInput): Promise<ChangeRecord> {
    const detail = { reportedBy: caller.actor.displayName, ...reasoned(input) };
    return this.step(caller, id, input, 'FINISHED', () => ({ type: 'FINISHED', outcome, detail }));
  }

  rollback(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    const by = participantOf(caller.actor);
    return this.step(caller, id, input, 'ROLLED_BACK', () => ({ type: 'ROLLED_BACK', by, detail: reasoned(input) }));
  }

  async resume(caller: Caller, id: string, { freezeOverrideReason }: StartInput): Promise<ChangeRecord> {
    const known = await this.read.get(caller, id);
    const freezeOverride = this.access.freezeOverride(caller, known, freezeOverrideReason);
    const by = participantOf(caller.actor);
    const override = freezeOverride ? { freezeOverride } : {};
    const resumed = { type: 'RESUMED', by, ...override } as const;
    return this.step(caller, id, {}, resumed.type, async () => {
      const { freezeWindows } = await this.governance.inForce();
      return { ...resumed, freezeWindows };
    });
  }

  private async step(
    caller: Caller,
    id: string,
    input: ControlInput,
    type: ApprovalEvent['type'],
    eventOf: () => ApprovalEvent | Promise<ApprovalEvent>,
  ): Promise<ChangeRecord> {
    const known = await this.read.get(caller, id);
    const policyIds = await this.access.require(caller, EXECUTE, known);
    const { idempotencyKey, reason } = input;
    const asked = { useCase: `kubeletConfigChange.${type}`, id, reason: reason ?? null };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      await this.decide.apply(caller, id, { action: EXECUTE, policyIds, reason }, async () => ({
        event: await eventOf(),
      }));
      return { id };
    });
    return this.read.get(caller, id);
  }
}

const reasoned = ({ reason }: ControlInput) => (reason === undefined ? {} : { reason });
