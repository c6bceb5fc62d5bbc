import { describe, expect, it } from 'vitest';
import { KUBELET_DEFAULTS, KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { validatePatch } from './validate-patch.js';

/** Per field: a value the kubelet takes, one it does not, and other fields that the good value needs. */
const CASES: [name: string, valid: JsonValue, invalid: JsonValue, companions?: JsonObject][] = [
  ['enableServer', true, 'true'],
  ['staticPodPath', '/etc/kubernetes/manifests', 'manifests'],
  ['podLogsDir', '/var/log/pods', '/var//log'],
  ['syncFrequency', '30s', '30'],
  ['fileCheckFrequency', '20s', -1],
  ['httpCheckFrequency', '20s', '20 s'],
  ['staticPodURL', 'https://example.com/pods', 'example.com'],
  ['staticPodURLHeader', { Accept: ['text/plain'] }, { Accept: 'text/plain' }],
  ['address', '0.0.0.0', '0.0.0'],
  ['port', 10250, 0],
  ['readOnlyPort', 0, 65536],
  ['tlsCertFile', '/etc/kubelet/tls.crt', 'tls.crt', { tlsPrivateKeyFile: '/etc/kubelet/tls.key' }],
  ['tlsPrivateKeyFile', '/etc/kubelet/tls.key', 7, { tlsCertFile: '/etc/kubelet/tls.crt' }],
  ['tlsCipherSuites', ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], ['TLS_NULL']],
  ['tlsCurvePreferences', [29, 23], ['X25519']],
  ['tlsMinVersion', 'VersionTLS12', 'TLS1.2'],
  ['rotateCertificates', true, 1],
  ['serverTLSBootstrap', true, 'yes'],
  ['authentication', { anonymous: { enabled: false } }, { anonymous: { enable: false } }],
  ['authorization', { mode: 'Webhook' }, { mode: 'RBAC' }],
  ['registryPullQPS', 10, -1],
  ['registryBurst', 20, 1.5],
  ['imagePullCredentialsVerificationPolicy', 'AlwaysVerify', 'Always'],
  [
    'preloadedImagesVerificationAllowlist',
    ['registry.example:5000/base/*'],
    ['registry.example/base:1.0'],
    { imagePullCredentialsVerificationPolicy: 'NeverVerifyAllowlistedImages' },
  ],
  ['eventRecordQPS', 0, -5],
  ['eventBurst', 100, '100'],
  ['enableDebuggingHandlers', true, null as unknown as JsonValue],
  ['enableContentionProfiling', false, 'off'],
  ['healthzPort', 10248, 70000],
  ['healthzBindAddress', '::1', 'localhost'],
  ['oomScoreAdj', -999, -1001],
  ['clusterDomain', 'cluster.local', 'Cluster_Local'],
  ['clusterDNS', ['10.96.0.10', 'fd00::a'], ['kube-dns']],
  ['streamingConnectionIdleTimeout', '4h0m0s', '4 hours'],
  ['nodeStatusUpdateFrequency', '10s', '-10s'],
  ['nodeStatusReportFrequency', '5m', {}],
  ['nodeLeaseDurationSeconds', 40, 0],
  ['imageMinimumGCAge', '2m', '2'],
  ['imageMaximumGCAge', '168h', 'a week'],
  ['imageGCHighThresholdPercent', 85, 101],
  ['imageGCLowThresholdPercent', 70, -1],
  ['volumeStatsAggPeriod', '-1s', 60],
  ['kubeletCgroups', '/kubelet.slice', 'a b'],
  ['systemCgroups', '/system', 'a b', { cgroupRoot: '/' }],
  ['cgroupRoot', '/', 1],
  ['cgroupsPerQOS', true, 'true'],
  ['cgroupDriver', 'systemd', 'cgroupv2'],
  ['cpuManagerPolicy', 'static', 'dynamic', { reservedSystemCPUs: '0' }],
  ['singleProcessOOMKill', true, 0],
  [
    'cpuManagerPolicyOptions',
    { 'full-pcpus-only': 'true' },
    { 'full-cpus': 'true' },
    { cpuManagerPolicy: 'static', reservedSystemCPUs: '0' },
  ],
  ['cpuManagerReconcilePeriod', '10s', 'fast'],
  [
    'memoryManagerPolicy',
    'Static',
    'static',
    { reservedMemory: [{ numaNode: 0, limits: { memory: '1124Mi' } }], systemReserved: { memory: '1Gi' } },
  ],
  ['topologyManagerPolicy', 'best-effort', 'besteffort'],
  ['topologyManagerScope', 'pod', 'node'],
  ['topologyManagerPolicyOptions', { 'max-allowable-numa-nodes': '16' }, { 'max-allowable-numa-nodes': 16 }],
  ['qosReserved', { memory: '50%' }, { memory: '150%' }, { featureGates: { QOSReserved: true } }],
  ['runtimeRequestTimeout', '2m', '2min'],
  ['hairpinMode', 'hairpin-veth', 'bridge'],
  ['maxPods', 250, -1],
  ['podCIDR', '10.244.1.0/24', '10.244.1.0'],
  ['podPidsLimit', 4096, -2],
  ['resolvConf', '/run/systemd/resolve/resolv.conf', 'resolv.conf'],
  ['runOnce', false, true],
  ['cpuCFSQuota', true, 'on'],
  ['cpuCFSQuotaPeriod', '10ms', '2s', { featureGates: { CustomCPUCFSQuotaPeriod: true } }],
  ['nodeStatusMaxImages', -1, -2],
  ['maxOpenFiles', 2_000_000, -1],
  ['contentType', 'application/json', 'text/html'],
  ['kubeAPIQPS', 100, -1],
  ['kubeAPIBurst', 200, null as unknown as JsonValue],
  ['serializeImagePulls', false, 'no'],
  ['maxParallelImagePulls', 5, 0, { serializeImagePulls: false }],
  ['evictionHard', { 'memory.available': '500Mi', 'nodefs.available': '10%' }, { 'memory.available': '0Mi' }],
  [
    'evictionSoft',
    { 'memory.available': '1Gi' },
    { 'memory.free': '1Gi' },
    { evictionSoftGracePeriod: { 'memory.available': '90s' } },
  ],
  ['evictionSoftGracePeriod', { 'memory.available': '1m30s' }, { 'memory.available': '-1s' }],
  ['evictionPressureTransitionPeriod', '5m', 300],
  ['evictionMaxPodGracePeriod', 60, -1],
  ['evictionMinimumReclaim', { 'imagefs.available': '2Gi' }, { 'imagefs.available': '-2Gi' }],
  ['mergeDefaultEvictionSettings', true, 'true'],
  ['podsPerCore', 10, -1],
  ['enableControllerAttachDetach', true, 1],
  ['protectKernelDefaults', true, []],
  ['makeIPTablesUtilChains', true, 'true'],
  ['iptablesMasqueradeBit', 14, 32],
  ['iptablesDropBit', 15, -1],
  ['featureGates', { KubeletTracing: true }, { KubeletTracing: 'true' }],
  ['failSwapOn', false, 'false'],
  ['memorySwap', { swapBehavior: 'LimitedSwap' }, { swapBehavior: 'UnlimitedSwap' }],
  ['containerLogMaxSize', '50Mi', '50 MB'],
  ['containerLogMaxFiles', 5, 1],
  ['containerLogMaxWorkers', 2, 0],
  ['containerLogMonitorInterval', '3s', '2.9s'],
  ['configMapAndSecretChangeDetectionStrategy', 'Cache', 'Poll'],
  ['systemReserved', { cpu: '200m', memory: '1Gi' }, { gpu: '1' }],
  ['kubeReserved', { cpu: '100m', 'ephemeral-storage': '1Gi' }, { cpu: '100x' }],
  ['reservedSystemCPUs', '0-1,8', '3-1'],
  ['showHiddenMetricsForVersion', '1.36', 'v1.36'],
  ['systemReservedCgroup', '/system.slice', 'a b'],
  ['kubeReservedCgroup', '/kube.slice', 3],
  ['enforceNodeAllocatable', ['pods'], ['pod']],
  ['allowedUnsafeSysctls', ['kernel.msg*', 'net.core.somaxconn'], ['vm.swappiness']],
  ['defaultPodSysctls', { 'net.ipv4.ip_forward': '1' }, { 'net.ipv4.ip_forward': 1 }],
  ['volumePluginDir', '/usr/libexec/kubernetes/plugins', 'plugins'],
  ['providerID', 'aws:///eu-central-1a/i-0123', 7],
  ['kernelMemcgNotification', true, 'true'],
  ['logging', { format: 'json', verbosity: 4, flushFrequency: '5s' }, { format: 'xml' }],
  ['enableSystemLogHandler', true, 'true'],
  ['enableSystemLogQuery', true, 'true'],
  ['shutdownGracePeriod', '60s', '60'],
  ['shutdownGracePeriodCriticalPods', '10s', 'ten', { shutdownGracePeriod: '30s' }],
  ['shutdownGracePeriodByPodPriority', [{ priority: 0, shutdownGracePeriodSeconds: 30 }], [{ priority: 0 }]],
  ['crashLoopBackOff', { maxContainerRestartPeriod: '60s' }, { maxContainerRestartPeriod: '301s' }],
  [
    'reservedMemory',
    [{ numaNode: 0, limits: { memory: '1Gi', 'hugepages-2Mi': '64Mi' } }],
    [{ numaNode: 0, limits: { cpu: '1' } }],
  ],
  ['enableProfilingHandler', false, 0],
  ['enableDebugFlagsHandler', true, 'true'],
  ['seccompDefault', true, 'RuntimeDefault'],
  ['memoryThrottlingFactor', 0.8, 0],
  ['memoryReservationPolicy', 'None', 'Tiered'],
  [
    'registerWithTaints',
    [{ key: 'example.com/gpu', value: 'a', effect: 'NoSchedule' }],
    [{ key: 'gpu', effect: 'Never' }],
  ],
  ['registerNode', true, 'true'],
  ['tracing', { endpoint: 'localhost:4317', samplingRatePerMillion: 100 }, { samplingRatePerMillion: 1_000_001 }],
  ['localStorageCapacityIsolation', true, 'true'],
  ['containerRuntimeEndpoint', 'unix:///run/containerd/containerd.sock', ''],
  ['imageServiceEndpoint', 'unix:///run/containerd/containerd.sock', '/run/containerd.sock'],
  ['failCgroupV1', true, 'true'],
  ['userNamespaces', { idsPerPod: 131072 }, { idsPerPod: 65537 }],
];

