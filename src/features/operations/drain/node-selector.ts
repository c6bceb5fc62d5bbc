import { type LabelRequirement, matchesLabels } from '../../../kernel/label-selector.js';
import { labelRequirements, type ObjectRequirement } from './label-requirements.js';

/** One alternative of a node selector. Fields know only `metadata.name`. */
export interface NodeSelectorTerm {
  readonly labels: readonly LabelRequirement[];
  readonly fields: readonly LabelRequirement[];
}

/** Alternatives: one that matches is enough, and an empty list matches no node. */
export type NodeSelector = readonly NodeSelectorTerm[];

/** From the object form. Terms without requirements match nothing, as in the scheduler, so they are left out. */
export function nodeSelectorOf(
  terms: readonly { matchExpressions?: readonly ObjectRequirement[]; matchFields?: readonly ObjectRequirement[] }[],
): NodeSelector {
  const readable: NodeSelectorTerm[] = [];
  for (const term of terms) {
    const labels = labelRequirements(term.matchExpressions ?? []);
    const fields = labelRequirements(term.matchFields ?? []);
    if (labels && fields && labels.length + fields.length > 0) readable.push({ labels, fields });
  }
  return readable;
}

export function matchesNodeSelector(
  selector: NodeSelector,
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  const fields = { 'metadata.name': node.name };
  return selector.some(
    (term) =>
      matchesLabels({ requirements: term.labels }, node.labels) && matchesLabels({ requirements: term.fields }, fields),
  );
}
