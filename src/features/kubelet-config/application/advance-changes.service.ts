import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { activeFreezes, expiryOf, GovernanceRepository, isReminderDue } from '../../approvals/index.js';
import type { ChangeRecord } from './change-record.js';
import { ChangeStores } from './change-stores.service.js';
import { ExecuteChange } from './execute-change.service.js';
import { RefreshChange } from './refresh-change.service.js';

/** Job that looks at all open changes. */
export const ADVANCE_ALL_CHANGES_JOB = queuedJob('kubelet-config-changes');

/** How often the live configuration of a change's targets is compared with what was reviewed. */
const DRIFT_CHECK_MS = 60_000;
const EXECUTE = { action: 'kubelet-config-change.execute' as const };

/** What time does to changes: expiry, reminders, new policies, drift, scheduled starts, freezes that begin. */
@Injectable()
export class AdvanceChanges {
  constructor(
    private readonly stores: ChangeStores,
    private readonly refresh: RefreshChange,
    private readonly execute: ExecuteChange,
    private readonly governance: GovernanceRepository,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async all(signal?: AbortSignal): Promise<void> {
    for (const id of await this.stores.changes.openIds()) {
      if (signal?.aborted) return;
      await this.one(id).catch((error: unknown) => this.warn(id, error));
    }
  }

  async one(id: string): Promise<void> {
    let change = await this.stores.changes.find(id);
    if (!change) return;
    if (change.approval.status === 'EXECUTING') return this.pauseInFreeze(change);
    change = await this.refresh.policy(change);
    if (await this.expire(change)) return;
    await this.remind(change);
    if (this.isStartDue(change)) return this.startScheduled(change);
    const checked = change.driftCheckedAt?.getTime() ?? 0;
    if (this.clock.now().getTime() - checked >= DRIFT_CHECK_MS && change.approval.status !== 'STALE') {
      await this.refresh.targets(change);
    }
  }

  private async expire({ id, approval }: ChangeRecord): Promise<boolean> {
    const limit = expiryOf(approval);
    if (limit === null || limit > this.clock.now()) return false;
    await this.stores.decide.apply(SYSTEM_CALLER, id, EXECUTE, () => ({ event: { type: 'EXPIRY_CHECKED' } }));
    return true;
  }

  private async remind({ id, approval, remindedAt }: ChangeRecord): Promise<void> {
    if (isReminderDue(approval, remindedAt, this.clock.now())) await this.stores.decide.remind(id);
  }

  private isStartDue({ approval }: ChangeRecord): boolean {
    const { status, scheduledFor } = approval;
    return status === 'SCHEDULED' && scheduledFor !== null && Date.parse(scheduledFor) <= this.clock.now().getTime();
  }

  /** A freeze or a node that does not answer lets it wait for the next look; anything else has moved the change already. */
  private async startScheduled({ id }: ChangeRecord): Promise<void> {
    try {
      await this.execute.start(null, id);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.warn(id, error);
    }
  }

  private async pauseInFreeze({ id, spec }: ChangeRecord): Promise<void> {
    const { windows } = await this.governance.freezeWindows();
    const [freeze] = activeFreezes(windows, [spec.cluster], this.clock.now());
    if (!freeze) return;
    const { id: windowId, reason } = freeze.window;
    await this.stores.decide.apply(SYSTEM_CALLER, id, EXECUTE, () => ({
      event: { type: 'FREEZE_BEGAN', windowId, reason },
    }));
  }

  private warn(changeId: string, error: unknown): void {
    this.logger.warn({ changeId, err: error }, 'a kubelet config change could not be moved; it is looked at again');
  }
}
