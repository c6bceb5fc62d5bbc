import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Idempotency } from '../../access/index.js';
import { type ApprovalEvent, participantOf } from '../../approvals/index.js';
import { ChangeAccess } from './change-access.service.js';
import type { ChangeRecord } from './change-record.js';
import { ChangeStores } from './change-stores.service.js';

export interface ControlInput {
  reason?: string | undefined;
  idempotencyKey?: string | undefined;
}

type ControlAction = 'kubelet-config-change.read' | 'kubelet-config-change.execute';

/** The small steps: everything that needs nothing but the right and the state. */
@Injectable()
export class ControlChange {
  constructor(
    private readonly stores: ChangeStores,
    private readonly access: ChangeAccess,
    private readonly idempotency: Idempotency,
  ) {}

  /** The machine lets the author and the last editor withdraw; others need the right over approval policies. */
  withdraw(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    const permitted = this.access.allowsSystem(caller.actor, 'approval-policy.write');
    const event = { type: 'WITHDRAWN' as const, by: participantOf(caller.actor), permitted, ...reasoned(input) };
    return this.step(caller, id, input, 'kubelet-config-change.read', event);
  }

  schedule(caller: Caller, id: string, startAt: Date, input: ControlInput): Promise<ChangeRecord> {
    const event = { type: 'SCHEDULED' as const, by: participantOf(caller.actor), startAt: startAt.toISOString() };
    return this.step(caller, id, input, 'kubelet-config-change.execute', event);
  }

  pause(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    const event = { type: 'PAUSED' as const, by: participantOf(caller.actor), ...reasoned(input) };
    return this.step(caller, id, input, 'kubelet-config-change.execute', event);
  }

  cancel(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    const event = { type: 'CANCELLED' as const, by: participantOf(caller.actor), ...reasoned(input) };
    return this.step(caller, id, input, 'kubelet-config-change.execute', event);
  }

  /** Until the service rolls out by itself, whoever carried out the plan says how it ended. */
  finish(caller: Caller, id: string, outcome: 'SUCCEEDED' | 'FAILED', input: ControlInput): Promise<ChangeRecord> {
    const detail = { reportedBy: caller.actor.displayName, ...reasoned(input) };
    return this.step(caller, id, input, 'kubelet-config-change.execute', { type: 'FINISHED', outcome, detail });
  }

  rollback(caller: Caller, id: string, input: ControlInput): Promise<ChangeRecord> {
    const event = { type: 'ROLLED_BACK' as const, by: participantOf(caller.actor), detail: reasoned(input) };
    return this.step(caller, id, input, 'kubelet-config-change.execute', event);
  }

  private async step(caller: Caller, id: string, input: ControlInput, action: ControlAction, event: ApprovalEvent) {
    const known = await this.stores.get(id);
    const policyIds = await this.access.require(caller, action, known);
    const { idempotencyKey, reason } = input;
    const startAt = event.type === 'SCHEDULED' ? event.startAt : null;
    const asked = { useCase: `kubeletConfigChange.${event.type}`, id, reason: reason ?? null, startAt };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      await this.stores.decide.apply(caller, id, { action, policyIds, reason }, () => ({ event }));
      return { id };
    });
    return this.stores.get(id);
  }
}

const reasoned = ({ reason }: ControlInput) => (reason === undefined ? {} : { reason });
