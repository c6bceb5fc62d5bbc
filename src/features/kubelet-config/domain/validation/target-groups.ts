import type { JsonObject } from '../json/json-value.js';
import type { ConfigTarget } from './config-target.js';

/** Targets for which every check has the same answer, so that a fleet of one shape is checked once. */
export function targetGroups(targets: readonly ConfigTarget[]): ConfigTarget[][] {
  const groups = new Map<string, ConfigTarget[]>();
  for (const target of targets) {
    const { node: _node, live, ...rest } = target;
    const key = JSON.stringify([rest, live === null ? null : withoutIdentity(live)]);
    const group = groups.get(key);
    if (group) group.push(target);
    else groups.set(key, [target]);
  }
  return [...groups.values()];
}

/** No rule reads these, and they would put each node into a group of its own. Other node-specific fields do matter to rules. */
function withoutIdentity(live: JsonObject): JsonObject {
  const { address: _address, providerID: _providerID, podCIDR: _podCIDR, ...rest } = live;
  return rest;
}
