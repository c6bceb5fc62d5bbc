import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import type { AccessAction } from '../../access/index.js';
import { AuditTrail } from '../../audit/index.js';
import { decideApproval } from '../domain/approval.machine.js';
import { isReminderDue, reminderOf } from '../domain/approval-deadlines.js';
import type { ApprovalEffect, ApprovalEvent } from '../domain/approval-event.js';
import type { ApprovalStatus } from '../domain/approval-state.js';
import type { ApprovalRecord } from './approval-record.js';
import { ApprovalSubjects } from './approval-subjects.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { isDenial, rejectionError } from './rejection-error.js';

/** Job that looks at one request again. */
export const ADVANCE_REQUEST_JOB = queuedJob('approval-request');

export interface DecisionContext {
  action: AccessAction;
  policyIds?: string[];
  reason?: string | undefined;
}

/** Its subject ends with them. */
const REFUSED: readonly ApprovalStatus[] = ['REJECTED', 'WITHDRAWN', 'EXPIRED', 'CANCELLED', 'STALE'];

/** Wakes the request of a subject that has ended. Joins the transaction of the end where there is one. */
export const subjectEndedJob = (requestId: string) => ({
  job: ADVANCE_REQUEST_JOB,
  jobId: `${ADVANCE_REQUEST_JOB}-${requestId}-ended`,
  payload: { requestId },
});

/** Moves a request by one event: its row's lock, audit, history, what becomes of the subject and wake-ups are one transaction. */
@Injectable()
export class DecideRequest {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly subjects: ApprovalSubjects,
    private readonly unitOfWork: UnitOfWork,
    private readonly audit: AuditTrail,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** @param step looks at the locked request; it must not wait for anything outside of the database */
  apply(
    caller: Caller,
    id: string,
    context: DecisionContext,
    step: (record: ApprovalRecord, now: Date) => ApprovalEvent | Promise<ApprovalEvent>,
  ): Promise<ApprovalRecord> {
    return this.unitOfWork.run(async () => {
      const record = await this.requests.lock(id);
      if (!record) throw requestNotFound(id);
      const now = this.clock.now();
      const event = await step(record, now);
      const decided = decideApproval(record.approval, event, now);
      if ('rejection' in decided) {
        const { code, message } = decided.rejection;
        if (isDenial(code)) await this.noteDenial(caller, record, context, code, message);
        throw rejectionError(decided.rejection);
      }
      // Other content waits anew: its reviewers are reminded anew.
      const isSame = decided.next.contentHash === record.approval.contentHash;
      const remindedAt = isSame ? record.remindedAt : null;
      const next = { ...record, approval: decided.next, held: null, remindedAt, updatedAt: now };
      await this.record(caller, record, next, context, event.type);
      const effects = decided.effects.map((effect) => ({ type: 'EFFECT', data: { ...effect, effect: effect.type } }));
      await this.requests.save(next, effects);
      await this.carryOn(record, next, context.reason);
      await this.outbox.add(wakeUps(next, decided.effects));
      return { ...next, version: record.version + 1 };
    });
  }

  /** Tells those who may review, once, that it still waits. */
  remind(id: string): Promise<void> {
    return this.unitOfWork.run(async () => {
      const record = await this.requests.lock(id);
      const now = this.clock.now();
      if (!record || !isReminderDue(record.approval, record.remindedAt, now)) return;
      await this.requests.save({ ...record, remindedAt: now, updatedAt: now }, [reminderOf(record.approval)]);
    });
  }

  private async carryOn(before: ApprovalRecord, after: ApprovalRecord, reason: string | undefined): Promise<void> {
    const [from, to] = [before.approval.status, after.approval.status];
    if (from === to) return;
    const owner = this.subjects.of(after.kind);
    if (to === 'EXECUTING') await owner.begin(after);
    if (REFUSED.includes(to) && from !== 'EXECUTING' && from !== 'STALE') {
      const message = `its approval is ${to}${reason ? `: ${reason}` : ''}`;
      await owner.end(after, { code: `APPROVAL_${to}`, message });
    }
  }

  private async record(
    caller: Caller,
    before: ApprovalRecord,
    after: ApprovalRecord,
    { action, policyIds = [], reason }: DecisionContext,
    event: string,
  ): Promise<void> {
    const intents = await this.audit.record([
      {
        kind: 'INTENT',
        caller,
        action,
        resource: auditResource(before),
        correlationId: before.subjectId,
        ...(reason ? { reason } : {}),
        ...(after.ticket ? { ticket: after.ticket } : {}),
        policyIds,
        before: { status: before.approval.status, contentHash: before.approval.contentHash },
        after: { event, status: after.approval.status, contentHash: after.approval.contentHash },
      },
    ]);
    await this.audit.close(intents, { outcome: 'SUCCEEDED' });
  }

  private async noteDenial(
    caller: Caller,
    record: ApprovalRecord,
    { action, policyIds = [] }: DecisionContext,
    code: string,
    reason: string,
  ): Promise<void> {
    const denied = { kind: 'DENIED', outcome: 'DENIED', caller, action, policyIds, reason } as const;
    const facts = { resource: auditResource(record), correlationId: record.subjectId, after: { refused: code } };
    await this.unitOfWork.apart(() => this.audit.record([{ ...denied, ...facts }]));
  }
}

/** What is approved starts at once, by whichever worker is there, if no time was asked for. */
function wakeUps(record: ApprovalRecord, effects: readonly ApprovalEffect[]) {
  const job = (why: string, notBefore?: Date) => ({
    job: ADVANCE_REQUEST_JOB,
    jobId: `${ADVANCE_REQUEST_JOB}-${record.id}-${record.version}-${why}`,
    payload: { requestId: record.id },
    ...(notBefore ? { notBefore } : {}),
  });
  const timed = effects.flatMap((effect) => {
    if (effect.type === 'CHECK_EXPIRY_AT') return [job('expiry', new Date(effect.at))];
    return effect.type === 'START_AT' ? [job('start', new Date(effect.at))] : [];
  });
  const { status, scheduledFor } = record.approval;
  return status === 'APPROVED' && scheduledFor === null ? [job('start'), ...timed] : timed;
}

const auditResource = ({ id, cluster }: ApprovalRecord) => ({ type: 'ApprovalRequest', cluster, uid: id });

export function requestNotFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no approval request "${id.slice(0, 64)}".`);
}
