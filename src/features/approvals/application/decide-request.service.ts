import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { type Decided, Decisions, type Refused } from '../../../platform/decisions/decisions.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import type { AccessAction } from '../../access/index.js';
import { decideApproval } from '../domain/approval.machine.js';
import { isReminderDue, reminderOf } from '../domain/approval-deadlines.js';
import type { ApprovalEffect, ApprovalEvent, Rejection } from '../domain/approval-event.js';
import { nounOf } from '../domain/approval-policy.js';
import type { ApprovalState, ApprovalStatus } from '../domain/approval-state.js';
import { type ApprovalRecord, eventsOf, type NewApprovalRequestEvent, requestNotFound } from './approval-record.js';
import { type ApprovalSubjectOwner, ApprovalSubjects } from './approval-subjects.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { isDenial, rejectionError } from './rejection-error.js';

/** Job that looks at one request again. */
export const ADVANCE_REQUEST_JOB = queuedJob('approval-request');

export interface RequestStep {
  readonly event: ApprovalEvent;
  /** What its author changes along with it. */
  readonly record?: Partial<Pick<ApprovalRecord, 'spec' | 'targets' | 'reason' | 'ticket' | 'approval'>>;
  /** Writes of the owner of its kind; joins the transaction. */
  readonly also?: () => Promise<void>;
}

export interface DecisionContext {
  action: AccessAction;
  policyIds?: string[];
  reason?: string | undefined;
  /** Refuses if the request has another version by then. */
  ifVersion?: number | undefined;
}

type Step = (record: ApprovalRecord, now: Date) => RequestStep | Promise<RequestStep>;
type DecidedRequest = Decided<ApprovalRecord, NewApprovalRequestEvent>;

/** Wakes the request of a subject that has ended. Joins the transaction of the end where there is one. */
export const subjectEndedJob = (requestId: string) => ({
  job: ADVANCE_REQUEST_JOB,
  jobId: `${ADVANCE_REQUEST_JOB}-${requestId}-ended`,
  payload: { requestId },
});

/** Moves a request, of whatever kind, by one event; what becomes of its subject belongs to the same transaction. */
@Injectable()
export class DecideRequest {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly subjects: ApprovalSubjects,
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  /** @param step looks at the locked request; it must not wait for anything outside of the database */
  async apply(caller: Caller, id: string, context: DecisionContext, step: Step): Promise<ApprovalRecord> {
    const decided = await this.decisions.decide(this.requests, id, (record: ApprovalRecord) =>
      this.decided(caller, record, context, step),
    );
    if (!decided) throw requestNotFound(id);
    return { ...decided.next, version: decided.next.version + 1 };
  }

  /** Reminds those who may review, once, that it still waits. */
  async remind(id: string): Promise<void> {
    await this.decisions.decide(this.requests, id, (record: ApprovalRecord): DecidedRequest | null => {
      const now = this.clock.now();
      if (!isReminderDue(record.approval, record.remindedAt, now)) return null;
      return { next: { ...record, remindedAt: now, updatedAt: now }, events: [reminderOf(record.approval)] };
    });
  }

  private async decided(
    caller: Caller,
    stored: ApprovalRecord,
    context: DecisionContext,
    step: Step,
  ): Promise<DecidedRequest | Refused> {
    assertVersion(stored, context.ifVersion);
    const now = this.clock.now();
    const { event, record: edited, also } = await step(stored, now);
    const owner = this.subjects.of(stored);
    if (event.type === 'EDITED' && !owner.life.isEditable) throw new Error(`a ${stored.kind} can't be edited`);
    const record = { ...stored, ...edited };
    const decided = decideApproval(record.approval, event, now);
    if ('rejection' in decided) return this.refusal(caller, stored, context, decided.rejection);
    // Of what waits anew, people are reminded anew.
    const remindedAt = isSameWait(stored.approval, decided.next) ? stored.remindedAt : null;
    const next = { ...record, approval: decided.next, held: null, remindedAt, updatedAt: now };
    return {
      next,
      audit: [{ ...this.auditOf(caller, next, context), ...facts(stored, next, event, context) }],
      events: eventsOf(decided.next, decided.effects),
      jobs: wakeUps(next, decided.effects, owner),
      also: async () => {
        await also?.();
        await moveSubject(owner, stored, next, context.reason);
      },
    };
  }

  private refusal(caller: Caller, record: ApprovalRecord, context: DecisionContext, rejection: Rejection): Refused {
    const refusal = rejectionError(rejection);
    const { code, message: reason } = rejection;
    if (!isDenial(code)) return { refusal };
    return { refusal, denied: { ...this.auditOf(caller, record, context), reason, after: { refused: code } } };
  }

  /** What audit events of a request have in common. */
  auditOf(caller: Caller, record: ApprovalRecord, { action, policyIds = [] }: DecisionContext) {
    const { id: uid, kind, cluster, subjectId: correlationId, ticket } = record;
    const { resourceType: type } = this.subjects.of(record);
    return {
      caller,
      action,
      policyIds,
      resource: { type, cluster, uid },
      correlationId,
      ...(kind === 'MAINTENANCE_RUN' ? { maintenanceRunId: correlationId } : {}),
      ...(ticket ? { ticket } : {}),
    };
  }
}

const isSameWait = (before: ApprovalState, after: ApprovalState): boolean =>
  before.contentHash === after.contentHash && before.approvalExpiresAt === after.approvalExpiresAt;

const facts = (
  { approval: before }: ApprovalRecord,
  { approval: after }: ApprovalRecord,
  event: ApprovalEvent,
  { reason }: DecisionContext,
) => ({
  ...(reason ? { reason } : {}),
  before: { status: before.status, contentHash: before.contentHash },
  after: { event: event.type, status: after.status, contentHash: after.contentHash },
});

const REFUSED: readonly ApprovalStatus[] = ['REJECTED', 'WITHDRAWN', 'EXPIRED', 'CANCELLED'];
const RUNNING: readonly ApprovalStatus[] = ['EXECUTING', 'PAUSED'];

/** Approved, its subject begins; refused before, it ends. What runs ends by itself. */
async function moveSubject(
  owner: ApprovalSubjectOwner,
  { approval: { status: from } }: ApprovalRecord,
  after: ApprovalRecord,
  reason: string | undefined,
): Promise<void> {
  const to = after.approval.status;
  const isEnd = (status: ApprovalStatus) =>
    REFUSED.includes(status) || (status === 'STALE' && owner.life.whenStale === 'ENDS');
  if (to === 'EXECUTING' && !RUNNING.includes(from)) await owner.begin(after);
  if (isEnd(to) && !isEnd(from) && !RUNNING.includes(from)) {
    const message = `its approval is ${to}${reason ? `: ${reason}` : ''}`;
    await owner.end(after, { code: `APPROVAL_${to}`, message });
  }
}

/** Effects that wait for a time become jobs; the others are read from the history by whoever notifies people. */
function wakeUps(record: ApprovalRecord, effects: readonly ApprovalEffect[], { life }: ApprovalSubjectOwner) {
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
  const startsNow = life.starts === 'WHEN_APPROVED' && status === 'APPROVED' && scheduledFor === null;
  return startsNow ? [job('start'), ...timed] : timed;
}

export function assertVersion(
  { version, kind }: Pick<ApprovalRecord, 'version' | 'kind'>,
  expected: number | undefined,
): void {
  if (expected === undefined || expected === version) return;
  throw new DomainError('PRECONDITION_FAILED', `The ${nounOf(kind)} was changed since it was read: read it again.`, {
    extensions: { version },
  });
}
