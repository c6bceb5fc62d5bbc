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
    return this.step(caller, id, input, { type: 'PAUSED', by: participantOf(caller.actor), ...reasoned(input) });
  }

  cancel(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    return this.step(caller, id, input, { type: 'CANCELLED', by: participantOf(caller.actor), ...reasoned(input) });
  }

  /** Until the service rolls out by itself, whoever carried out the plan says how it ended. */
  finish(caller: Caller, id: string, outcome: 'SUCCEEDED' | 'FAILED', input: ControlInput): Promise<ChangeRecord> {
    const detail = { reportedBy: caller.actor.displayName, ...reasoned(input) };
    return this.step(caller, id, input, { type: 'FINISHED', outcome, detail });
  }

  rollback(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    const by = participantOf(caller.actor);
    return this.step(caller, id, input, { type: 'ROLLED_BACK', by, detail: reasoned(input) });
  }

  async resume(caller: Caller, id: string, { freezeOverrideReason }: StartInput): Promise<ChangeRecord> {
    const known = await this.read.get(caller, id);
    const { windows: freezeWindows } = await this.governance.freezeWindows();
    const freezeOverride = this.access.freezeOverride(caller, known, freezeOverrideReason);
    const by = participantOf(caller.actor);
    const override = freezeOverride ? { freezeOverride } : {};
    return this.step(caller, id, {}, { type: 'RESUMED', by, freezeWindows, ...override });
  }

  private async step(caller: Caller, id: string, input: ControlInput, event: ApprovalEvent): Promise<ChangeRecord> {
    const known = await this.read.get(caller, id);
    const policyIds = await this.access.require(caller, EXECUTE, known);
    const { idempotencyKey, reason } = input;
    const asked = { useCase: `kubeletConfigChange.${event.type}`, id, reason: reason ?? null };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      await this.decide.apply(caller, id, { action: EXECUTE, policyIds, reason }, () => ({ event }));
      return { id };
    });
    return this.read.get(caller, id);
  }
}

const reasoned = ({ reason }: ControlInput) => (reason === undefined ? {} : { reason });
