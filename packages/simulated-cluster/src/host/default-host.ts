import { stringify } from 'yaml';
import type { Json } from '../store/kube-object.js';
import type { SimulatedHostOptions } from './simulated-host.js';

/** What kubeadm writes, hardened a little; ConfigMap kube-system/kubelet-config holds the same. */
export const KUBEADM_CONFIG: Json = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { cacheTTL: '0s', enabled: true },
    x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
  },
  authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '0s', cacheUnauthorizedTTL: '0s' } },
  cgroupDriver: 'systemd',
  clusterDNS: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  containerRuntimeEndpoint: 'unix:///var/run/containerd/containerd.sock',
  enableSystemLogQuery: true,
  featureGates: { NodeLogQuery: true },
  healthzBindAddress: '127.0.0.1',
  healthzPort: 10248,
  logging: { verbosity: 2 },
  podPidsLimit: 4096,
  resolvConf: '/run/systemd/resolve/resolv.conf',
  rotateCertificates: true,
  serverTLSBootstrap: true,
  seccompDefault: true,
  staticPodPath: '/etc/kubernetes/manifests',
  tlsCipherSuites: [
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  ],
};

const DROP_IN_DIR = '/etc/kubernetes/kubelet.conf.d';

interface HostVariant {
  /** Changes to the main file; null takes a field out. */
  config?: Json;
  /** Content of one drop-in; its presence turns `--config-dir` on. */
  dropIn?: Json;
  configDir?: boolean;
  flags?: Record<string, string>;
}

/**
 * How the nodes of the default profile differ, so that posture and drift have something to find: batch-1 is the node
 * nobody hardened, worker-6 was edited by hand, gpu-1 runs old flags and has log queries off.
 */
const VARIANTS: Readonly<Record<string, HostVariant>> = {
  'worker-2': {
    configDir: true,
    dropIn: { maxPods: 110, shutdownGracePeriod: '60s', shutdownGracePeriodCriticalPods: '20s' },
  },
  'worker-4': { configDir: true },
  'worker-6': {
    config: { maxPods: 180, eventRecordQPS: 0, evictionHard: { 'memory.available': '500Mi' }, podPidsLimit: -1 },
  },
  'batch-1': {
    config: {
      authentication: {
        anonymous: { enabled: true },
        webhook: { enabled: true, cacheTTL: '0s' },
        x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
      },
      readOnlyPort: 10255,
      streamingConnectionIdleTimeout: '0s',
      seccompDefault: false,
      tlsCipherSuites: null,
      protectKernelDefaults: false,
      serverTLSBootstrap: null,
    },
    // Left over from an old guide; shown by `/flagz`.
    flags: { 'hostname-override': 'batch-1', 'network-plugin': 'cni' },
  },
  'batch-2': {
    configDir: true,
    dropIn: { containerLogMaxSize: '50Mi', maxParallelImagePulls: 5, serializeImagePulls: false },
  },
  'gpu-1': {
    config: {
      enableSystemLogQuery: false,
      featureGates: null,
      cpuManagerPolicy: 'static',
      kubeReserved: { cpu: '500m', memory: '1Gi' },
      rotateCertificates: false,
      serverTLSBootstrap: null,
    },
    flags: { 'max-pods': '64', 'network-plugin': 'cni', 'hostname-override': 'gpu-1' },
  },
};

export const kubeadmConfigYaml = (): string => stringify(KUBEADM_CONFIG);

/** Files and command line of a node's host. Names outside the default profile get a plain kubeadm host. */
export function defaultHost(nodeName: string): SimulatedHostOptions {
  const variant = VARIANTS[nodeName] ?? {};
  const config: Json = { ...KUBEADM_CONFIG, ...variant.config };
  for (const [key, value] of Object.entries(config)) if (value === null) delete config[key];
  const withDir = variant.configDir ?? false;
  const head = { apiVersion: KUBEADM_CONFIG.apiVersion, kind: KUBEADM_CONFIG.kind };
  return {
    nodeName,
    flags: {
      'bootstrap-kubeconfig': '/etc/kubernetes/bootstrap-kubelet.conf',
      kubeconfig: '/etc/kubernetes/kubelet.conf',
      config: '/var/lib/kubelet/config.yaml',
      ...(withDir ? { 'config-dir': DROP_IN_DIR } : {}),
      'node-ip': '127.0.0.1',
      'pod-infra-container-image': 'registry.k8s.io/pause:3.10.1',
      ...variant.flags,
    },
    files: {
      '/var/lib/kubelet/config.yaml': stringify(config),
      '/var/lib/kubelet/kubeadm-flags.env':
        'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.10.1"\n',
      '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': KUBEADM_UNIT,
      '/etc/hostname': `${nodeName}\n`,
      '/var/lib/kubelet/cpu_manager_state': JSON.stringify({
        policyName: config.cpuManagerPolicy ?? 'none',
        defaultCpuSet: '',
        checksum: 1353318690,
      }),
      '/var/log/pods/.keep': '',
      '/var/log/cloud-init.log': `Cloud-init v. 25.2 finished on ${nodeName}\n`,
      '/var/log/dpkg.log': 'status installed kubelet:amd64 1.35.4-1.1\n',
      ...(withDir ? { [`${DROP_IN_DIR}/README`]: 'Drop-ins of the kubelet end in .conf.\n' } : {}),
      ...(variant.dropIn ? { [`${DROP_IN_DIR}/10-local.conf`]: stringify({ ...head, ...variant.dropIn }) } : {}),
    },
  };
}

const KUBEADM_UNIT = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;
