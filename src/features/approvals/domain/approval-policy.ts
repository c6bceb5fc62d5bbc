import type { InputViolation } from '../../../kernel/domain-error.js';
import { matchesLabels, parseLabelSelector } from '../../../kernel/label-selector.js';

export const BLAST_RADII = ['low', 'medium', 'high'] as const;
export type BlastRadius = (typeof BLAST_RADII)[number];

export const APPROVAL_KINDS = ['KUBELET_CONFIG_CHANGE', 'DRAIN', 'MAINTENANCE_RUN'] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/** What people call one, in sentences. */
const NOUNS: Record<ApprovalKind, string> = {
  KUBELET_CONFIG_CHANGE: 'change',
  DRAIN: 'drain',
  MAINTENANCE_RUN: 'maintenance run',
};
export const nounOf = (kind: ApprovalKind): string => NOUNS[kind];

export interface SubjectNode {
  cluster: string;
  node: string;
  labels: Record<string, string>;
}

interface JudgedAction {
  kind: ApprovalKind;
  risk: BlastRadius;
  nodes: SubjectNode[];
}

/** What is to be approved, as far as policies look at it. */
export interface ApprovalSubject extends JudgedAction {
  /** What else it does, each with the nodes and the risk it has there: the drains of a run. Rules for it hold here too. */
  covers?: JudgedAction[];
}

/** Why a rule asks for an approval: what it is about, and on which nodes. */
export interface RuleReason {
  ruleId: string;
  /** The kind of the request itself, or of what it covers. */
  kind: ApprovalKind;
  nodes: string[];
}

/** `count` different people, each in at least one of `groups`. All rules that apply must be met: groups are OR, rules are AND. */
export interface ApprovalRule {
  id: string;
  groups: string[];
  count: number;
  /** The rule applies where all conditions given hold. */
  when?: {
    /** Config changes only, if left out. */
    kinds?: ApprovalKind[];
    minRisk?: BlastRadius;
    /** Any node in one of these clusters. */
    clusters?: string[];
    /** Any node whose labels match, within `clusters` if those are given. */
    nodeSelector?: string;
  };
}

export interface ApprovalPolicy {
  id: string;
  /** Raised by every edit; part of the content hash. */
  version: number;
  rules: ApprovalRule[];
  /** How long a submitted change waits for reviews. */
  approvalTtlSeconds: number;
  /** How long an approval may be executed. */
  executionTtlSeconds: number;
  /** How long after a break-glass its review is due. */
  breakGlassReviewSeconds: number;
}

const MAX_RULES = 50;
const MAX_COUNT = 20;
const MAX_TTL_SECONDS = 90 * 24 * 3600;

export const applicableRules = (policy: ApprovalPolicy, subject: ApprovalSubject): ApprovalRule[] =>
  policy.rules.filter((rule) => reasonOf(rule, subject) !== null);

/** The rules that apply, each with why. */
export const ruleReasons = (policy: ApprovalPolicy, subject: ApprovalSubject): RuleReason[] =>
  policy.rules.flatMap((rule) => reasonOf(rule, subject) ?? []);

/** The request itself first: what it covers is a reason only where it is none. */
function reasonOf(rule: ApprovalRule, { covers = [], ...subject }: ApprovalSubject): RuleReason | null {
  const own = nodesMet(rule, subject);
  if (own) return { ruleId: rule.id, kind: subject.kind, nodes: own };
  const met = covers.flatMap((action) => {
    const nodes = nodesMet(rule, action);
    return nodes ? [{ kind: action.kind, nodes }] : [];
  });
  const [first] = met;
  if (!first) return null;
  const same = met.filter(({ kind }) => kind === first.kind);
  return { ruleId: rule.id, kind: first.kind, nodes: same.flatMap(({ nodes }) => nodes) };
}

/** The nodes for which the rule applies; null if it does not. */
function nodesMet({ when }: ApprovalRule, action: JudgedAction): string[] | null {
  // Drains and runs wait only where a rule names them: whoever wrote a rule without kinds thought of config changes.
  const kinds = when?.kinds ?? ['KUBELET_CONFIG_CHANGE'];
  if (!kinds.includes(action.kind)) return null;
  if (when?.minRisk && BLAST_RADII.indexOf(action.risk) < BLAST_RADII.indexOf(when.minRisk)) return null;
  const { clusters, nodeSelector } = when ?? {};
  if (!clusters && nodeSelector === undefined) return action.nodes.map(({ node }) => node);
  const matches = nodeSelector === undefined ? () => true : labelMatcher(nodeSelector);
  const met = action.nodes.filter(
    ({ cluster, labels }) => (!clusters || clusters.includes('*') || clusters.includes(cluster)) && matches(labels),
  );
  return met.length > 0 ? met.map(({ node }) => node) : null;
}

function labelMatcher(selector: string): (labels: Record<string, string>) => boolean {
  try {
    const parsed = parseLabelSelector(selector);
    return (labels) => matchesLabels(parsed, labels);
  } catch {
    // a selector that cannot be read asks for approval rather than waiving it
    return () => true;
  }
}

/** What is wrong with a policy, before it is stored. */
export function checkApprovalPolicy(policy: ApprovalPolicy): InputViolation[] {
  const found: InputViolation[] = [];
  const refuse = (pointer: string, code: string, message: string) => found.push({ pointer, code, message });
  if (policy.rules.length > MAX_RULES) refuse('/rules', 'TOO_MANY', `may hold at most ${MAX_RULES} rules`);
  const ids = new Set<string>();
  policy.rules.slice(0, MAX_RULES).forEach((rule, i) => {
    if (rule.id === '' || ids.has(rule.id)) refuse(`/rules/${i}/id`, 'DUPLICATE_ITEM', 'must be unique and not empty');
    ids.add(rule.id);
    if (rule.groups.length === 0 || rule.groups.includes('')) {
      refuse(`/rules/${i}/groups`, 'REQUIRED', 'must name at least one group');
    }
    if (!Number.isInteger(rule.count) || rule.count < 1 || rule.count > MAX_COUNT) {
      refuse(`/rules/${i}/count`, 'OUT_OF_RANGE', `must be from 1 to ${MAX_COUNT}`);
    }
    if (rule.when?.nodeSelector !== undefined && !isReadable(rule.when.nodeSelector)) {
      refuse(`/rules/${i}/when/nodeSelector`, 'INVALID_LABEL_SELECTOR', 'is not a label selector');
    }
  });
  for (const field of ['approvalTtlSeconds', 'executionTtlSeconds', 'breakGlassReviewSeconds'] as const) {
    const value = policy[field];
    if (!Number.isInteger(value) || value < 60 || value > MAX_TTL_SECONDS) {
      refuse(`/${field}`, 'OUT_OF_RANGE', `must be from 60 to ${MAX_TTL_SECONDS}`);
    }
  }
  return found;
}

function isReadable(selector: string): boolean {
  try {
    parseLabelSelector(selector);
    return true;
  } catch {
    return false;
  }
}
