import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { AccessControl } from '../../access/index.js';
import { AuditTrail } from '../../audit/index.js';
import { type ApprovalPolicy, type ApprovalSubject, checkApprovalPolicy } from '../domain/approval-policy.js';
import { type ApprovalPreview, previewApproval } from '../domain/approval-preview.js';
import { checkFreezeWindow, type FreezeWindow } from '../domain/freeze-window.js';
import { participantOf } from '../domain/participant.js';
import { ADVANCE_ALL_REQUESTS_JOB } from './advance-requests.service.js';
import { type FreezeWindowSet, GovernanceRepository, type StoredPolicy } from './ports/governance-repository.port.js';

export type PolicyInput = Omit<ApprovalPolicy, 'id' | 'version'>;

const SYSTEM = { type: 'System' } as const;

/** Who must approve, and when nothing may run. Both are kept in every version. */
@Injectable()
export class GovernApprovals {
  constructor(
    private readonly governance: GovernanceRepository,
    private readonly access: AccessControl,
    private readonly audit: AuditTrail,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async policy(caller: Caller, version?: number): Promise<StoredPolicy> {
    await this.access.require(caller, 'approval-policy.read', SYSTEM);
    const stored = await this.governance.policy(version);
    if (!stored) throw new DomainError('NOT_FOUND', 'There is no such version of the approval policy.');
    return stored;
  }

  /** @param ifVersion the version that the caller saw; null takes any */
  async replacePolicy(caller: Caller, input: PolicyInput, ifVersion: number | null): Promise<StoredPolicy> {
    const { policyIds } = await this.access.require(caller, 'approval-policy.write', SYSTEM);
    const known = (await this.policy(caller)).policy;
    assertSeen(known.version, ifVersion);
    const policy: ApprovalPolicy = { ...plain(input), id: known.id, version: known.version + 1 };
    const violations = checkApprovalPolicy(policy);
    if (violations.length > 0) throw invalidInput(violations);
    const stored = { policy, createdBy: caller.actor.id, createdAt: this.clock.now() };
    await this.unitOfWork.run(async () => {
      await this.governance.addPolicy(stored);
      await this.note(caller, 'ApprovalPolicy', policyIds, { ...known }, { ...policy });
      await this.outbox.add([lookAtAll(`policy-${policy.version}`)]);
    });
    return stored;
  }

  /** The dry run: who would have to approve this? With `candidate`, under a policy that is not in force. */
  async preview(caller: Caller, subject: ApprovalSubject, candidate?: PolicyInput): Promise<ApprovalPreview> {
    const { policy } = await this.policy(caller);
    const judged = candidate ? { ...plain(candidate), id: policy.id, version: policy.version + 1 } : policy;
    const violations = checkApprovalPolicy(judged).map((v) => ({ ...v, pointer: `/policy${v.pointer}` }));
    if (violations.length > 0) throw invalidInput(violations);
    return previewApproval(judged, subject, participantOf(caller.actor));
  }

  async freezeWindows(caller: Caller): Promise<FreezeWindowSet> {
    await this.access.require(caller, 'approval-policy.read', SYSTEM);
    return this.governance.freezeWindows();
  }

  async replaceFreezeWindows(
    caller: Caller,
    input: readonly FreezeWindow[],
    ifVersion: number | null,
  ): Promise<FreezeWindowSet> {
    const { policyIds } = await this.access.require(caller, 'approval-policy.write', SYSTEM);
    const known = await this.governance.freezeWindows();
    assertSeen(known.version, ifVersion);
    const windows = plain(input) as FreezeWindow[];
    const violations = windows.flatMap((window, index) => [
      ...checkFreezeWindow(window).map((v) => ({ ...v, pointer: `/windows/${index}${v.pointer}` })),
      ...(windows.findIndex(({ id }) => id === window.id) === index
        ? []
        : [{ pointer: `/windows/${index}/id`, code: 'DUPLICATE_ITEM', message: 'must be unique' }]),
    ]);
    if (violations.length > 0) throw invalidInput(violations);
    const set = { version: known.version + 1, windows, createdBy: caller.actor.id, createdAt: this.clock.now() };
    await this.unitOfWork.run(async () => {
      await this.governance.addFreezeWindows(set);
      await this.note(caller, 'FreezeWindows', policyIds, { windows: known.windows }, { windows });
      await this.outbox.add([lookAtAll(`freeze-${set.version}`)]);
    });
    return set;
  }

  private async note(
    caller: Caller,
    type: string,
    policyIds: string[],
    before: Record<string, unknown>,
    after: Record<string, unknown>,
  ): Promise<void> {
    const done = { caller, action: 'approval-policy.write', resource: { type }, policyIds, before, after };
    await this.audit.recordDone([done]);
  }
}

/** What is in force decides on everything that waits. */
const lookAtAll = (what: string) => ({
  job: ADVANCE_ALL_REQUESTS_JOB,
  jobId: `${ADVANCE_ALL_REQUESTS_JOB}-${what}`,
  payload: {},
});

/** Instances of input classes hold undefined members; what is stored and hashed is plain JSON. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function assertSeen(version: number, seen: number | null): void {
  if (seen === null || seen === version) return;
  throw new DomainError('PRECONDITION_FAILED', 'It was changed since it was read: read it again.', {
    extensions: { version },
  });
}
