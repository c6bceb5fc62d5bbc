import type { NodePlatform } from '../../../../kernel/node-platform.js';
import { fleetConfigHash } from '../drift/config-hash.js';
import { effectiveConfig, patchFields } from '../fields/effective-config.js';
import { maxRisk, type Risk, type RiskVerdict } from '../fields/field-spec.js';
import { type FlagOverride, flagsOverriding } from '../fields/flag-names.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import { type JsonObject, ownValue } from '../json/json-value.js';
import { evaluatePosture } from '../posture/evaluate-posture.js';
import type { PostureFinding } from '../posture/posture-finding.js';
import { type ConfigTarget, versionOf } from '../validation/config-target.js';
import { type ConfigDifference, diffConfig } from './config-diff.js';
import { configYaml, unifiedDiff } from './unified-diff.js';

export interface FieldChange extends ConfigDifference, RiskVerdict {
  /** State files that go before the kubelet starts with the new value. */
  checkpointFiles: string[];
}

/** Targets for which the change does the same. */
export interface ExplainedGroup {
  /** Hash of the live configuration without node-specific fields; null where it could not be read. */
  configHash: string | null;
  nodes: string[];
  kubernetesMinor: string;
  platform: NodePlatform;
  before: JsonObject;
  after: JsonObject;
  changes: FieldChange[];
  /** The effective documents as `diff -u` shows them; empty where nothing changes. */
  unifiedDiff: string;
  risk: Risk;
  drainFirst: boolean;
  checkpointFiles: string[];
  /** The nodes run with the wanted values already. */
  compliant: boolean;
  flagOverrides: (FlagOverride & { nodes: string[] })[];
  posture: { fixed: PostureFinding[]; opened: PostureFinding[] };
}

export interface ChangeExplanation {
  /** The highest of all groups; `low` where nothing changes. */
  risk: Risk;
  drainFirst: boolean;
  groups: ExplainedGroup[];
  compliantNodes: string[];
  overriddenNodes: string[];
}

/** What a valid patch would do to each group of targets. */
export function explainChange(patch: JsonObject, targets: readonly ConfigTarget[]): ChangeExplanation {
  const groups = groupTargets(targets).map((group) => explainGroup(patchFields(patch), group));
  return {
    risk: maxRisk(groups.map(({ risk }) => risk)),
    drainFirst: groups.some(({ drainFirst }) => drainFirst),
    groups,
    compliantNodes: groups.filter(({ compliant }) => compliant).flatMap(({ nodes }) => nodes),
    overriddenNodes: [...new Set(groups.flatMap((group) => group.flagOverrides.flatMap(({ nodes }) => nodes)))],
  };
}

type Group = [ConfigTarget, ...ConfigTarget[]];

const minorOf = (target: ConfigTarget): string => {
  const { major, minor } = versionOf(target);
  return `${major}.${minor}`;
};

/** The largest group first. */
function groupTargets(targets: readonly ConfigTarget[]): Group[] {
  const groups = Map.groupBy(targets, (target) => {
    const hash = target.live === null ? 'unknown' : fleetConfigHash(target.live);
    const where = `${target.dropInDirectory ?? ''} ${target.configFile ?? ''}`;
    return `${hash} ${minorOf(target)} ${target.platform} ${where}`;
  });
  return ([...groups.values()] as Group[]).sort((a, b) => b.length - a.length);
}

function explainGroup(patch: JsonObject, group: Group): ExplainedGroup {
  const [{ live, platform }] = group;
  const before = effectiveConfig(live, {});
  const after = effectiveConfig(live, patch);
  const changes = diffConfig(before, after).map((difference) => judge(difference, before, after));
  const fields = new Set(Object.keys(patch));
  return {
    configHash: live === null ? null : fleetConfigHash(live),
    nodes: group.map(({ node }) => node),
    kubernetesMinor: minorOf(group[0]),
    platform,
    before,
    after,
    changes,
    unifiedDiff: changes.length === 0 ? '' : unifiedDiff(configYaml(before), configYaml(after)),
    risk: maxRisk(changes.map(({ risk }) => risk)),
    drainFirst: changes.some(({ drainFirst }) => drainFirst),
    checkpointFiles: [...new Set(changes.flatMap(({ checkpointFiles }) => checkpointFiles))],
    compliant: changes.length === 0 && live !== null,
    flagOverrides: overridesOf(group, fields),
    posture: postureChange(before, after, group[0]),
  };
}

function judge(difference: ConfigDifference, before: JsonObject, after: JsonObject): FieldChange {
  const spec = KUBELET_FIELDS.get(difference.field);
  if (!spec) {
    const why = 'This version of the service does not know the field.';
    return { ...difference, risk: 'high', drainFirst: true, why, checkpointFiles: [] };
  }
  const { risk, drainFirst, why } = spec.verdict?.(ownValue(before, spec.name), ownValue(after, spec.name)) ?? spec;
  return { ...difference, risk, drainFirst, why, checkpointFiles: [...(spec.checkpointFiles ?? [])] };
}

function overridesOf(group: Group, fields: Set<string>): ExplainedGroup['flagOverrides'] {
  const found = new Map<string, FlagOverride & { nodes: string[] }>();
  for (const { node, flags } of group) {
    for (const override of flagsOverriding(flags, fields)) {
      const key = `${override.flag}=${override.value}`;
      const entry = found.get(key) ?? { ...override, nodes: [] };
      entry.nodes.push(node);
      found.set(key, entry);
    }
  }
  return [...found.values()];
}

function postureChange(
  before: JsonObject,
  after: JsonObject,
  { kubeletVersion, platform }: ConfigTarget,
): ExplainedGroup['posture'] {
  const failing = (live: JsonObject) =>
    evaluatePosture({ live, kubeletVersion, platform }).findings.filter(({ status }) => status === 'FAIL');
  const [failedBefore, failedAfter] = [failing(before), failing(after)];
  const without = (findings: PostureFinding[], others: PostureFinding[]) =>
    findings.filter(({ id }) => !others.some((other) => other.id === id));
  return { fixed: without(failedBefore, failedAfter), opened: without(failedAfter, failedBefore) };
}
