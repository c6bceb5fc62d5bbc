import { isManaged } from '../export/managed-ways.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject } from '../json/json-value.js';
import { type ConfigTarget, versionOf } from './config-target.js';
import { gateNotices } from './gate-rules.js';
import { isSetByK3s } from './target-rules.js';
import { type ConfigViolation, violation } from './violation.js';

/** What a reviewer should know but what does not refuse the patch: old practices, and targets where it lands differently. */
export function patchNotices(patch: JsonObject, targets: readonly ConfigTarget[]): ConfigViolation[] {
  return [...fieldNotices(patch), ...versionNotices(patch, targets), ...targetNotices(patch, targets)];
}

function fieldNotices(patch: JsonObject): ConfigViolation[] {
  const notices: ConfigViolation[] = [];
  for (const [name, value] of Object.entries(patch)) {
    const spec = KUBELET_FIELDS.get(name);
    if (!spec || value === null) continue;
    if (spec.deprecated) notices.push(violation([name], 'DEPRECATED_FIELD', spec.deprecated));
    if (spec.stale) notices.push(violation([name], 'STALE_PRACTICE', spec.stale));
  }
  for (const [name, lost] of Object.entries(BLINDING)) {
    if (patch[name] === false) notices.push(violation([name], 'BLINDS_THIS_SERVICE', lost));
  }
  return notices;
}

const versionNotices = (patch: JsonObject, targets: readonly ConfigTarget[]): ConfigViolation[] =>
  versionGroups(targets).flatMap((group) => {
    const nodes = group.map(({ node }) => node);
    return gateNotices(patch, versionOf(group[0])).map((notice) => ({ ...notice, nodes }));
  });

const MANAGED_PLATFORM = violation(
  [],
  'MANAGED_PLATFORM',
  'Something else owns the configuration of the host: the change is exported as a plan for it and not written.',
);
const NO_DROP_IN_DIRECTORY = violation(
  [],
  'NO_DROP_IN_DIRECTORY',
  'No drop-in directory is in use: the change is merged into the main configuration file.',
);
const LIVE_CONFIG_UNKNOWN = violation(
  [],
  'LIVE_CONFIG_UNKNOWN',
  'The live configuration could not be read: the change was checked against the defaults.',
);
const SWAP_REFUSED = violation(
  ['memorySwap'],
  'SWAP_REFUSED_BY_FAIL_SWAP_ON',
  'failSwapOn is on: the kubelet does not start on a node with swap.',
);
const setByPlatform = (name: string): ConfigViolation =>
  violation(
    [name],
    'SET_BY_PLATFORM',
    'k3s and RKE2 write this field on each start: set it in their own configuration.',
  );

function targetNotices(patch: JsonObject, targets: readonly ConfigTarget[]): ConfigViolation[] {
  const notices: ConfigViolation[] = [];
  const onNodes = (matches: (target: ConfigTarget) => boolean, notice: ConfigViolation) => {
    const nodes = targets.filter(matches).map(({ node }) => node);
    if (nodes.length > 0) notices.push({ ...notice, nodes });
  };
  onNodes(({ platform }) => isManaged(platform), MANAGED_PLATFORM);
  onNodes(({ platform, dropInDirectory }) => !isManaged(platform) && dropInDirectory === null, NO_DROP_IN_DIRECTORY);
  onNodes(({ live }) => live === null, LIVE_CONFIG_UNKNOWN);
  for (const name of Object.keys(patch).filter(isSetByK3s)) {
    onNodes(({ platform }) => platform === 'k3s' || platform === 'rke2', setByPlatform(name));
  }
  if (typeof patch.memorySwap === 'object' && patch.failSwapOn !== false) {
    onNodes(({ live }) => live === null || live.failSwapOn === true, SWAP_REFUSED);
  }
  return notices;
}

/** What this service can no longer do on a node where a field is false. */
const BLINDING: Record<string, string> = {
  enableDebuggingHandlers:
    'This service reads the configuration, flags and logs of the kubelet through these handlers: afterwards it can neither see whether the change worked nor make another one on these nodes.',
  enableSystemLogHandler: 'Logs of services on these nodes can no longer be read through this service.',
  enableSystemLogQuery: 'Logs of services on these nodes can no longer be read through this service.',
  enableDebugFlagsHandler: 'The log verbosity of these kubelets can no longer be changed without a restart.',
};

type Versions = [ConfigTarget, ...ConfigTarget[]];

function versionGroups(targets: readonly ConfigTarget[]): Versions[] {
  return [...Map.groupBy(targets, (target) => versionOf(target).minor).values()] as Versions[];
}
