/** Who a node's kubelet is run and configured by, as far as the Node object shows it. */
export const NODE_PLATFORMS = [
  'kubeadm',
  'k3s',
  'rke2',
  'microshift',
  'eks',
  /** Amazon Linux 2, whose nodes are not configured by nodeadm. */
  'eks-al2',
  'eks-auto',
  'karpenter',
  'gke',
  'aks',
  'openshift',
  'talos',
  'bottlerocket',
  'kops',
  /** By another provider, which is recognised but has no way of its own here. */
  'managed',
  'windows',
  /** No machine stands behind it that this service could reach. */
  'virtual',
  'unknown',
] as const;
export type NodePlatform = (typeof NODE_PLATFORMS)[number];

/** What the Node object shows of its machine. */
export interface NodeTraits {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly kubeletVersion: string;
  readonly osImage?: string;
  readonly operatingSystem?: string;
  readonly containerRuntimeVersion?: string;
  readonly providerId?: string | null;
  readonly taints?: readonly { readonly key: string }[];
}

type Test = (traits: NodeTraits) => boolean;

const label =
  (...keys: string[]): Test =>
  ({ labels }) =>
    keys.some((key) => Object.hasOwn(labels, key));
const labelled =
  (key: string, ...values: string[]): Test =>
  ({ labels }) =>
    Object.hasOwn(labels, key) && values.includes((labels[key] as string).toLowerCase());
const startsAny = (keys: object, prefixes: readonly string[]): boolean =>
  Object.keys(keys).some((key) => prefixes.some((prefix) => key.startsWith(prefix)));
const labelFrom =
  (...prefixes: string[]): Test =>
  ({ labels }) =>
    startsAny(labels, prefixes);
const annotated =
  (...prefixes: string[]): Test =>
  ({ annotations }) =>
    startsAny(annotations, prefixes);
/** A label or an annotation of a domain or of one below it: `talos.dev/…`, `extensions.talos.dev/…`. */
const ofDomain = (domain: string): Test => {
  const pattern = new RegExp(`(^|\\.)${domain.replaceAll('.', '\\.')}/`);
  return ({ labels, annotations }) =>
    [labels, annotations].some((keys) => Object.keys(keys).some((key) => pattern.test(key)));
};
const version =
  (pattern: RegExp): Test =>
  ({ kubeletVersion }) =>
    pattern.test(kubeletVersion);
const image =
  (pattern: RegExp): Test =>
  ({ osImage = '' }) =>
    pattern.test(osImage);
const provider =
  (prefix: string): Test =>
  ({ providerId }) =>
    providerId?.startsWith(prefix) === true;
const any =
  (...tests: Test[]): Test =>
  (traits) =>
    tests.some((test) => test(traits));
const all =
  (...tests: Test[]): Test =>
  (traits) =>
    tests.every((test) => test(traits));
const not =
  (test: Test): Test =>
  (traits) =>
    !test(traits);

const VIRTUAL = any(
  labelled('type', 'kwok'),
  // `type`, `kubernetes.io/type`, `liqo.io/type`, `virtual-node.interlink/type` …
  ({ labels }) =>
    Object.entries(labels).some(([key, value]) => /(^|\/)type$/.test(key) && /^virtual-(kubelet|node)$/i.test(value)),
  label('node-role.kubernetes.io/virtual-node'),
  labelFrom('virtual-kubelet.io/'),
  labelled('vcluster.loft.sh/fake-node', 'true'),
  labelled('eks.amazonaws.com/compute-type', 'fargate'),
  ({ annotations }) => annotations['kwok.x-k8s.io/node'] !== undefined,
  ({ taints = [] }) =>
    taints.some(({ key }) =>
      /^(virtual-kubelet\.io|virtual-node\.[a-z.-]+|kwok\.x-k8s\.io)\/|^eks\.amazonaws\.com\/compute-type$/.test(key),
    ),
  // `v1.31.4-vk-azure-aci-1.6.2`, `kwok-v0.7.0`
  version(/(^|[-+.])(vk|virtual-kubelet|kwok|fake)([-+.]|$)/i),
  provider('kwok://'),
  ({ containerRuntimeVersion = '' }) => /^(kwok|virtual-kubelet)/i.test(containerRuntimeVersion),
);
const MACHINE_CONFIG = annotated('machineconfiguration.openshift.io/');
const KARPENTER = any(
  label('karpenter.sh/nodepool', 'karpenter.sh/provisioner-name', 'karpenter.sh/registered'),
  labelFrom('karpenter.k8s.aws/', 'karpenter.azure.com/'),
);
/** From 1.34 on kubeadm writes no annotation: kind and minikube, which install by it, are recognised by their own signs. */
const KUBEADM = any(annotated('kubeadm.alpha.kubernetes.io/'), provider('kind://'), labelFrom('minikube.k8s.io/'));
const EKS_NODE = any(
  label('eks.amazonaws.com/nodegroup', 'alpha.eksctl.io/nodegroup-name', 'eks.amazonaws.com/compute-type'),
  version(/-eks-/),
  provider('eks-hybrid:///'),
);
/** EKS Anywhere has versions of EKS on nodes of kubeadm. */
const EKS = all(EKS_NODE, not(KUBEADM));
const OTHER_PROVIDERS = [
  'doks.digitalocean.com/node-pool-id',
  'lke.linode.com/pool-id',
  'oci.oraclecloud.com/node.info.managed',
  'oke.oraclecloud.com/pool.name',
  'ibm-cloud.kubernetes.io/worker-id',
  'alibabacloud.com/nodepool-id',
  'worker.gardener.cloud/pool',
  'k8s.scaleway.com/pool-name',
  'vke.vultr.com/node-pool',
  'node.exoscale.net/nodepool-id',
  'ccs.tencent.com/machineset',
  'cce.cloud.com/cce-nodepool',
  'yandex.cloud/node-group-id',
  'run.tanzu.vmware.com/tkr',
  'juju-application',
];

