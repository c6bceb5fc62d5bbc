import type { ResolvedTarget } from './approval-content.js';

/** Which targets are others than those that were approved; names in order. */
export interface TargetDrift {
  /** Chosen now, but not approved. */
  added: string[];
  /** Approved, but not chosen any more: gone, labelled otherwise, or out of the author's reach. */
  removed: string[];
  /** The name is the same, the node is another one. */
  replaced: string[];
}

/** @returns null while they are the same ones; their order means nothing */
export function targetDrift(approved: readonly ResolvedTarget[], found: readonly ResolvedTarget[]): TargetDrift | null {
  const before = new Map(approved.map((target) => [keyOf(target), target]));
  const now = new Map(found.map((target) => [keyOf(target), target]));
  const namesOf = (targets: readonly ResolvedTarget[]) => targets.map(({ node }) => node).sort();
  const drift = {
    added: namesOf(found.filter((target) => !before.has(keyOf(target)))),
    removed: namesOf(approved.filter((target) => !now.has(keyOf(target)))),
    replaced: namesOf(found.filter((target) => (before.get(keyOf(target)) ?? target).uid !== target.uid)),
  };
  return Object.values(drift).some((names) => names.length > 0) ? drift : null;
}

/** How many names a sentence gives; the history holds them all. */
const SHOWN = 20;

export function describeDrift(drift: TargetDrift): string {
  const parts = [
    ['came in', drift.added],
    ['went out', drift.removed],
    ['was replaced', drift.replaced],
  ] as const;
  const said = parts.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${listed(names)}`);
  return `the nodes are not those that were approved (${said.join('; ')})`;
}

const listed = (names: readonly string[]): string =>
  names.length <= SHOWN ? names.join(', ') : `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`;

const keyOf = ({ cluster, node }: ResolvedTarget): string => `${cluster}/${node}`;
