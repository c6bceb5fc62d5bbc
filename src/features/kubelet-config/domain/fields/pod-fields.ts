import { isPodCidr } from '../parsing/ip-address.js';
import { type FieldSpec, field, verdict } from './field-spec.js';
import {
  bool,
  duration,
  durationBetween,
  INT53_MAX,
  int,
  list,
  map,
  object,
  oneOf,
  path,
  SECOND,
  text,
} from './field-type.js';
import { ADMISSION, LOCKOUT, maxPodsVerdict, NODE_STATE, PERIODS, RESTART_ONLY } from './verdicts.js';

const STATIC_PODS = verdict(
  'forbidden',
  'Static pods run with node privileges and hold the control plane: moving their source can stop it or start foreign code.',
);
const SHUTDOWN = verdict(
  'medium',
  'Changes how long the node waits for pods at shutdown; the system inhibitor limit must allow it.',
);
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]$/;
const sysctlName = (value: string) =>
  value.length <= 253 && SYSCTL.test(value) ? undefined : 'must be a sysctl name, or a prefix that ends in *';
const unsafeSysctl = text(
  (value) =>
    sysctlName(value) ??
    (/^(kernel[./]shm|kernel[./]msg|kernel[./]sem|fs[./]mqueue[./]|net[./])/.test(value)
      ? undefined
      : 'must be in one of the groups kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*, net.*'),
);
const podLogsDir = text((value) => {
  if (!value.startsWith('/')) return 'must be an absolute path';
  if (/\/\/|\/\.{1,2}(\/|$)|.\/$/.test(value)) return 'must be a normalized path';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the kubelet takes ASCII only, all of it
  return /^[\x00-\x7f]*$/.test(value) ? undefined : 'must contain ASCII characters only';
});
const IDS_STEP = 65536;

export const POD_FIELDS: FieldSpec[] = [
  field('staticPodPath', path, STATIC_PODS, { default: '' }),
  field(
    'staticPodURL',
    text((v) => (v === '' || /^https?:\/\/\S+$/.test(v) ? undefined : 'must be an http or https URL')),
    STATIC_PODS,
    {
      default: '',
    },
  ),
  field('staticPodURLHeader', map(list(text())), STATIC_PODS),
  field(
    'podLogsDir',
    podLogsDir,
    LOCKOUT('Moves container logs away from where log collectors and the kubelet look.'),
    {
      default: '/var/log/pods',
      since: '1.30',
    },
  ),
  field('syncFrequency', duration, PERIODS, { default: '1m0s', unit: 'duration' }),
  field('fileCheckFrequency', duration, PERIODS, { default: '20s', unit: 'duration' }),
  field('httpCheckFrequency', duration, PERIODS, { default: '20s', unit: 'duration' }),
  field(
    'maxPods',
    int(0),
    verdict('high', 'How many pods the node takes: pods are admitted again at the restart.', true),
    {
      default: 110,
      unit: 'pods',
      verdict: maxPodsVerdict,
    },
  ),
  field('podsPerCore', int(0), ADMISSION, { default: 0, unit: 'pods per core' }),
  field(
    'podCIDR',
    text((v) => (v === '' || isPodCidr(v) ? undefined : 'must be a CIDR such as 10.244.1.0/24')),
    verdict(
      'forbidden',
      'Only used without an API server; in a cluster the control plane assigns the range, and another one cuts pods off.',
    ),
    { default: '', nodeSpecific: true },
  ),
  field(
    'podPidsLimit',
    int(-1, INT53_MAX),
    verdict('medium', 'Pods that use more processes than the limit start to fail; running pods keep theirs.'),
    {
      default: -1,
      unit: 'processes',
    },
  ),
  field('runOnce', bool, LOCKOUT('Makes the kubelet exit after one round of pods.'), {
    default: false,
    deprecated: 'The kubelet refuses to start with it since Kubernetes 1.32; remove it.',
  }),
  field(
    'configMapAndSecretChangeDetectionStrategy',
    oneOf('Get', 'Cache', 'Watch'),
    verdict('medium', 'Get and Cache ask the API server far more often than Watch; large clusters feel it.'),
    { default: 'Watch' },
  ),
  field(
    'crashLoopBackOff',
    object({ maxContainerRestartPeriod: durationBetween(SECOND, 300n * SECOND, 'must be between 1s and 300s') }),
    verdict('medium', 'Crashing containers restart more often, which loads the node and the API server.'),
    { default: {}, since: '1.32', gate: 'KubeletCrashLoopBackOffMax' },
  ),
  field('shutdownGracePeriod', duration, SHUTDOWN, { default: '0s', unit: 'duration' }),
  field('shutdownGracePeriodCriticalPods', duration, SHUTDOWN, { default: '0s', unit: 'duration' }),
  field(
    'shutdownGracePeriodByPodPriority',
    list(
      object(
        { priority: int(), shutdownGracePeriodSeconds: int(0, INT53_MAX) },
        'priority',
        'shutdownGracePeriodSeconds',
      ),
    ),
    SHUTDOWN,
    { gate: 'GracefulNodeShutdownBasedOnPodPriority' },
  ),
  field(
    'allowedUnsafeSysctls',
    list(unsafeSysctl, true),
    verdict('high', 'Lets pods change kernel settings that can affect the whole node.'),
  ),
  field(
    'defaultPodSysctls',
    map(text(), sysctlName),
    verdict('high', 'Changes kernel settings of every new pod on the node.', true),
    { since: '1.37' },
  ),
  field(
    'seccompDefault',
    bool,
    verdict(
      'medium',
      'Pods without a profile get RuntimeDefault: blocked system calls show only when they start again.',
      true,
    ),
    {
      default: false,
    },
  ),
  field('localStorageCapacityIsolation', bool, ADMISSION, { default: true, since: '1.25' }),
  field('userNamespaces', object({ idsPerPod: int(IDS_STEP, 2 ** 32 - IDS_STEP) }), NODE_STATE, { since: '1.33' }),
  field(
    'volumePluginDir',
    path,
    LOCKOUT('Moves the directory of volume drivers: volumes in use can no longer be unmounted.'),
    {
      default: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
    },
  ),
  field('volumeStatsAggPeriod', { kind: 'duration' }, PERIODS, {
    default: '1m0s',
    unit: 'duration; negative switches it off',
  }),
  field(
    'enableControllerAttachDetach',
    bool,
    verdict(
      'high',
      'Moves attach and detach between the controller and the kubelet while volumes are in use; CSI needs it on.',
      true,
    ),
    { default: true },
  ),
  field(
    'protectKernelDefaults',
    bool,
    verdict('high', 'The kubelet refuses to start if kernel settings differ from what it expects.'),
    {
      default: false,
    },
  ),
  field('runtimeRequestTimeout', duration, RESTART_ONLY, { default: '2m0s', unit: 'duration' }),
];
