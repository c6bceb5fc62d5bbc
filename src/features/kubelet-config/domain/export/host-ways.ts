import type { NodePlatform } from '../../../../kernel/node-platform.js';
import { configYaml, yaml } from '../explain/unified-diff.js';
import type { JsonObject } from '../json/json-value.js';
import { isAtLeast, type KubernetesVersion } from '../parsing/kubernetes-version.js';
import type { ConfigTarget } from '../validation/config-target.js';
import { kubeletArgs } from './kubelet-args.js';

/** The one file this service owns in a drop-in directory; late in lexical order, so that it wins over others. */
export const DROP_IN_FILE = '90-node-steward.conf';

/** How a change is written on the host of a node. */
export interface HostWay {
  dropIn: { path: string; content: string } | null;
  /** To be merged into the file, whose path is null where nothing tells it. */
  main: { path: string | null; content: string } | null;
  /** Which unit runs depends on the role of the node where there are two; none where it is not known. */
  units: readonly string[];
  notes: string[];
}

interface Installation {
  units: readonly string[];
  directory?: string;
  /** The kubelet of k3s and RKE2 reads drop-ins from this version on. */
  directorySince?: string;
  mainFile?: string;
  /** Where its own configuration takes flags of the kubelet. */
  argsFile?: string;
}

const INSTALLATIONS: Partial<Record<NodePlatform, Installation>> = {
  kubeadm: { units: ['kubelet'], mainFile: '/var/lib/kubelet/config.yaml' },
  eks: { units: ['kubelet'], directory: '/etc/kubernetes/kubelet/config.json.d' },
  'eks-al2': { units: ['kubelet'], mainFile: '/etc/kubernetes/kubelet/kubelet-config.json' },
  k3s: {
    units: ['k3s', 'k3s-agent'],
    directory: '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d',
    directorySince: '1.32',
    argsFile: '/etc/rancher/k3s/config.yaml',
  },
  rke2: {
    units: ['rke2-server', 'rke2-agent'],
    directory: '/var/lib/rancher/rke2/agent/etc/kubelet.conf.d',
    directorySince: '1.32',
    argsFile: '/etc/rancher/rke2/config.yaml',
  },
};

export function hostWay(target: ConfigTarget, version: KubernetesVersion, fields: JsonObject): HostWay {
  const { platform, dropInDirectory, configFile } = target;
  const known = INSTALLATIONS[platform];
  const units = known?.units ?? [];
  if (platform === 'microshift') return microshift(fields);
  const content = configYaml(fields);
  const usual =
    known?.directory && (!known.directorySince || isAtLeast(version, known.directorySince))
      ? known.directory
      : undefined;
  // what the kubelet itself says goes before what is usual
  const directory = dropInDirectory === null ? undefined : (dropInDirectory ?? usual);
  if (directory) {
    const dropIn = { path: `${directory.replace(/\/$/, '')}/${DROP_IN_FILE}`, content };
    return { dropIn, main: null, units, notes: hostNotes(platform, fields) };
  }
  if (known?.argsFile) return inOwnConfiguration(known.argsFile, units, fields);
  const path = configFile ?? known?.mainFile ?? null;
  return { dropIn: null, main: { path, content }, units, notes: hostNotes(platform, fields) };
}

function hostNotes(platform: NodePlatform, fields: JsonObject): string[] {
  if (platform === 'eks') {
    const spec = { kubelet: { config: fields } };
    const config = yaml({ apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec });
    return [
      `A node group replaces its nodes, and files on a host are lost with it: put the same into the NodeConfig (user data) of its launch template.\n${config}`,
    ];
  }
  if (platform === 'eks-al2') {
    return [
      'The file is JSON. A node group replaces its nodes: put the same into the user data of its launch template.',
    ];
  }
  if (platform !== 'unknown') return [];
  return [
    'How the kubelet of this node was installed is not known: restart it in the way of its host. No commands are given, since they would be guesses.',
  ];
}

/** Before they read drop-ins, k3s and RKE2 take flags in their own configuration, and a file by the flag `config`. */
function inOwnConfiguration(path: string, units: readonly string[], fields: JsonObject): HostWay {
  const { args, rest, removed } = kubeletArgs(fields);
  const file = `${path.replace(/\/[^/]*$/, '')}/node-steward-kubelet.yaml`;
  const hasRest = Object.keys(rest).length > 0;
  const content = yaml({ 'kubelet-arg': [...args, ...(hasRest ? [`config=${file}`] : [])] });
  const notes = ['The drop-in directory is read from Kubernetes 1.32 on only: merge kubelet-arg with what is there.'];
  if (hasRest) notes.push(`These fields have no flag; write them to ${file}:\n${configYaml(rest)}`);
  if (removed.length > 0) notes.push(`Remove from kubelet-arg: ${removed.join(', ')}.`);
  return { dropIn: null, main: { path, content }, units, notes };
}

function microshift(fields: JsonObject): HostWay {
  const content = yaml({ kubelet: fields });
  const notes = ['MicroShift holds the kubelet: its section kubelet takes fields of KubeletConfiguration.'];
  return { dropIn: null, main: { path: '/etc/microshift/config.yaml', content }, units: ['microshift'], notes };
}
