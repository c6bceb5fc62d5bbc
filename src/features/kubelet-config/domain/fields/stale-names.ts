/**
 * Names that old guides and old kubelets use and that are no field of KubeletConfiguration: flags that never moved into it and
 * fields that were removed. Keys are without case and separators.
 */
const STALE_NAMES: Record<string, string> = {
  networkplugin: 'went with dockershim in Kubernetes 1.24: CNI is set up in the container runtime. Remove it.',
  cnibindir: 'went with dockershim in Kubernetes 1.24: set the CNI directories in the container runtime.',
  cniconfdir: 'went with dockershim in Kubernetes 1.24: set the CNI directories in the container runtime.',
  networkpluginmtu: 'went with dockershim in Kubernetes 1.24: the CNI plugin sets the MTU.',
  dockerendpoint: 'went with dockershim in Kubernetes 1.24: use a CRI runtime such as containerd.',
  containerruntime: 'was removed in Kubernetes 1.27: only remote runtimes exist, named by containerRuntimeEndpoint.',
  podinfracontainerimage: 'was removed: set the sandbox (pause) image in the container runtime.',
  imagepullprogressdeadline: 'went with dockershim in Kubernetes 1.24: the container runtime sets it.',
  dynamicconfigdir:
    'was removed in Kubernetes 1.24: dynamic kubelet configuration is gone, drop-in files take its place.',
  configsource: 'was removed in Kubernetes 1.24 with dynamic kubelet configuration.',
  cadvisorport: 'was removed in Kubernetes 1.12: cAdvisor metrics are at /metrics/cadvisor of the authenticated port.',
  allowprivileged: 'was removed in Kubernetes 1.15: Pod Security Admission decides.',
  nonmasqueradecidr: 'was removed with kubenet in Kubernetes 1.24: the CNI plugin sets masquerading.',
  registerschedulable: 'was removed: register with a taint, or cordon the node.',
  manifesturl: 'is called staticPodURL in the configuration.',
  podmanifestpath: 'is called staticPodPath in the configuration.',
  requirekubeconfig: 'was removed: the kubelet takes its kubeconfig by flag only.',
  keepterminatedpodvolumes: 'was removed: volumes of ended pods are always unmounted.',
  masterservicenamespace: 'was removed: it had no effect.',
  enabledebugginghandler: 'is called enableDebuggingHandlers.',
  hostnameoverride: 'exists only as a flag; the name of a registered node cannot change.',
  nodelabels: 'exists only as a flag and works only at registration: label the Node object.',
  nodeip: 'exists only as a flag.',
  kubeconfig: 'exists only as a flag.',
  cloudprovider: 'exists only as a flag; only external cloud providers are left since Kubernetes 1.31.',
  v: 'is the log verbosity flag: set logging.verbosity, or change it without a restart by the verbosity operation.',
};

/** Why a name is no field any more, if it is a known old one. */
export function staleNameReason(name: string): string | undefined {
  const key = name.slice(0, 80).toLowerCase().replaceAll(/[-_]/g, '');
  return Object.hasOwn(STALE_NAMES, key) ? STALE_NAMES[key] : undefined;
}
