import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import { type AccessAction } from '../../access/index.js';
import {
  type ApprovalEffect,
  type ApprovalEvent,
  decideApproval,
  isDenial,
  isReminderDue,
  type Rejection,
  rejectionError,
  reminderOf,
} from '../../approvals/index.js';
import { AuditTrail } from '../../audit/index.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { type ChangeRecord, changeNotFound } from './change-record.js';
import { ChangeRepository } from './ports/change-repository.port.js';

/** Job that looks at one change again: time has passed. */
export const ADVANCE_CHANGE_JOB = queuedJob('kubelet-config-change');

export interface ChangeStep {
  event: ApprovalEvent;
  /** What changes besides the approval. */
  change?: Partial<ChangeRecord>;
  baselines?: ReadonlyMap<string, JsonObject>;
}

export interface StepContext {
  action: AccessAction;
  policyIds?: string[];
  reason?: string | undefined;
  /** Refuses if the change has another version by then. */
  ifVersion?: number | undefined;
}

/** Moves a change by one event: under its row's lock, with audit, history and wake-ups in one transaction. */
@Injectable()
export class DecideChange {
  constructor(
    private readonly changes: ChangeRepository,
    private readonly audit: AuditTrail,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @param step looks at the locked change; it must not wait for anything outside of the database */
  async apply(
    caller: Caller,
    id: string,
    context: StepContext,
    step: (change: ChangeRecord, now: Date) => ChangeStep | Promise<ChangeStep>,
  ): Promise<ChangeRecord> {
    return this.unitOfWork.run(async () => {
      const change = await this.changes.lock(id);
      if (!change) throw changeNotFound(id);
      assertVersion(change, context.ifVersion);
      const now = this.clock.now();
      const { event, change: alongside, baselines } = await step(change, now);
      const decided = decideApproval({ ...change, ...alongside }.approval, event, now);
      if ('rejection' in decided) {
        await this.noteDenial(caller, change, context, decided.rejection);
        throw rejectionError(decided.rejection);
      }
      const next: ChangeRecord = { ...change, ...alongside, approval: decided.next, updatedAt: now };
      await this.record(caller, change, next, context, event.type);
      const effects = decided.effects.map((effect) => ({ type: 'EFFECT', data: { ...effect, effect: effect.type } }));
      await this.changes.save(next, effects);
      if (baselines) await this.changes.saveBaselines(id, baselines);
      await this.outbox.add(wakeUps(next, decided.effects));
      return { ...next, version: change.version + 1 };
    });
  }

  /** Tells those who may review, once, that it still waits. */
  remind(id: string): Promise<void> {
    return this.unitOfWork.run(async () => {
      const change = await this.changes.lock(id);
      const now = this.clock.now();
      if (!change || !isReminderDue(change.approval, change.remindedAt, now)) return;
      await this.changes.save({ ...change, remindedAt: now, updatedAt: now }, [reminderOf(change.approval)]);
    });
  }

  private async record(caller: Caller, before: ChangeRecord, after: ChangeRecord, context: StepContext, event: string) {
    const { action, policyIds = [], reason } = context;
    const intents = await this.audit.record([
      {
        kind: 'INTENT',
        caller,
        action,
        resource: auditResource(before),
        correlationId: before.id,
        ...(reason ? { reason } : {}),
        ...(after.ticket ? { ticket: after.ticket } : {}),
        policyIds,
        before: { status: before.approval.status, contentHash: before.approval.contentHash },
        after: { event, status: after.approval.status, contentHash: after.approval.contentHash },
      },
    ]);
    await this.audit.close(intents, { outcome: 'SUCCEEDED' });
  }

  private async noteDenial(caller: Caller, change: ChangeRecord, context: StepContext, { code, message }: Rejection) {
    if (!isDenial(code)) return;
    const { action, policyIds = [] } = context;
    const resource = auditResource(change);
    await this.unitOfWork.apart(() =>
      this.audit.record([
        {
          kind: 'DENIED',
          caller,
          action,
          resource,
          correlationId: change.id,
          policyIds,
          outcome: 'DENIED',
          reason: message,
          after: { refused: code },
        },
      ]),
    );
  }
}

/** Effects that wait for a time become jobs; the others are read from the event stream by whoever tells people. */
function wakeUps(change: ChangeRecord, effects: readonly ApprovalEffect[]) {
  return effects.flatMap((effect) => {
    if (effect.type !== 'CHECK_EXPIRY_AT' && effect.type !== 'START_AT') return [];
    const jobId = `${ADVANCE_CHANGE_JOB}-${change.id}-${change.version}-${effect.type}`;
    return [{ job: ADVANCE_CHANGE_JOB, jobId, payload: { changeId: change.id }, notBefore: new Date(effect.at) }];
  });
}

export const auditResource = ({ id, spec }: ChangeRecord) => ({
  type: 'KubeletConfigChange',
  cluster: spec.cluster,
  uid: id,
});

export function assertVersion(change: ChangeRecord, expected: number | undefined): void {
  if (expected === undefined || expected === change.version) return;
  throw new DomainError('PRECONDITION_FAILED', 'The change was changed since it was read: read it again.', {
    extensions: { version: change.version },
  });
}
