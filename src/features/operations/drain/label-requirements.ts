import type { LabelOperator, LabelRequirement, LabelSelector } from '../../../kernel/label-selector.js';

/** A requirement as Kubernetes objects write it, in label selectors and in node selector terms. */
export interface ObjectRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** The object form of a label selector, as disruption budgets and affinity terms carry it. */
export interface ObjectSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly ObjectRequirement[];
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: '>',
  Lt: '<',
};

/**
 * The object form as the kernel's selector. An empty object selects everything; an absent or unreadable one gives null,
 * which selects nothing: the API server, too, leaves out a budget whose selector it can't read.
 */
export function labelSelectorOf(selector: ObjectSelector | null | undefined): LabelSelector | null {
  if (!selector) return null;
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
  const expressions = labelRequirements(selector.matchExpressions ?? []);
  return expressions && { requirements: [...requirements, ...expressions] };
}

/** Null where an operator is unknown. */
export function labelRequirements(expressions: readonly ObjectRequirement[]): LabelRequirement[] | null {
  const requirements: LabelRequirement[] = [];
  for (const { key, operator, values } of expressions) {
    const known = OPERATORS[operator];
    if (!known) return null;
    requirements.push({ key, operator: known, values: values ?? [] });
  }
  return requirements;
}
