import { type NodePlatform, unreachableKubelet } from '../../../../kernel/node-platform.js';
import { printable } from '../../../../kernel/printable.js';
import { shellWord } from '../../../../kernel/shell-word.js';
import type { ChangeExplanation, ExplainedGroup } from '../explain/explain-change.js';
import { configYaml } from '../explain/unified-diff.js';
import { patchFields } from '../fields/effective-config.js';
import type { JsonObject } from '../json/json-value.js';
import { type ConfigTarget, versionOf } from '../validation/config-target.js';
import { DROP_IN_FILE, type HostWay, hostWay } from './host-ways.js';
import { managedWay } from './managed-ways.js';

export interface PlanCommand {
  /** Where to run it; `$NODE` is the node in hand. */
  on: 'workstation' | 'node';
  command: string;
}

export interface GroupPlan {
  nodes: string[];
  platform: NodePlatform;
  /** What owns the configuration of these nodes, where it is not written on the host; null where it is. */
  managedBy: string | null;
  /** What to hand to that owner; null where it takes no file. */
  manifest: { name: string; content: string } | null;
  /** Null where the main file is changed instead, or where nothing is written on the host. */
  dropIn: { path: string; content: string } | null;
  /** What to merge into the main configuration file, where there is no drop-in directory. */
  mainFileChange: string | null;
  /** That file; null where nothing tells its path. */
  mainFile: string | null;
  checkpointFiles: string[];
  commands: PlanCommand[];
  notes: string[];
}

export interface ExportPlan {
  groups: GroupPlan[];
  /** Keeps the cluster-wide source of kubeadm in step, which upgrades and new nodes read; null without kubeadm nodes. */
  kubeadmConfigMap: { namespace: string; name: string; key: string; change: string; commands: PlanCommand[] } | null;
}

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
  const { nodes, platform, checkpointFiles } = group;
  const overrides = group.flagOverrides.map(
    ({ flag, value, field, nodes: on }) =>
      `${printable(`${flag}=${value}`)} overrides ${field} on ${on.join(', ')}: remove the flag, or the change does nothing there.`,
  );
  const common = { nodes, platform, checkpointFiles };
  const nothing = { dropIn: null, mainFileChange: null, mainFile: null, manifest: null, commands: [] };
  const impossible = unreachableKubelet(platform);
  if (impossible) {
    return { ...common, ...nothing, managedBy: null, notes: [`Not possible on this node: ${impossible}.`] };
  }
  const fields = fileFields(patch, group.after);
  const managed = managedWay(platform, fields);
  if (managed) {
    const commands = managed.commands.map((command) => ({ on: 'workstation' as const, command }));
    const { by: managedBy, manifest, notes } = managed;
    return { ...common, ...nothing, managedBy, manifest, commands, notes: [...overrides, ...notes] };
  }
  const way = hostWay(target ?? NO_TARGET, versionOf({ kubeletVersion: group.kubernetesMinor }), fields);
  return {
    ...common,
    managedBy: null,
    manifest: null,
    dropIn: way.dropIn,
    mainFileChange: way.main?.content ?? null,
    mainFile: way.main?.path ?? null,
    commands: hostCommands(group, way),
    notes: [...overrides, ...way.notes],
  };
}

const NO_TARGET: ConfigTarget = { node: '', kubeletVersion: '', platform: 'unknown', live: null };

/** None where the unit is not known: what restarts a kubelet somewhere is not to be guessed. */
function hostCommands(group: ExplainedGroup, { dropIn, main, units }: HostWay): PlanCommand[] {
  const told = dropIn?.path ?? main?.path;
  // A path is what the kubelet says: an option, or what a terminal would obey, is none of an honest node.
  if (units.length === 0 || !told?.startsWith('/') || printable(told) !== told) return [];
  const path = shellWord(told);
  const backup = shellWord(`${told}.bak`);
  const write = dropIn
    ? [`install -D -m 0644 ${DROP_IN_FILE} ${path}`]
    : [`test ! -e ${path} || cp -p ${path} ${backup}`, `"$EDITOR" ${path}`];
  const stop =
    group.checkpointFiles.length > 0
      ? [systemctl('stop', units), `rm -f ${group.checkpointFiles.map(shellWord).join(' ')}`]
      : [];
  const port = group.after.healthzPort;
  const healthz = port === 0 ? [] : [`curl --fail --silent http://127.0.0.1:${Number(port ?? 10248)}/healthz`];
  const onNode = [...write, ...stop, systemctl('restart', units), ...healthz];
  const drain = 'kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data';
  return [
    ...(group.drainFirst ? [{ on: 'workstation' as const, command: drain }] : []),
    ...onNode.map((command) => ({ on: 'node' as const, command })),
    { on: 'workstation', command: `kubectl get --raw "/api/v1/nodes/$NODE/proxy/configz"` },
    ...(group.drainFirst ? [{ on: 'workstation' as const, command: 'kubectl uncordon "$NODE"' }] : []),
  ];
}

/** Which of two units runs depends on the role of the node. */
const systemctl = (verb: string, [unit, other]: readonly string[]): string =>
  other === undefined
    ? `systemctl ${verb} ${unit}`
    : `systemctl is-enabled --quiet ${unit} && systemctl ${verb} ${unit} || systemctl ${verb} ${other}`;

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
