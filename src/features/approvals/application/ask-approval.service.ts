import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { newId } from '../../../kernel/ids.js';
import { Decisions } from '../../../platform/decisions/decisions.js';
import { decideApproval } from '../domain/approval.machine.js';
import { approvalContentHash, type ResolvedTarget } from '../domain/approval-content.js';
import {
  type ApprovalKind,
  type ApprovalPolicy,
  type ApprovalSubject,
  applicableRules,
  type BlastRadius,
  type RuleReason,
  ruleReasons,
  type SubjectNode,
} from '../domain/approval-policy.js';
import { newApproval } from '../domain/approval-state.js';
import { participantOf } from '../domain/participant.js';
import { type ApprovalRecord, eventsOf } from './approval-record.js';
import { DecideRequest, type DecisionContext } from './decide-request.service.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';

/** What a rule asks for, and why. */
export interface RuleDemand extends RuleReason {
  readonly groups: string[];
  readonly count: number;
}

export interface ApprovalDemand {
  readonly kind: ApprovalKind;
  readonly cluster: string;
  readonly risk: BlastRadius;
  readonly nodes: SubjectNode[];
  /** What it does besides, for which rules hold too. */
  readonly covers?: ApprovalSubject['covers'];
  readonly targets: ResolvedTarget[];
  readonly spec: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly ticket: string | null;
}

/** Asks for an approval where the policy in force demands one. */
@Injectable()
export class AskApproval {
  constructor(
    private readonly requests: ApprovalRepository,
    private readonly governance: GovernanceRepository,
    private readonly decisions: Decisions,
    private readonly decide: DecideRequest,
    private readonly clock: Clock,
  ) {}

  /** Which rules of the policy in force would ask for these, each with why and for how many people. */
  async wouldAsk(subjects: readonly ApprovalSubject[]): Promise<RuleDemand[]> {
    const policy = (await this.governance.policy())?.policy;
    if (!policy) return [];
    const reasons = subjects.flatMap((subject) => ruleReasons(policy, subject));
    return policy.rules.flatMap(({ id, groups, count }) => {
      const [first, ...others] = reasons.filter(({ ruleId }) => ruleId === id);
      if (!first) return [];
      return [{ ...first, nodes: [first, ...others].flatMap(({ nodes }) => nodes), groups: [...groups], count }];
    });
  }

  /** Joins the transaction that stores the subject. @returns the id of the request; null where no rule applies */
  async ask(caller: Caller, demand: ApprovalDemand & { readonly subjectId: string }): Promise<string | null> {
    const { policy } = await this.governance.inForce();
    if (!policy || applicableRules(policy, subjectOf(demand)).length === 0) return null;
    const draft = this.draftOf(caller, demand, policy);
    const submitted = { type: 'SUBMITTED', by: draft.approval.author } as const;
    const decided = decideApproval(draft.approval, submitted, draft.createdAt);
    if ('rejection' in decided) throw new Error(`a new approval was refused: ${decided.rejection.message}`);
    const record = { ...draft, subjectId: demand.subjectId, approval: decided.next };
    await this.decisions.insert(this.requests, record, { events: eventsOf(decided.next, decided.effects) });
    return record.id;
  }

  /** A request that nobody is asked about yet; what it is about is kept by its owner under the same id. */
  async draft(caller: Caller, demand: ApprovalDemand, context: DecisionContext): Promise<ApprovalRecord> {
    const policy = (await this.governance.policy())?.policy;
    if (!policy) throw new DomainError('INTERNAL', 'There is no approval policy.');
    const record = this.draftOf(caller, demand, policy);
    const { actorId, displayName } = record.approval.author;
    const created = { type: 'CREATED', data: { by: { actorId, displayName }, from: null, to: 'DRAFT' } };
    const { reason, spec } = demand;
    const audit = { ...this.decide.auditOf(caller, record, context), reason, after: { event: 'CREATED', spec } };
    await this.decisions.insert(this.requests, record, { events: [created], audit: [audit] });
    return record;
  }

  private draftOf(caller: Caller, demand: ApprovalDemand, policy: ApprovalPolicy): ApprovalRecord {
    const { kind, spec, targets, cluster, reason, ticket } = demand;
    const now = this.clock.now();
    const id = newId(now.getTime());
    const contentHash = approvalContentHash({ spec, targets, policyId: policy.id, policyVersion: policy.version });
    const author = participantOf(caller.actor);
    const approval = newApproval({ author, contentHash, subject: subjectOf(demand), policy });
    const fixed = { id, version: 1, kind, cluster, subjectId: id, spec, targets, reason, ticket, approval };
    const { externalCorrelationId = null } = caller.request;
    const nothing = { held: null, remindedAt: null, targetsCheckedAt: null, lastSeq: 0 };
    return { ...fixed, externalCorrelationId, ...nothing, createdAt: now, updatedAt: now };
  }
}

const subjectOf = ({ kind, risk, nodes, covers }: ApprovalDemand): ApprovalSubject => ({
  kind,
  risk,
  nodes,
  ...(covers ? { covers } : {}),
});
