import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { approvalContentHash } from '../domain/approval-content.js';
import type { ApprovalPolicy } from '../domain/approval-policy.js';
import type { ApprovalStatus } from '../domain/approval-state.js';
import { participantOf } from '../domain/participant.js';
import { describeDrift, targetDrift } from '../domain/target-drift.js';
import type { ApprovalRecord } from './approval-record.js';
import { ApprovalSubjects, type PresentSubject } from './approval-subjects.service.js';
import { DecideRequest, type RequestStep } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';

/** Under review or ready to start: bound to a policy and to targets. */
const BOUND: readonly ApprovalStatus[] = ['PENDING', 'APPROVED', 'SCHEDULED'];

export interface Refreshed {
  readonly record: ApprovalRecord;
  /** Null where the request is bound to nothing any more. */
  readonly present: Exclude<PresentSubject, { over: object }> | null;
}

/** Brings a request up to date with what it depends on: the policy in force, and its targets as they are. */
@Injectable()
export class RefreshRequest {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly decide: DecideRequest,
    private readonly subjects: ApprovalSubjects,
    private readonly governance: GovernanceRepository,
    private readonly clock: Clock,
  ) {}

  /** A new policy is new content: whoever approved under the old one is asked again. */
  async policy(record: ApprovalRecord): Promise<ApprovalRecord> {
    const policy = (await this.governance.policy())?.policy;
    const { status, policy: known } = record.approval;
    if (!policy || policy.version === known.version || !(BOUND.includes(status) || status === 'STALE')) return record;
    const context = { action: this.subjects.of(record).rights.automatic };
    return this.decide.apply(SYSTEM_CALLER, record.id, context, (locked) => policyChanged(locked, policy));
  }

  /** @returns the request, STALE by now if its targets are not those under review, and CANCELLED if there is nothing left to do */
  async targets(record: ApprovalRecord): Promise<Refreshed> {
    if (!BOUND.includes(record.approval.status)) return { record, present: null };
    const owner = this.subjects.of(record);
    const present = await owner.present(record);
    await this.requests.note(record.id, { targetsCheckedAt: this.clock.now() });
    const context = { action: owner.rights.automatic, ifVersion: record.version };
    if (present.over) {
      const { message: reason } = present.over;
      const event = { type: 'CANCELLED' as const, by: participantOf(SYSTEM_CALLER.actor), reason };
      const cancelled = await this.decide.apply(SYSTEM_CALLER, record.id, { ...context, reason }, () => ({ event }));
      return { record: cancelled, present: null };
    }
    const drift = present.difference === undefined ? targetDrift(record.targets, present.targets) : null;
    const difference = present.difference ?? drift;
    if (!difference) return { record, present };
    // Read before the lock: what was started meanwhile, by approval or by break-glass, has another version and runs.
    const reason = drift ? { reason: describeDrift(drift) } : {};
    const event = { type: 'TARGETS_DRIFTED' as const, difference };
    const stale = await this.decide.apply(SYSTEM_CALLER, record.id, { ...context, ...reason }, () => ({ event }));
    return { record: stale, present };
  }

  /** Everything as it must be to start. @throws DomainError CHANGE_STALE with the difference, or why it can't start now */
  async forStart(known: ApprovalRecord): Promise<Refreshed> {
    const refreshed = await this.targets(await this.policy(known));
    const { status, difference } = refreshed.record.approval;
    if (status === 'STALE') {
      const extensions = { difference };
      throw new DomainError('CHANGE_STALE', 'The targets no longer are what was approved.', { extensions });
    }
    if (refreshed.present?.blocked) throw refreshed.present.blocked;
    return refreshed;
  }

  /** Where a stale one is rebased, nobody breaks the glass for what is not there; where it ends, this is no time to end it. */
  async forBreakGlass(record: ApprovalRecord): Promise<void> {
    if (this.subjects.of(record).life.whenStale === 'IS_REBASED') await this.forStart(record);
  }
}

/** Whoever approved under another policy is asked again. */
export function policyChanged({ spec, targets, approval }: ApprovalRecord, policy: ApprovalPolicy): RequestStep {
  const contentHash = approvalContentHash({ spec, targets, policyId: policy.id, policyVersion: policy.version });
  return { event: { type: 'POLICY_CHANGED', contentHash, subject: approval.subject, policy } };
}
