import { type ApprovalPolicy, type ApprovalRule, type ApprovalSubject, applicableRules } from './approval-policy.js';
import type { ApprovalState } from './approval-state.js';
import { quorumOf } from './approval-step.js';
import { type Exclusion, exclusionOf, type Participant, personOf } from './participant.js';
import { evaluateQuorum, type Quorum } from './quorum.js';

export interface ApprovalPreview {
  /** No rule applies: the change is approved as soon as it is submitted. */
  automatic: boolean;
  rules: { ruleId: string; groups: string[]; count: number; candidates: string[] }[];
  /** Whether the known people could fill the quorum; without people it is not known. */
  satisfiable: boolean | null;
  excluded: { person: string; exclusion: Exclusion }[];
}

/** The dry run of a policy: who would have to approve this? `people` are the known members of the groups, where a directory exists. */
export function previewApproval(
  policy: ApprovalPolicy,
  subject: ApprovalSubject,
  author: Participant,
  people: readonly Participant[] | null = null,
): ApprovalPreview {
  const rules = applicableRules(policy, subject);
  const makers = { author, lastEditor: author, editors: [] };
  const judged = (people ?? []).map((person) => ({ person, exclusion: exclusionOf(person, makers) }));
  const free = judged.filter(({ exclusion }) => !exclusion).map(({ person }) => person);
  const inRule = (rule: ApprovalRule) =>
    free.filter(({ groups }) => rule.groups.some((group) => groups.includes(group)));
  return {
    automatic: rules.length === 0,
    rules: rules.map((rule) => ({
      ruleId: rule.id,
      groups: [...rule.groups],
      count: rule.count,
      candidates: [...new Set(inRule(rule).map(personOf))].sort(),
    })),
    satisfiable:
      people === null
        ? null
        : evaluateQuorum(
            rules,
            free.map((person) => ({ person: personOf(person), groups: person.groups })),
          ).satisfied,
    excluded: judged.flatMap(({ person, exclusion }) => (exclusion ? [{ person: personOf(person), exclusion }] : [])),
  };
}

/** The rules that apply now, what counts for them and what is missing. */
export const quorumStatus = (state: ApprovalState): Quorum => quorumOf(state);

/** Whether this participant could review the change now and has not yet: the test of an approver's inbox. */
export function isReviewRequestedFrom(state: ApprovalState, participant: Participant): boolean {
  if (state.status !== 'PENDING' || exclusionOf(participant, state)) return false;
  const quorum = quorumOf(state);
  const person = personOf(participant);
  const reviewedAlready = state.reviews.some(
    (review) => review.person === person && review.voidedAt === null && review.contentHash === state.contentHash,
  );
  return (
    !reviewedAlready && quorum.missing.some(({ groups }) => groups.some((group) => participant.groups.includes(group)))
  );
}
