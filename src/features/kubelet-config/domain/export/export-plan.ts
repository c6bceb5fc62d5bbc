import type { ChangeExplanation, ExplainedGroup } from '../explain/explain-change.js';
import { configYaml } from '../explain/unified-diff.js';
import { patchFields } from '../fields/effective-config.js';
import type { JsonObject } from '../json/json-value.js';
import type { ConfigTarget, NodePlatform } from '../validation/config-target.js';

/** The one file this service owns in a drop-in directory; late in lexical order, so that it wins over others. */
export const DROP_IN_FILE = '90-node-steward.conf';

export interface PlanCommand {
  /** Where to run it; `$NODE` is the node in hand. */
  on: 'workstation' | 'node';
  command: string;
}

export interface GroupPlan {
  nodes: string[];
  platform: NodePlatform;
  /** Null where the main file is changed instead, or where the host belongs to a provider. */
  dropIn: { path: string; content: string } | null;
  /** The fields to merge into the main configuration file, where there is no drop-in directory. */
  mainFileChange: string | null;
  checkpointFiles: string[];
  commands: PlanCommand[];
  notes: string[];
}

export interface ExportPlan {
  groups: GroupPlan[];
  /** Keeps the cluster-wide source of kubeadm in step, which upgrades and new nodes read; null without kubeadm nodes. */
  kubeadmConfigMap: { namespace: string; name: string; key: string; change: string; commands: PlanCommand[] } | null;
}

const DEFAULT_DIRECTORIES: Partial<Record<NodePlatform, string>> = {
  k3s: '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d',
  rke2: '/var/lib/rancher/rke2/agent/etc/kubelet.conf.d',
};
/** Which of two units runs depends on the role of the node. */
const UNITS: Partial<Record<NodePlatform, [string, string]>> = {
  k3s: ['k3s', 'k3s-agent'],
  rke2: ['rke2-server', 'rke2-agent'],
};
const systemctl = (verb: string, platform: NodePlatform): string => {
  const units = UNITS[platform];
  if (!units) return `systemctl ${verb} kubelet`;
  return `systemctl is-enabled --quiet ${units[0]} && systemctl ${verb} ${units[0]} || systemctl ${verb} ${units[1]}`;
};

/** An approved change as files and commands, for hands or for tools that this service does not drive. */
export function exportPlan(
  patch: JsonObject,
  explanation: ChangeExplanation,
  targets: readonly ConfigTarget[],
): ExportPlan {
  const byName = new Map(targets.map((target) => [target.node, target]));
  const groups = explanation.groups
    .filter(({ compliant }) => !compliant)
    .map((group) => planGroup(patch, group, byName.get(group.nodes[0] as string)));
  const kubeadm = targets.some(({ platform }) => platform === 'kubeadm');
  return { groups, kubeadmConfigMap: kubeadm ? planConfigMap(patch) : null };
}

/**
 * The written fields. Eviction thresholds go in whole: a main file without `evictionHard` relies on defaults that the kubelet
 * drops as soon as any file names one threshold.
 */
function fileFields(patch: JsonObject, after: JsonObject): JsonObject {
  const fields = patchFields(patch);
  const whole = after.evictionHard;
  if (typeof fields.evictionHard !== 'object' || fields.evictionHard === null || whole === undefined) return fields;
  return { ...fields, evictionHard: { ...(whole as JsonObject), ...(fields.evictionHard as JsonObject) } };
}

function planGroup(patch: JsonObject, group: ExplainedGroup, target: ConfigTarget | undefined): GroupPlan {
  const { platform } = group;
  const content = configYaml(fileFields(patch, group.after));
  const directory =
    target?.dropInDirectory === null ? undefined : (target?.dropInDirectory ?? DEFAULT_DIRECTORIES[platform]);
  const managed = platform === 'managed';
  const dropIn = managed || !directory ? null : { path: `${directory.replace(/\/$/, '')}/${DROP_IN_FILE}`, content };
  return {
    nodes: group.nodes,
    platform,
    dropIn,
    mainFileChange: managed || dropIn ? null : content,
    checkpointFiles: group.checkpointFiles,
    commands: managed ? [] : commands(group, dropIn?.path),
    notes: notes(group, managed, content),
  };
}

function commands(group: ExplainedGroup, dropInPath: string | undefined): PlanCommand[] {
  const drain = 'kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data';
  const write = dropInPath
    ? [`install -D -m 0644 ${DROP_IN_FILE} ${dropInPath}`]
    : ['cp -p /var/lib/kubelet/config.yaml /var/lib/kubelet/config.yaml.bak', '"$EDITOR" /var/lib/kubelet/config.yaml'];
  const stop =
    group.checkpointFiles.length > 0
      ? [systemctl('stop', group.platform), `rm -f ${group.checkpointFiles.join(' ')}`]
      : [];
  const onNode = [
    ...write,
    ...stop,
    systemctl('restart', group.platform),
    'curl --fail --silent http://127.0.0.1:10248/healthz',
  ];
  const proof = `kubectl get --raw "/api/v1/nodes/$NODE/proxy/configz"`;
  return [
    ...(group.drainFirst ? [{ on: 'workstation' as const, command: drain }] : []),
    ...onNode.map((command) => ({ on: 'node' as const, command })),
    { on: 'workstation', command: proof },
    ...(group.drainFirst ? [{ on: 'workstation' as const, command: 'kubectl uncordon "$NODE"' }] : []),
  ];
}

function notes(group: ExplainedGroup, managed: boolean, content: string): string[] {
  const found = group.flagOverrides.map(
    ({ flag, value, field, nodes }) =>
      `${flag}=${value} overrides ${field} on ${nodes.join(', ')}: remove the flag, or the change does nothing there.`,
  );
  if (managed) {
    found.push(`The host belongs to the provider: set these fields in its node pool configuration.\n${content}`);
  }
  return found;
}

function planConfigMap(patch: JsonObject): NonNullable<ExportPlan['kubeadmConfigMap']> {
  return {
    namespace: 'kube-system',
    name: 'kubelet-config',
    key: 'kubelet',
    change: configYaml(patchFields(patch)),
    commands: [
      { on: 'workstation', command: 'kubectl -n kube-system edit configmap kubelet-config' },
      { on: 'node', command: 'kubeadm upgrade node phase kubelet-config' },
    ],
  };
}
