import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { newId } from '../../../kernel/ids.js';
import { decideApproval } from '../domain/approval.machine.js';
import { approvalContentHash, type ResolvedTarget } from '../domain/approval-content.js';
import {
  type ApprovalKind,
  type ApprovalSubject,
  applicableRules,
  type BlastRadius,
  type RuleReason,
  ruleReasons,
  type SubjectNode,
} from '../domain/approval-policy.js';
import { newApproval } from '../domain/approval-state.js';
import { participantOf } from '../domain/participant.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';
import { GovernanceRepository } from './ports/governance-repository.port.js';

/** What a rule asks for, and why. */
export interface RuleDemand extends RuleReason {
  readonly groups: string[];
  readonly count: number;
}

export interface ApprovalDemand {
  readonly kind: ApprovalKind;
  readonly subjectId: string;
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
  async ask(caller: Caller, demand: ApprovalDemand): Promise<string | null> {
    const policy = (await this.governance.policy())?.policy;
    const { kind, risk, nodes, covers, spec, targets, subjectId, cluster, reason, ticket } = demand;
    const subject = { kind, risk, nodes, ...(covers ? { covers } : {}) };
    if (!policy || applicableRules(policy, subject).length === 0) return null;
    const now = this.clock.now();
    const contentHash = approvalContentHash({ spec, targets, policyId: policy.id, policyVersion: policy.version });
    const author = participantOf(caller.actor);
    const draft = newApproval({ author, contentHash, subject, policy });
    const decided = decideApproval(draft, { type: 'SUBMITTED', by: author }, now);
    if ('rejection' in decided) throw new Error(`a new approval was refused: ${decided.rejection.message}`);
    const id = newId(now.getTime());
    const fixed = { id, version: 1, kind, cluster, subjectId, spec, targets, reason, ticket };
    const state = { approval: decided.next, held: null, remindedAt: null, lastSeq: 0, createdAt: now, updatedAt: now };
    await this.requests.insert({ ...fixed, ...state });
    return id;
  }
}