describe('the fields of KubeletConfiguration', () => {
  it('are all 126, each with a case here', () => {
    expect(KUBELET_FIELDS.size).toBe(126);
    expect(CASES.map(([name]) => name).sort()).toEqual([...KUBELET_FIELDS.keys()].sort());
  });

  it('each have a risk and a reason that a reviewer can read', () => {
    for (const spec of KUBELET_FIELDS.values()) {
      expect(['low', 'medium', 'high', 'forbidden'], spec.name).toContain(spec.risk);
      expect(spec.why.length, spec.name).toBeGreaterThan(30);
    }
  });

  it('have defaults that pass their own checks, but for the gates that are off', () => {
    for (const [name, value] of Object.entries(KUBELET_DEFAULTS)) {
      const codes = validatePatch({ [name]: value }, { targets: [] }).errors.map(({ code }) => code);
      expect(
        codes.filter((code) => code !== 'FIELD_FORBIDDEN'),
        name,
      ).toEqual([]);
    }
  });

  it.each(CASES)('%s takes a valid value', (name, valid, _invalid, companions) => {
    const { errors } = validatePatch({ ...companions, [name]: valid }, { targets: [] });
    const forbidden = KUBELET_FIELDS.get(name)?.risk === 'forbidden';
    const relevant = errors.filter(({ code }) => !(code === 'FIELD_FORBIDDEN'));
    expect(relevant).toEqual([]);
    if (forbidden && !KUBELET_FIELDS.get(name)?.verdict) {
      expect(errors).toContainEqual(expect.objectContaining({ pointer: `/${name}`, code: 'FIELD_FORBIDDEN' }));
    }
  });

  it.each(CASES)('%s refuses an invalid value and points at it', (name, _valid, invalid, companions) => {
    // a bare null removes the field, so the invalid value of those cases is a null inside a list
    const value = invalid === null ? [null] : invalid;
    const { errors } = validatePatch({ ...companions, [name]: value }, { targets: [] });
    const found = errors.filter(({ code, pointer }) => code !== 'FIELD_FORBIDDEN' && pointer.startsWith(`/${name}`));
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.message).not.toBe('');
  });

  it.each(CASES)('%s can be removed by null', (name) => {
    const codes = validatePatch({ [name]: null }, { targets: [] }).errors.map(({ code }) => code);
    expect(codes.filter((code) => code !== 'FIELD_FORBIDDEN')).toEqual([]);
  });
});
