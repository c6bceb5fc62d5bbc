import type { ConfigTarget } from './config-target.js';

/** Targets for which every check has the same answer, so that a fleet of one shape is checked once. */
export function targetGroups(targets: readonly ConfigTarget[]): ConfigTarget[][] {
  const groups = new Map<string, ConfigTarget[]>();
  for (const target of targets) {
    const { node: _node, ...rest } = target;
    const key = JSON.stringify(rest);
    const group = groups.get(key);
    if (group) group.push(target);
    else groups.set(key, [target]);
  }
  return [...groups.values()];
}
