import { type ConfigDifference, diffConfig } from '../explain/config-diff.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { fleetConfigHash } from './config-hash.js';

export interface ConfiguredNode {
  node: string;
  /** Null where configz could not be read. */
  live: JsonObject | null;
}

export interface ConfigGroup {
  configHash: string;
  nodes: string[];
  /** Not the group that most nodes are in. */
  outlier: boolean;
  /** Against the largest group; `before` is its value. Empty for that group. */
  differences: ConfigDifference[];
  /** The document of the first node, node-specific fields left out. */
  config: JsonObject;
}

export interface ConfigDrift {
  /** Largest first; the first is what the others are compared with. */
  groups: ConfigGroup[];
  /** Each member that is not the same everywhere, with every value it has. */
  differingFields: { path: string; values: { value: JsonValue | null; nodes: string[] }[] }[];
  unreadableNodes: string[];
}

const shared = (live: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(live).filter(([name]) => !KUBELET_FIELDS.get(name)?.nodeSpecific));

/** Puts nodes with the same configuration together and says in what the others differ. */
export function groupByConfig(nodes: readonly ConfiguredNode[]): ConfigDrift {
  const byHash = new Map<string, { nodes: string[]; config: JsonObject }>();
  for (const { node, live } of nodes) {
    if (live === null) continue;
    const hash = fleetConfigHash(live);
    const known = byHash.get(hash);
    if (known) known.nodes.push(node);
    else byHash.set(hash, { nodes: [node], config: shared(live) });
  }
  // equal sizes are ordered by hash, so that the answer does not depend on the order of nodes
  const sorted = [...byHash].sort(
    ([hashA, a], [hashB, b]) => b.nodes.length - a.nodes.length || (hashA < hashB ? -1 : 1),
  );
  const reference = sorted[0]?.[1].config ?? {};
  const groups = sorted.map(([configHash, group], index) => ({
    configHash,
    ...group,
    outlier: index > 0,
    differences: index === 0 ? [] : diffConfig(reference, group.config),
  }));
  return {
    groups,
    differingFields: differingFields(groups),
    unreadableNodes: nodes.filter(({ live }) => live === null).map(({ node }) => node),
  };
}

function differingFields(groups: readonly ConfigGroup[]): ConfigDrift['differingFields'] {
  const paths = new Map<string, ConfigDifference>();
  for (const { differences } of groups) for (const item of differences) paths.set(item.path, item);
  return [...paths.values()].map(({ path, before }) => {
    const values = new Map<string, { value: JsonValue | null; nodes: string[] }>();
    for (const group of groups) {
      const own = group.differences.find((difference) => difference.path === path);
      const value = (own ? own.after : before) ?? null;
      const entry = values.get(JSON.stringify(value)) ?? { value, nodes: [] };
      entry.nodes.push(...group.nodes);
      values.set(JSON.stringify(value), entry);
    }
    return { path, values: [...values.values()] };
  });
}
