import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { BreakGlassDebts, GovernanceRepository, participantOf, personOf, quorumStatus } from '../../approvals/index.js';
import { ChangeContents } from './change-contents.service.js';
import type { ChangeRecord } from './change-record.js';
import { ChangeStores } from './change-stores.service.js';
import { ExecutionPeople } from './execution-people.service.js';
import { RefreshChange } from './refresh-change.service.js';

export interface StartInput {
  /** Acting in a freeze window needs the right and a reason. */
  freezeOverrideReason?: string | undefined;
}

/** Starts approved changes, by hand or by schedule, and without approval where somebody breaks the glass. */
@Injectable()
export class ExecuteChange {
  constructor(
    private readonly stores: ChangeStores,
    private readonly contents: ChangeContents,
    private readonly refresh: RefreshChange,
    private readonly governance: GovernanceRepository,
    private readonly people: ExecutionPeople,
    private readonly debts: BreakGlassDebts,
  ) {}

  /**
   * Everything is checked again: content, targets, reviewers' groups, expiry, freezes.
   * @throws DomainError CHANGE_STALE, APPROVAL_REQUIRED, FREEZE_WINDOW, CHANGE_STATE_CONFLICT
   */
  async start(
    caller: Caller | null,
    id: string,
    input: StartInput = {},
    idempotencyKey?: string,
  ): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    const policyIds = caller ? await this.people.requireExecute(caller, known) : [];
    if (!caller && !(await this.people.mayStillStart(known, await this.stores.changes.scheduledBy(id)))) {
      throw new DomainError('FORBIDDEN', 'Who scheduled the change no longer has the right to start it.');
    }
    const by = caller ?? SYSTEM_CALLER;
    const asked = { useCase: 'startKubeletConfigChange', id, ...input };
    const { refused } = await this.people.once(by, idempotencyKey, asked, async () => {
      const { change: fresh, now } = await this.refresh.forExecution(known);
      const reviewers = await this.people.today(fresh);
      const { windows } = await this.governance.freezeWindows();
      const { contentHash, subject } = this.contents.content(
        fresh.spec,
        now.targets,
        fresh.approval.policy,
        fresh.approval.subject.risk,
      );
      const override = caller ? this.people.override(caller, fresh, input.freezeOverrideReason) : undefined;
      const context = { action: 'kubelet-config-change.execute' as const, policyIds, ifVersion: fresh.version };
      const after = await this.stores.decide.apply(by, id, context, () => ({
        event: {
          type: 'STARTED',
          ...(caller ? { by: participantOf(caller.actor) } : {}),
          contentHash,
          subject,
          reviewers,
          freezeWindows: windows,
          ...(override ? { freezeOverride: override } : {}),
        },
      }));
      return { id, refused: after.approval.status !== 'EXECUTING' };
    });
    const change = await this.stores.get(id);
    if (refused) {
      const { missing } = quorumStatus(change.approval);
      throw new DomainError('APPROVAL_REQUIRED', 'The approvals no longer meet the policy.', {
        extensions: { missing },
      });
    }
    return change;
  }

  /** One permitted person starts it now; everyone passed over is told and a review falls due. */
  async breakGlass(
    caller: Caller,
    id: string,
    { reason, contentHash, freezeOverrideReason }: StartInput & { reason: string; contentHash: string },
    idempotencyKey?: string,
  ): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    const action = 'kubelet-config-change.break-glass';
    const policyIds = await this.people.requireBreakGlass(caller, known);
    const by = participantOf(caller.actor);
    const asked = { useCase: 'breakGlassKubeletConfigChange', id, reason, contentHash, freezeOverrideReason };
    await this.people.once(caller, idempotencyKey, asked, async () => {
      const { change: fresh } = await this.refresh.forExecution(known);
      const { windows: freezeWindows } = await this.governance.freezeWindows();
      const override = this.people.override(caller, fresh, freezeOverrideReason);
      await this.stores.decide.apply(caller, id, { action, policyIds, reason }, async (_change, now) => ({
        event: {
          type: 'BREAK_GLASS',
          by,
          permitted: true,
          reason,
          contentHash,
          hasOverdueReview: await this.debts.isOverdue(personOf(by), now, id),
          freezeWindows,
          ...(override ? { freezeOverride: override } : {}),
        },
      }));
      return { id };
    });
    return this.stores.get(id);
  }

  async resume(caller: Caller, id: string, input: StartInput): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    const policyIds = await this.people.requireExecute(caller, known);
    const { windows } = await this.governance.freezeWindows();
    const override = this.people.override(caller, known, input.freezeOverrideReason);
    await this.stores.decide.apply(caller, id, { action: 'kubelet-config-change.execute', policyIds }, () => ({
      event: {
        type: 'RESUMED',
        by: participantOf(caller.actor),
        freezeWindows: windows,
        ...(override ? { freezeOverride: override } : {}),
      },
    }));
    return this.stores.get(id);
  }
}