type Unit = string | ((traits: NodeTraits) => string);
const CONTROL_PLANE = label('node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master');

/** Of distributions that run the kubelet inside of their own process, which differs between servers and agents. */
const unitOf =
  (server: string, agent: string, isServer: Test): Unit =>
  (traits) =>
    isServer(traits) ? server : agent;

/** `k3s.io/node-args` and `rke2.io/node-args` hold the command line: `["server", …]`. */
const startedAsServer =
  (annotation: string): Test =>
  (traits) => {
    const [, command] = /^\s*\[\s*"(server|agent)"/.exec(traits.annotations[annotation] ?? '') ?? [];
    return command === undefined ? CONTROL_PLANE(traits) : command === 'server';
  };

/**
 * The first that holds. What decides alone comes first: no shell, no machine; then who owns it; then how it was installed.
 * Each with the unit whose journal is the kubelet's, where that is another than `kubelet`.
 */
const PLATFORMS: readonly (readonly [NodePlatform, Test, Unit?])[] = [
  ['virtual', VIRTUAL],
  [
    'windows',
    any(
      ({ operatingSystem }) => operatingSystem?.toLowerCase() === 'windows',
      labelled('kubernetes.io/os', 'windows'),
      labelled('beta.kubernetes.io/os', 'windows'),
      image(/^Windows\b/i),
    ),
  ],
  ['talos', any(image(/^Talos\b/i), ofDomain('talos.dev'))],
  [
    'openshift',
    any(
      MACHINE_CONFIG,
      ofDomain('hypershift.openshift.io'),
      image(/CoreOS.*(OpenShift|4\d\d\.)|Red Hat Enterprise Linux CoreOS/i),
    ),
  ],
  [
    'microshift',
    any(
      annotated('microshift.'),
      ({ labels }) => Object.keys(labels).some((key) => /^microshift[./]/.test(key)),
      version(/microshift/i),
      all(label('node.openshift.io/os_id'), not(MACHINE_CONFIG)),
    ),
    'microshift',
  ],
  [
    'rke2',
    any(version(/[+-]rke2/), annotated('rke2.io/')),
    unitOf('rke2-server', 'rke2-agent', startedAsServer('rke2.io/node-args')),
  ],
  [
    'k3s',
    any(version(/[+-]k3s/), annotated('k3s.io/')),
    unitOf('k3s', 'k3s-agent', startedAsServer('k3s.io/node-args')),
  ],
  ['eks-auto', any(labelled('eks.amazonaws.com/compute-type', 'auto'), image(/^Bottlerocket \(EKS Auto/i))],
  ['karpenter', KARPENTER],
  ['bottlerocket', any(image(/^Bottlerocket\b/i), ofDomain('bottlerocket.aws'))],
  ['kops', labelFrom('kops.k8s.io/')],
  ['gke', any(version(/-gke\./), labelFrom('cloud.google.com/gke-'))],
  ['aks', labelFrom('kubernetes.azure.com/')],
  ['eks-al2', all(EKS, image(/^Amazon Linux 2$/))],
  ['eks', EKS],
  ['managed', version(/[+-]k0s/), unitOf('k0scontroller', 'k0sworker', CONTROL_PLANE)],
  ['managed', label('microk8s.io/cluster'), 'snap.microk8s.daemon-kubelite'],
  ['managed', any(label(...OTHER_PROVIDERS), version(/-aliyun\.|-tke\.|-r\d+-CCE|\+IKS|\+vmware\./))],
  ['kubeadm', KUBEADM],
];

const recognised = (traits: NodeTraits) => PLATFORMS.find(([, test]) => test(traits));

export function platformOf(traits: NodeTraits): NodePlatform {
  return recognised(traits)?.[0] ?? 'unknown';
}

/** The unit whose journal is the kubelet's. */
export function kubeletUnitOf(traits: NodeTraits): string {
  const unit = recognised(traits)?.[2] ?? 'kubelet';
  return typeof unit === 'string' ? unit : unit(traits);
}

/** Why nothing can be done to the kubelet of a node of this platform; undefined where it can. */
export function unreachableKubelet(platform: NodePlatform): string | undefined {
  if (platform === 'virtual') return 'it is a virtual node: no machine and no kubelet of its own stand behind it';
  if (platform === 'windows') return 'it runs Windows, where the node agent and its shell do not exist';
  return undefined;
}

/** Why the node agent can't restart a kubelet there; its script needs a shell on the host. */
export function unrestartableKubelet(platform: NodePlatform): string | undefined {
  if (platform === 'talos')
    return 'Talos has no shell and no systemd, restart it with talosctl service kubelet restart';
  if (platform === 'bottlerocket' || platform === 'eks-auto') return 'the host is Bottlerocket, which has no shell';
  return unreachableKubelet(platform);
}
