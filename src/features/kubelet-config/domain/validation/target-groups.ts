import type { JsonObject } from '../json/json-value.js';
import type { ConfigTarget } from './config-target.js';

/** Targets for which every check has the same answer, so that a fleet of one shape is checked once. */
export function targetGroups(targets: readonly ConfigTarget[]): ConfigTarget[][] {
  const groups = Map.groupBy(targets, ({ node: _node, live, ...rest }) =>
    JSON.stringify([rest, live === null ? null : withoutIdentity(live)]),
  );
  return [...groups.values()];
}

/** No rule reads these, and they would put each node into a group of its own. Other node-specific fields do matter to rules. */
function withoutIdentity(live: JsonObject): JsonObject {
  const { address: _address, providerID: _providerID, podCIDR: _podCIDR, ...rest } = live;
  return rest;
}
