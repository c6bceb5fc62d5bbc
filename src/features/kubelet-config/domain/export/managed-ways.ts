import type { NodePlatform } from '../../../../kernel/node-platform.js';
import { configYaml, yaml } from '../explain/unified-diff.js';
import type { JsonObject } from '../json/json-value.js';

/** How a change reaches nodes whose configuration belongs to something else than the host. */
export interface ManagedWay {
  by: string;
  /** What to hand to it. */
  manifest: { name: string; content: string } | null;
  /** To be run on a workstation. */
  commands: string[];
  notes: string[];
}

type Way = (fields: JsonObject) => ManagedWay;

const MANIFEST = 'node-steward.yaml';
const only = (fields: JsonObject, names: readonly string[]): { taken: JsonObject; left: string[] } => ({
  taken: Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name))),
  left: Object.keys(fields).filter((name) => !names.includes(name)),
});
const manifest = (document: JsonObject) => ({ name: MANIFEST, content: yaml(document) });
const leftOut = (what: string, left: readonly string[]): string[] =>
  left.length === 0 ? [] : [`${what} takes no ${left.join(', ')}: that part of the change is not possible there.`];

const KARPENTER_FIELDS =
  'clusterDNS cpuCFSQuota evictionHard evictionMaxPodGracePeriod evictionSoft evictionSoftGracePeriod imageGCHighThresholdPercent imageGCLowThresholdPercent kubeReserved maxPods podsPerCore systemReserved'.split(
    ' ',
  );
/** Google's names differ in the case of some letters. */
const GKE_FIELDS: Record<string, string> = {
  allowedUnsafeSysctls: 'allowedUnsafeSysctls',
  containerLogMaxFiles: 'containerLogMaxFiles',
  containerLogMaxSize: 'containerLogMaxSize',
  cpuCFSQuota: 'cpuCFSQuota',
  cpuCFSQuotaPeriod: 'cpuCFSQuotaPeriod',
  cpuManagerPolicy: 'cpuManagerPolicy',
  imageGCHighThresholdPercent: 'imageGcHighThresholdPercent',
  imageGCLowThresholdPercent: 'imageGcLowThresholdPercent',
  imageMaximumGCAge: 'imageMaximumGcAge',
  imageMinimumGCAge: 'imageMinimumGcAge',
  podPidsLimit: 'podPidsLimit',
};

const byProvider: Way = (fields) => ({
  by: 'the provider of the node pool',
  manifest: null,
  commands: [],
  notes: [`The host belongs to the provider: set these fields in its node pool configuration.\n${configYaml(fields)}`],
});

const openshift: Way = (fields) => ({
  by: 'the Machine Config Operator',
  manifest: manifest({
    apiVersion: 'machineconfiguration.openshift.io/v1',
    kind: 'KubeletConfig',
    metadata: { name: 'node-steward' },
    spec: {
      machineConfigPoolSelector: { matchLabels: { 'pools.operator.machineconfiguration.openshift.io/worker': '' } },
      kubeletConfig: fields,
    },
  }),
  commands: [`oc apply -f ${MANIFEST}`, 'oc get machineconfigpools'],
  notes: [
    'The Machine Config Operator writes /etc/kubernetes/kubelet.conf and takes back what others write there: it drains and restarts the nodes of a pool itself.',
    'Set the selector to the machine config pool of these nodes; all nodes of the pool get the change.',
  ],
});

const talos: Way = (fields) => ({
  by: 'the Talos machine configuration',
  manifest: manifest({ machine: { kubelet: { extraConfig: fields } } }),
  commands: [`talosctl --nodes "$NODE" patch machineconfig --patch @${MANIFEST}`],
  notes: ['Talos has no shell and no systemd: its API is the only way. It refuses fields that it sets itself.'],
});

const bottlerocket: Way = (fields) => ({
  by: 'the Bottlerocket settings',
  manifest: null,
  commands: [],
  notes: [
    'Bottlerocket has no shell on the host and generates the kubelet configuration from settings.kubernetes: set the settings of these fields through user data or its API, where it has one.',
    configYaml(fields),
  ],
});

const eksAuto: Way = (fields) => ({
  by: 'EKS Auto Mode',
  manifest: null,
  commands: [],
  notes: [
    'EKS Auto Mode owns these machines and configures their kubelets; a NodeClass of it takes no kubelet fields. Move the workload to a node pool of your own to set them.',
    configYaml(fields),
  ],
});

const karpenter: Way = (fields) => {
  const { taken, left } = only(fields, KARPENTER_FIELDS);
  return {
    by: 'Karpenter',
    manifest: Object.keys(taken).length === 0 ? null : manifest({ spec: { kubelet: taken } }),
    commands: [],
    notes: [
      'Karpenter replaces its nodes, and what is written on a host is lost with it: merge this into the node class of their NodePool. Karpenter sees the drift and rolls the nodes over.',
      ...leftOut('The node class', left),
    ],
  };
};

const gke: Way = (fields) => {
  const { taken, left } = only(fields, Object.keys(GKE_FIELDS));
  const named = Object.fromEntries(
    Object.entries(taken).map(([name, value]) => [GKE_FIELDS[name] as string, value]),
  ) as JsonObject;
  const given = Object.keys(named).length > 0;
  return {
    by: 'GKE',
    manifest: given ? manifest({ kubeletConfig: named }) : null,
    commands: given
      ? [`gcloud container node-pools update "$POOL" --cluster "$CLUSTER" --system-config-from-file ${MANIFEST}`]
      : [],
    notes: [
      'GKE owns the host: its node pool takes a node system configuration, and creates the nodes anew.',
      ...leftOut('The node system configuration', left),
    ],
  };
};

const aks: Way = (fields) => ({
  by: 'AKS',
  manifest: null,
  commands: [],
  notes: [
    'AKS owns the host: a custom node configuration (--kubelet-config) is given when a node pool is created and cannot be changed afterwards. Create a pool with those of these fields that it takes, and move the workload.',
    configYaml(fields),
  ],
});

const kops: Way = (fields) => ({
  by: 'kops',
  manifest: manifest({ spec: { kubelet: fields } }),
  commands: [
    'kops edit instancegroup "$INSTANCE_GROUP"',
    'kops update cluster --yes',
    'kops rolling-update cluster --yes',
  ],
  notes: [
    'kops writes the kubelet configuration of its nodes and takes back changes: merge this into the instance group. Maps such as evictionHard are text there, "a<b,c<d".',
  ],
});

const MANAGED: Partial<Record<NodePlatform, Way>> = {
  openshift,
  talos,
  bottlerocket,
  'eks-auto': eksAuto,
  karpenter,
  gke,
  aks,
  kops,
  managed: byProvider,
};

/** Undefined where the host itself is configured. */
export const managedWay = (platform: NodePlatform, fields: JsonObject): ManagedWay | undefined =>
  MANAGED[platform]?.(fields);

export const isManaged = (platform: NodePlatform): boolean => MANAGED[platform] !== undefined;
