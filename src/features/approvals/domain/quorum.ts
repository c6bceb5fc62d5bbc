import type { ApprovalRule } from './approval-policy.js';

/** One person who approved, with the groups that count. */
export interface Approver {
  person: string;
  groups: readonly string[];
}

export interface Quorum {
  satisfied: boolean;
  /** Which rule each approval is counted for; a person appears at most once. */
  assignments: { ruleId: string; person: string }[];
  /** What is still needed, with the best assignment. */
  missing: { ruleId: string; groups: string[]; count: number }[];
}

/**
 * Assigns approvers to the places that rules demand by maximum bipartite matching (augmenting paths). A person fills one place, and
 * whenever some assignment fills all places one is found, which giving each person to the first rule that fits does not do.
 */
export function evaluateQuorum(rules: readonly ApprovalRule[], approvers: readonly Approver[]): Quorum {
  const people = mergeByPerson(approvers);
  const places = rules.flatMap((rule) => Array.from({ length: rule.count }, () => rule));
  const fits = places.map((rule) =>
    people.flatMap(({ groups }, index) => (rule.groups.some((group) => groups.has(group)) ? [index] : [])),
  );
  const placeOf = new Array<number | undefined>(people.length).fill(undefined);

  const assign = (place: number, tried: Set<number>): boolean => {
    for (const person of fits[place] as number[]) {
      if (tried.has(person)) continue;
      tried.add(person);
      const held = placeOf[person];
      if (held === undefined || assign(held, tried)) {
        placeOf[person] = place;
        return true;
      }
    }
    return false;
  };
  const filled = places.map((_, place) => assign(place, new Set()));

  const missing = new Map<string, { ruleId: string; groups: string[]; count: number }>();
  places.forEach((rule, place) => {
    if (filled[place]) return;
    const entry = missing.get(rule.id) ?? { ruleId: rule.id, groups: [...rule.groups], count: 0 };
    entry.count += 1;
    missing.set(rule.id, entry);
  });
  const assignments = people.flatMap(({ person }, index) => {
    const place = placeOf[index];
    return place === undefined ? [] : [{ ruleId: (places[place] as ApprovalRule).id, person }];
  });
  return { satisfied: missing.size === 0, assignments, missing: [...missing.values()] };
}

function mergeByPerson(approvers: readonly Approver[]): { person: string; groups: Set<string> }[] {
  const people = new Map<string, Set<string>>();
  for (const { person, groups } of approvers) {
    const known = people.get(person) ?? new Set();
    for (const group of groups) known.add(group);
    people.set(person, known);
  }
  return [...people].map(([person, groups]) => ({ person, groups }));
}
